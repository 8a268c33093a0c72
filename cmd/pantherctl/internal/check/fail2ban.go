package check

import (
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// nobodyBanned is N2.
func nobodyBanned(s *subject) {
	if s.Fail2ban.When.V != "never" || !slices.Contains(s.sshSides(), schema.WAN) {
		return
	}
	s.report(s.Fail2ban.When.From, s.Path("fail2ban.when"),
		"the internet reaches sshd, and whoever guesses may go on for ever",
		"remove it: auto bans where anybody but the tailnet reaches sshd")
}
