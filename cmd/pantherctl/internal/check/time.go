package check

import (
	"fmt"

	"github.com/pantherctl/pantherctl/gen/policy"
)

func ntsTime(h *policy.Host) bool { return h.KeepsTime() }

// fewClocks is H22.
func fewClocks(s *subject) {
	if t := s.Time; len(t.Servers.Items) < 3 {
		s.report(t.Servers.From, s.Path("time.servers"), fmt.Sprintf("%d servers cannot outvote one of them that is wrong", len(t.Servers.Items)),
			"name three or more, of different people")
	}
}
