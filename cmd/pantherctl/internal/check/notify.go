package check

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func notify(h *policy.Host) bool { return h.Notify.Mode.V == schema.Generate && h.Notify.Enable.V }

// notificationsHeld is O3. The address is a secret, so any port that such
// messages use will do.
func notificationsHeld(s *subject) {
	service, ports := "https", []int{443}
	if s.Notify.Via.V == "mail" {
		service, ports = "submissions", []int{25, 465, 587}
	}
	leaves := func(p schema.Ports) bool {
		return p.Protocol == "tcp" && slices.ContainsFunc(ports, func(n int) bool { return int(p.First) <= n && n <= int(p.Last) })
	}
	egress := s.Firewall.Egress
	if egress.Policy.V == "deny" && !slices.ContainsFunc(s.EgressPorts, leaves) {
		s.report(s.Notify.Enable.From, s.Path("firewall.egress.allow"),
			fmt.Sprintf("notifications by %s never leave: egress is denied, and %s is not among what is allowed at %s", s.Notify.Via.V, service, egress.Allow.From.Pos),
			fmt.Sprintf("firewall: { egress: { allow: { append: [%s] } } }", service))
	}
}
