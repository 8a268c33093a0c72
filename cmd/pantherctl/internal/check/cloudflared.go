package check

import (
	"fmt"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func cloudflared(h *policy.Host) bool {
	return h.Cloudflared.Mode.V == schema.Generate && h.Cloudflared.Enable.V
}

// tunnelToAdministration is E5. An address leads to a page as its name does.
func tunnelToAdministration(s *subject) {
	if !s.AdGuard.Enable.V {
		return
	}
	leads := func(from schema.Origin, path, name string, u schema.Upstream) {
		if u.Address == s.AdGuardAddress() {
			s.report(from, path, fmt.Sprintf("%s leads everybody to the page that manages AdGuard Home", name), "remove it, and set adguard.web: tailnet")
		}
	}
	if cloudflared(s.Host) {
		for _, i := range s.Ingress {
			leads(i.From, s.entry("cloudflared.ingress", string(i.Hostname)), string(i.Hostname), i.Upstream)
		}
	}
	for _, served := range s.Served {
		if tailscale(s.Host) && served.Funnel {
			leads(served.From, s.servedAt(served), served.Site, served.Upstream)
		}
	}
}
