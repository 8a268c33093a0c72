package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func caddy(h *policy.Host) bool { return h.Caddy.Mode.V == schema.Generate && h.Caddy.Enable.V }

func sites(h *policy.Host) bool { return caddy(h) || traefik(h) }

// sitesForNobody is G1.
func sitesForNobody(s *subject) {
	if s.letsIn(443, schema.Tailnet, schema.LAN, schema.WAN, schema.Container) {
		return
	}
	proxy, enabled := "Caddy", s.Caddy.Enable.From
	if traefik(s.Host) {
		proxy, enabled = "Traefik", s.Traefik.Enable.From
	}
	s.report(enabled, s.Path(strings.ToLower(proxy)+".enable"), fmt.Sprintf("nobody can reach the sites of %s: no access rule lets anybody at https", proxy),
		fmt.Sprintf("add an access rule, { from: …, to: %s, allow: https }", s.Name))
}

// letsIn reports whether the firewall lets anybody on one of the sides at a
// TCP port.
func (s *subject) letsIn(port int, sides ...schema.Side) bool {
	for _, side := range sides {
		for _, i := range s.InterfacesOf(side) {
			if slices.Contains(s.Firewall.Trusted.Values(), schema.InterfaceName(i)) {
				return true
			}
		}
		if slices.ContainsFunc(s.Openings, func(o policy.Opening) bool {
			return o.Side == side && (o.Service == schema.Any || opens(o, "tcp", port))
		}) {
			return true
		}
	}
	return false
}

// siteWithoutCertificate is G2.
func siteWithoutCertificate(s *subject) {
	if s.Caddy.Plugin.Enable.V || s.letsIn(80, schema.WAN) || s.letsIn(443, schema.WAN) {
		return
	}
	for _, site := range s.Sites {
		if site.Proxy == "caddy" && site.Certificate == "" {
			s.report(site.From, s.entry("caddy.sites", string(site.Name)), fmt.Sprintf("the authority cannot reach %s, and nothing else proves the name", site.Name),
				fmt.Sprintf("set caddy.plugin: true, or keep a certificate: certificates.domains: { %s: [] }", site.Name))
		}
	}
}

// inClear is G3. What is private may be a container of the host or a LAN that
// somebody trusts; the internet is neither.
func inClear(s *subject) {
	tailnet := netip.MustParsePrefix("100.64.0.0/10")
	for _, site := range s.Sites {
		a := site.Upstream.Address.Addr()
		if site.Upstream.TLS || a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || tailnet.Contains(a) {
			continue
		}
		s.report(site.From, s.entry(site.Proxy+".sites", string(site.Name)), fmt.Sprintf("requests for %s go to %s in clear over the internet", site.Name, a),
			"write https://, or send them through the tailnet")
	}
}

// pluginTooNew is G6.
func pluginTooNew(s *subject) {
	if s.Caddy.Plugin.Enable.V && s.Release.Before("25.05") {
		s.report(s.Caddy.Enable.From, s.Path("caddy.plugin"), fmt.Sprintf("NixOS %s cannot build Caddy with a plugin", s.Release),
			"set caddy.plugin: false, and keep certificates for the sites: certificates.domains")
	}
}
