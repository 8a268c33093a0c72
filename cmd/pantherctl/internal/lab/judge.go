package lab

import (
	"fmt"
	"slices"
	"strings"
)

// A Mismatch is what went differently than reach says, for all ports and
// addresses of a pair on a side at once.
type Mismatch struct {
	From, To, Via, Segment string
	Leak                   bool // got through and should not have; else the reverse
	Ports                  []string
	Why                    string   // the door that should have let it in
	Example                Probe    // one of them
	Story                  []string // of the example, sent once more
	Again                  Outcome  // of the example, sent once more; "" if it was not
}

// Compare returns what went differently than expected, leaks first. Results
// and expectations are those of one list of probes.
func Compare(expected []Expectation, results []Result) []Mismatch {
	var all []Mismatch
	for i, e := range expected {
		open := results[i].Outcome == Open
		if open == e.Open {
			continue
		}
		at := slices.IndexFunc(all, func(m Mismatch) bool {
			return m.From == e.From && m.To == e.To && m.Via == e.Via && m.Segment == e.Segment && m.Leak == open
		})
		if at < 0 {
			at = len(all)
			all = append(all, Mismatch{From: e.From, To: e.To, Via: e.Via, Segment: e.Segment, Leak: open, Why: e.Why, Example: e.Probe})
		}
		if port := e.Port.String(); !slices.Contains(all[at].Ports, port) {
			all[at].Ports = append(all[at].Ports, port)
		}
	}
	slices.SortStableFunc(all, func(a, b Mismatch) int {
		switch {
		case a.Leak == b.Leak:
			return 0
		case a.Leak:
			return -1
		}
		return 1
	})
	return all
}

// Host is whose rules are to blame: of the one that handed on or should have,
// of the one that was reached, or of a host that sent to somebody else.
func (m Mismatch) Host(isHost func(string) bool) string {
	for _, name := range []string{m.Via, m.To, m.From} {
		if isHost(name) {
			return name
		}
	}
	return ""
}

func (m Mismatch) String() string {
	ports := strings.Join(m.Ports[:min(len(m.Ports), 8)], ", ")
	if more := len(m.Ports) - 8; more > 0 {
		ports += fmt.Sprintf(" and %d more", more)
	}
	to := m.To
	if m.Via != "" {
		to += " by " + m.Via
	}
	if m.Leak {
		return fmt.Sprintf("%s gets through to %s, %s over the %s, and reach says it is closed", m.From, to, ports, m.Segment)
	}
	return fmt.Sprintf("%s does not get through to %s, %s over the %s, and reach says it is open: %s", m.From, to, ports, m.Segment, m.Why)
}
