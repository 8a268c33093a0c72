package lab

import (
	"fmt"
	"slices"
	"strings"
)

// tracingTable is the table that marks packets.
const tracingTable = "pantherctl-trace"

// path is what a node's kernel showed of a probe.
type path struct {
	Steps   []string // the rules that its packet met; of its answer only what dropped it
	Hooks   []string // that the packet passed: prerouting, input, forward, output
	From    string   // the interface it came in by
	Dropped bool
}

// follow picks a probe's packets out of what `nft monitor trace` printed:
//
//	trace id 1b6a43e9 inet nixos-fw input packet: iif "eth0" … ip daddr 192.0.2.2 … tcp dport 22 …
//	trace id 1b6a43e9 inet nixos-fw input rule iifname "lo" accept (verdict accept)
//	trace id 1b6a43e9 inet nixos-fw input policy drop
func follow(trace string, p Probe) path {
	var seen path
	there, back := marks(p)
	asked, answers := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(trace) {
		words := strings.Fields(line)
		if len(words) < 8 || words[0] != "trace" {
			continue
		}
		id, table, chain := words[2], words[4], words[5]
		step := strings.Join(words[4:], " ")
		drops := strings.HasSuffix(step, "drop") || strings.HasSuffix(step, "(verdict drop)")
		switch {
		case words[6] == "packet:":
			if holds(line, there) {
				asked[id] = true
				if i := slices.Index(words, "iif"); i >= 0 && seen.From == "" {
					seen.From = strings.Trim(words[i+1], `"`)
				}
			} else if holds(line, back) {
				answers[id] = true
			}
		case asked[id] && table == tracingTable:
			if !slices.Contains(seen.Hooks, chain) {
				seen.Hooks = append(seen.Hooks, chain)
			}
		case asked[id]:
			seen.Steps = append(seen.Steps, step)
			seen.Dropped = seen.Dropped || drops
		case answers[id] && drops && table != tracingTable:
			seen.Steps = append(seen.Steps, "the answer: "+step)
		}
	}
	return seen
}

// marks are what the lines of a probe's packets and of the answers have in them.
func marks(p Probe) (there, back []string) {
	there, back = []string{fmt.Sprintf(" daddr %s ", p.Address)}, []string{fmt.Sprintf(" saddr %s ", p.Address)}
	switch {
	case p.Port != Echo:
		there = append(there, fmt.Sprintf(" %s dport %d ", p.Port.Protocol, p.Port.Number))
		back = append(back, fmt.Sprintf(" %s sport %d ", p.Port.Protocol, p.Port.Number))
	default:
		there = append(there, " type echo-request ")
		back = append(back, " type echo-reply ")
	}
	return there, back
}

func holds(line string, marks []string) bool {
	return !slices.ContainsFunc(marks, func(m string) bool { return !strings.Contains(line, m) })
}
