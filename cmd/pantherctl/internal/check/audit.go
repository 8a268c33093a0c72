package check

import (
	"fmt"
	"regexp"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func audit(h *policy.Host) bool { return h.Audit.Mode.V == schema.Generate && h.Audit.Enable.V }

// execs finds rules that record every program started, narrow those of them
// that record few; 4294967295 is the number of unset.
var (
	execs    = regexp.MustCompile(`^-a always,exit .*-S (\S+,)?execve(at)?\b`)
	narrow   = regexp.MustCompile(` -F (exe|euid)=| -C `)
	people   = regexp.MustCompile(` -F auid>=?[0-9]{3,}`)
	loggedIn = regexp.MustCompile(` -F auid!=(unset|4294967295|-1)( |$)`)
)

// floodsTrail is O1.
func floodsTrail(s *subject) {
	for i, r := range s.Audit.Rules.Items {
		text := string(r.V)
		path := s.Path(fmt.Sprintf("audit.rules[%d]", i))
		switch {
		case !execs.MatchString(text):
		case !people.MatchString(text) || !loggedIn.MatchString(text):
			s.report(r.From, path, "the rule records every program that any service starts",
				"record those of people who logged in: add -F auid>=1000 -F auid!=unset")
		case s.Level.V == "workstation" && !narrow.MatchString(text):
			s.report(r.From, path, "the rule records every program that a desktop starts: all of them have its user's login",
				"record on servers only, or what they run as root: add -F euid=0")
		}
	}
}
