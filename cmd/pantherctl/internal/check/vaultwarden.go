package check

import (
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func vaultwarden(h *policy.Host) bool {
	return h.Vaultwarden.Mode.V == schema.Generate && h.Vaultwarden.Enable.V
}

// openSignups is E4.
func openSignups(s *subject) {
	if v := s.Vaultwarden.Signups; v.V {
		s.report(v.From, s.Path("vaultwarden.signups"), "whoever reaches the password server can make an account", "remove it once the first accounts are made")
	}
}
