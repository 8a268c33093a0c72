package check

import (
	"fmt"
	"regexp"
)

// rebootOutsideWindow is H5. NixOS looks at the clock once the new system is
// built, and outside the window it neither reboots nor switches.
func rebootOutsideWindow(s *subject) {
	u := s.Upgrade
	if !u.Reboot.V || u.Window.V.Holds(u.At.V.Minutes(), u.Spread.V.Seconds()/60) {
		return
	}
	at, path := u.At.From, s.Path("upgrade.at")
	if at.Default() {
		at, path = u.Window.From, s.Path("upgrade.window")
	}
	s.report(at, path, fmt.Sprintf("the upgrade starts at %s or up to %s later, which is not all inside %s: outside, a new kernel neither boots nor is the new system switched to", u.At.V, u.Spread.V, u.Window.V),
		"let the window begin before the upgrade and end well after its latest start")
}

// unconfirmed is H20.
func unconfirmed(s *subject) {
	if u := s.Upgrade; !u.Confirm.V {
		s.report(u.Enable.From, s.Path("upgrade.confirm"), "the host upgrades by itself, and nothing looks whether it still works, or takes the upgrade back",
			"set upgrade.confirm: true and selfcheck.enable: true")
	}
}

// pinned is a flake reference that names one revision.
var pinned = regexp.MustCompile(`(/|\?rev=)[0-9a-f]{40}$`)

// pinnedFlake is H6.
func pinnedFlake(s *subject) {
	if f := s.Upgrade.Flake; pinned.MatchString(string(f.V)) {
		s.report(f.From, s.Path("upgrade.flake"), "the flake is pinned to one revision: every upgrade is to the same system",
			"name a branch that only reviewed changes reach")
	}
}
