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
	for _, i := range s.Ingress {
		if s.AdGuard.Enable.V && i.Upstream.Address == s.AdGuardAddress() {
			s.report(i.From, s.entry("cloudflared.ingress", string(i.Hostname)), fmt.Sprintf("%s leads everybody to the page that manages AdGuard Home", i.Hostname),
				"remove it, and set adguard.web: tailnet")
		}
	}
}
