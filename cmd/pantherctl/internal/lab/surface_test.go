package lab

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/schema"
)

// TestSurface: what a host's surface lists is what somebody finds open there,
// port for port, of all that its programs listen on.
func TestSurface(t *testing.T) {
	for _, dir := range fleets() {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			fleet, evaluated := example(t, dir)
			rules, err := reach.ReadFacts(read(t, dir, "facts.json"))
			if err != nil {
				t.Fatal(err)
			}
			network := reach.WithRules(fleet, rules)
			plan := NewPlan(fleet, evaluated)
			r, err := Run(t.Context(), plan.Work())
			if err != nil {
				t.Fatal(err)
			}
			want, got := map[string][]string{}, map[string][]string{}
			note := func(in map[string][]string, host string, side schema.Side, port Port) {
				key := fmt.Sprintf("%s on the %s", host, side)
				if !slices.Contains(in[key], port.String()) {
					in[key] = append(in[key], port.String())
					slices.Sort(in[key])
				}
			}
			for i, e := range plan.Expected {
				_, isHost := fleet.Host(e.To)
				if r.Results[i].Outcome != Open || !isHost || e.Port == Echo {
					continue
				}
				side := schema.Side(e.Segment)
				if e.Segment == containersOf(e.To) {
					side = schema.Container
				}
				note(got, e.To, side, e.Port)
			}
			for _, h := range fleet.Hosts {
				m, _ := network.Member(h.Name)
				list, unknown := network.Surface(m)
				if unknown != "" {
					t.Fatal(unknown)
				}
				n := (&Node{})
				for _, known := range plan.Topology.Nodes {
					if known.Name == h.Name {
						n = &known
					}
				}
				for _, x := range list {
					for _, port := range n.Listen {
						if x.Side != "" && !strings.Contains(x.Note, "while it boots") && exposes(x.Ports, port) {
							note(want, h.Name, x.Side, port)
						}
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what surface lists and the lab finds (-surface +lab):\n%s", diff)
			}
			t.Logf("%d hosts and sides: %v", len(got), got)
		})
	}
}

// exposes reports whether a list of ports of a surface has one in it:
// "tcp/22, udp/60000-60010", or any.
func exposes(list string, port Port) bool {
	if list == schema.Any {
		return true
	}
	for _, text := range strings.Split(list, ", ") {
		protocol, numbers, _ := strings.Cut(text, "/")
		var first, last uint16
		if n, _ := fmt.Sscanf(numbers, "%d-%d", &first, &last); n == 1 {
			last = first
		}
		if protocol == port.Protocol && first <= port.Number && port.Number <= last {
			return true
		}
	}
	return false
}
