package check

import (
	"fmt"
	"slices"
	"strings"

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
		where := "what is allowed"
		if from := egress.Allow.From; !strings.HasPrefix(from.Layer, "level ") {
			where += " at " + from.Pos.String()
		}
		s.report(s.Notify.Enable.From, s.Path("firewall.egress.allow"),
			fmt.Sprintf("notifications by %s never leave: egress is denied, and %s is not among %s", s.Notify.Via.V, service, where),
			fmt.Sprintf("firewall: { egress: { allow: { append: [%s] } } }", service))
	}
}
