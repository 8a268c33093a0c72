package lab

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
)

// TestMain lets the test program be what runs inside the namespaces.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == Argument {
		if err := Inside(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestProbe(t *testing.T) {
	w := Work{Topology: Topology{[]Node{
		{Name: "a", Links: []Link{{Interface: "eth0", Segment: "lan", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24"), netip.MustParsePrefix("fd00::1/64")}}}},
		{
			Name: "b", Links: []Link{{Interface: "eth0", Segment: "lan", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.2/24"), netip.MustParsePrefix("fd00::2/64")}}},
			Ruleset: "table inet t {\n chain i {\n type filter hook input priority 0; policy drop;\n meta l4proto ipv6-icmp accept\n tcp dport { 22, 23 } accept\n udp dport 53 accept\n tcp dport 25 reject with tcp reset\n }\n}\n",
			Listen:  []Port{{"tcp", 22}, {"tcp", 80}, {"udp", 53}, {"udp", 54}},
		},
		{Name: "broken", Ruleset: "nonsense"},
	}}}
	for _, address := range []string{"192.0.2.2", "fd00::2"} {
		for _, port := range []Port{{"tcp", 22}, {"tcp", 23}, {"tcp", 80}, {"tcp", 25}, {"udp", 53}, {"udp", 54}} {
			w.Probes = append(w.Probes, Probe{From: "a", To: "b", Segment: "lan", Address: netip.MustParseAddr(address), Port: port})
		}
	}
	r, err := Run(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	want := []Outcome{Open, Refused, Dropped, Refused, Open, Dropped}
	for i, got := range r.Results {
		if got.Outcome != want[i%len(want)] {
			t.Errorf("%s: %s, want %s", got.Probe, got.Outcome, want[i%len(want)])
		}
	}
	if len(r.Faults) != 1 || r.Faults[0].Node != "broken" {
		t.Errorf("faults: %v", r.Faults)
	}
	t.Log(r.Setup, r.Probing, r.Faults)
}

func TestTrace(t *testing.T) {
	w := Work{Topology: Topology{[]Node{
		{Name: "a", Links: []Link{{Interface: "eth0", Segment: "lan", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/24")}}}},
		{
			Name: "b", Links: []Link{{Interface: "eth0", Segment: "lan", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.2/24")}}},
			Ruleset: "table inet t {\n chain i {\n type filter hook input priority 0; policy drop;\n tcp dport { 22, 23 } accept\n tcp dport 80 counter drop\n }\n}\n",
			Listen:  []Port{{"tcp", 22}, {"tcp", 80}},
		},
	}}, Trace: true}
	for _, port := range []Port{{"tcp", 22}, {"tcp", 80}, {"tcp", 81}} {
		w.Probes = append(w.Probes, Probe{From: "a", To: "b", Segment: "lan", Address: netip.MustParseAddr("192.0.2.2"), Port: port})
	}
	r, err := Run(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"accept (verdict accept)", "drop (verdict drop)", "policy drop"} {
		story := r.Results[i].Story
		if len(story) == 0 || !strings.HasSuffix(story[len(story)-1], want) {
			t.Errorf("%s: want %q in the end of\n%s", r.Results[i].Probe, want, strings.Join(story, "\n"))
		}
	}
}
