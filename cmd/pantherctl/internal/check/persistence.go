package check

import (
	"fmt"
	"strings"
)

// stateForgotten is P1. What further services keep is known once the host is
// evaluated.
func stateForgotten(s *subject) {
	for _, k := range s.Needed() {
		reason, forgotten := s.Persistence.Forget.Get(k.Path)
		if !forgotten || strings.TrimSpace(string(reason.V)) != "" {
			continue
		}
		s.report(reason.From, s.entry("persistence.forget", k.Path), fmt.Sprintf("%s is wiped at every boot, and needed: %s", k.Path, k.Why),
			"write the reason why it may be lost, or remove the line")
	}
}

// passwordFiles are replaced by rename, which a bind-mounted file refuses.
var passwordFiles = []string{"/etc/shadow", "/etc/passwd", "/etc/group", "/etc/gshadow"}

// passwordsLost is P3.
func passwordsLost(s *subject) {
	for i, f := range s.Persistence.Files.Items {
		for _, p := range passwordFiles {
			if string(f.V) == p {
				s.report(f.From, s.Path(fmt.Sprintf("persistence.files[%d]", i)), p+" is replaced as a whole, so it cannot be kept: a new password is gone after the next boot",
					"remove it, and name secrets in users.NAME.password")
			}
		}
	}
	if mutable := s.Settings.Accounts.MutableUsers; accounts(s.Host) && mutable.V {
		for _, a := range s.Accounts {
			if !a.Deploy.V && !s.hasPassword(a) {
				s.report(mutable.From, s.Path("accounts.mutable_users"), fmt.Sprintf("a password that %s sets with passwd is gone after the next boot", a.Name),
					fmt.Sprintf("name a secret: users.%s.password", a.Name))
			}
		}
	}
}
