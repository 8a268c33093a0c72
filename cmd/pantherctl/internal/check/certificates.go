package check

import (
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func certificates(h *policy.Host) bool {
	return h.Certificates.Mode.V == schema.Generate && h.Certificates.Enable.V
}

// endsSilently is G4. Who writes the notifications himself may well tell.
func endsSilently(s *subject) {
	kept, served := s.Watched()
	if len(kept)+len(served) > 0 && s.Notify.Mode.V == schema.Generate && !s.Notify.Enable.V {
		s.report(s.Certificates.Enable.From, s.Path("notify.enable"), "a certificate that was not renewed shows only when it has ended: notifications are off",
			"set notify: { enable: true, target: NAME } with a secret of that name")
	}
}
