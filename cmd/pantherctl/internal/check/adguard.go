package check

import (
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func adguard(h *policy.Host) bool { return h.AdGuard.Mode.V == schema.Generate && h.AdGuard.Enable.V }

// webWithoutPassword is E3. That the tailnet does not reach such a page is seen
// when the document is resolved.
func webWithoutPassword(s *subject) {
	if a := s.AdGuard; !a.Password.IsSet() && a.Web.V == "local" {
		s.report(a.Enable.From, s.Path("adguard.password"), "every program of the host can change what names mean for all who ask it",
			"name a secret with the hash of a password: password: adguard-password")
	}
}
