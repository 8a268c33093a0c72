package policy

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/pantherctl/pantherctl/schema"
	"github.com/pantherctl/pantherctl/schema/suggest"
)

// Site is a name that a proxy of the host answers for. A request for it goes
// to the proxy, then to Auth if there is any, then to the upstream.
type Site struct {
	Name        schema.Domain
	Proxy       string          // the service that answers, "caddy" or "traefik"
	Auth        string          // the service that decides on visitors, "" for none
	Upstream    schema.Upstream // its address is known, whether the document names a service or not
	Certificate string          // of the host's certificates, "" if the proxy gets its own
	From        schema.Origin
}

// Listeners returns where the services of the host that speak HTTP listen, by
// name: what sites and tunnels can send requests to.
func (h *Host) Listeners() map[string]schema.Upstream {
	known := map[string]schema.Upstream{}
	local := func(name string, port uint16, tls bool) {
		known[name] = schema.Upstream{Service: schema.Name(name), TLS: tls, Address: netip.AddrPortFrom(loopback, port)}
	}
	if h.Caddy.Enable.V {
		local("caddy", 443, true)
	}
	if h.Traefik.Enable.V {
		local("traefik", 443, true)
	}
	if h.Authelia.Enable.V {
		local("authelia", AutheliaPort, false)
	}
	for _, c := range h.Containers {
		if ports := c.Ports; len(ports) > 0 && ports[0].Protocol == "tcp" && len(c.Addresses) > 0 {
			known[c.Name] = schema.Upstream{Service: schema.Name(c.Name), Address: netip.AddrPortFrom(c.Addresses[0], uint16(ports[0].First))}
		}
	}
	maps.Copy(known, h.offered())
	return known
}

// Upstream returns an upstream with its address, or reports that the host has
// no service of the name.
func (r *resolver) upstream(h *Host, path string, u schema.Value[schema.Upstream]) (schema.Upstream, bool) {
	if address := u.V.Address; address.IsValid() && address.Addr().Is6() && !h.Network.IPv6.V {
		r.report(u.From, path, fmt.Sprintf("%s is an IPv6 address, and IPv6 is off at %s", address, h.Network.IPv6.From.Pos), "name an IPv4 address, or set network.ipv6: true")
	}
	if u.V.Service == "" {
		return u.V, true
	}
	known := h.Listeners()
	found, ok := known[string(u.V.Service)]
	if !ok {
		hint := "enable it on this host, or write the address: http://127.0.0.1:PORT"
		if near := suggest.Nearest(string(u.V.Service), slices.Sorted(maps.Keys(known))); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		r.report(u.From, path, fmt.Sprintf("no service called %q answers HTTP on %s", u.V.Service, h.Name), hint)
	}
	return found, ok
}

// sites resolves the sites of a proxy.
func (r *resolver) sites(h *Host, proxy string, sites schema.Map[schema.Domain, schema.Site]) {
	for _, e := range sites.Entries {
		path := h.Path(fmt.Sprintf("%s.sites.%q", proxy, e.Key))
		if !e.Value.Upstream.IsSet() {
			r.report(e.From, path, "the site has no upstream", "name the service that answers, or its address")
			continue
		}
		up, ok := r.upstream(h, path, e.Value.Upstream)
		if !ok {
			continue
		}
		site := Site{Name: schema.Domain(e.Key), Proxy: proxy, Upstream: up, From: e.From}
		switch auth := e.Value.Auth; {
		case string(up.Service) == proxy:
			r.report(e.Value.Upstream.From, path, fmt.Sprintf("%s would send requests to itself", proxy), "name the service behind it")
		case auth.V != schema.ByAuthelia:
		case !h.Authelia.Enable.V:
			r.report(auth.From, path+".auth", "Authelia does not run on this host", "set authelia.enable: true, or auth: none")
		case up.Service == "authelia":
			r.report(auth.From, path+".auth", "nobody could log in: Authelia would guard its own page", "remove auth")
		case h.Authelia.Domain.IsSet() && !below(e.Key, string(h.Authelia.Domain.V)):
			r.report(auth.From, path+".auth", fmt.Sprintf("the cookie of %s does not reach this site", h.Authelia.Domain.V), "give the site a name below authelia.domain")
		default:
			site.Auth = string(auth.V)
		}
		h.Sites = append(h.Sites, site)
	}
}
