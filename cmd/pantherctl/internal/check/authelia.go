package check

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func authelia(h *policy.Host) bool {
	return h.Authelia.Mode.V == schema.Generate && h.Authelia.Enable.V
}

// guardsNothing is G5.
func guardsNothing(s *subject) {
	if !slices.ContainsFunc(s.Sites, func(site policy.Site) bool { return site.Auth == string(schema.ByAuthelia) }) {
		s.report(s.Authelia.Enable.From, s.Path("authelia.enable"), "no site asks Authelia before it lets a visitor in",
			"set auth: authelia for a site, or remove authelia")
	}
}

// aroundGuard is G7. Whoever comes by the other way is asked nothing, and what
// trusts Remote-User believes him whatever he says he is.
func aroundGuard(s *subject) {
	guarded := map[string]schema.Domain{} // site by upstream
	for _, site := range s.Sites {
		if site.Auth != "" {
			guarded[site.Upstream.Address.String()] = site.Name
		}
	}
	leads := func(from schema.Origin, path, name string, u schema.Upstream) {
		if site, ok := guarded[u.Address.String()]; ok {
			s.report(from, path, fmt.Sprintf("%s leads past Authelia to what it guards as %s", name, site),
				fmt.Sprintf("lead it to the proxy, which asks Authelia, or take auth off %s", site))
		}
	}
	for _, site := range s.Sites {
		if site.Auth == "" {
			leads(site.From, s.entry(site.Proxy+".sites", string(site.Name)), string(site.Name), site.Upstream)
		}
	}
	if cloudflared(s.Host) {
		for _, i := range s.Ingress {
			leads(i.From, s.entry("cloudflared.ingress", string(i.Hostname)), string(i.Hostname), i.Upstream)
		}
	}
	if tailscale(s.Host) {
		for _, served := range s.Served {
			leads(served.From, s.servedAt(served), served.Site, served.Upstream)
		}
	}
}
