package check

import (
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func selfcheck(h *policy.Host) bool {
	return h.Selfcheck.Mode.V == schema.Generate && h.Selfcheck.Enable.V
}

// failsSilently is O4. Who writes the notifications himself may well tell.
func failsSilently(s *subject) {
	if s.Notify.Mode.V == schema.Generate && !s.Notify.Enable.V {
		s.report(s.Selfcheck.Enable.From, s.Path("notify.enable"), "a selfcheck that fails shows only to those who look: notifications are off",
			"set notify: { enable: true, target: NAME } with a secret of that name")
	}
}
