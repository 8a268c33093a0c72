package reach

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAlike wants hosts with the same rules in one class, but for those that a
// rule tells apart by an address, and of each class what is true of one true of
// all.
func TestAlike(t *testing.T) {
	var document strings.Builder
	document.WriteString("version: 1\nfleet: f\nnixos: \"25.11\"\naccess:\n  - { from: everyone, to: everyone, allow: any }\nhosts:\n")
	for i := range 9 {
		fmt.Fprintf(&document, "  h%d: { system: x86_64-linux, level: server, interfaces: { eth0: lan }, tailscale: { enable: true }, addresses: { tailnet: 100.64.0.%d, lan: 192.168.0.%d } }\n", i, i, i)
	}
	n := network(t, document.String())
	texts := []string{`table inet f {
 set few { type ipv4_addr; elements = { 100.64.0.1, 100.64.0.4-100.64.0.5 } }
 chain input {
  type filter hook input priority filter; policy drop;
  ip saddr @few tcp dport 22 accept
  iifname "eth0" ip saddr 192.168.0.4/31 tcp dport 80 accept
  ip daddr 192.168.0.6 tcp dport 443 accept
 }
}`, `table inet f {
 chain output {
  type filter hook output priority filter; policy drop;
  ip saddr vmap { 192.168.0.7 : accept }
  tcp dport { 22, 80 } accept
 }
}`}
	rules, read := map[string]*Ruleset{}, Rulesets{}
	for i, h := range n.Fleet.Hosts {
		r, err := read.Parse(texts[i%2])
		if err != nil {
			t.Fatal(err)
		}
		rules[h.Name] = r
	}
	with := WithRules(n.Fleet, rules)
	if got := len(with.Sources()); got >= len(with.Members) {
		t.Errorf("%d members are %d sources: none are alike", len(with.Members), got)
	}
	pairs := 0
	for p := range with.pairs {
		want := summary(p.Links)
		for _, src := range p.From {
			for _, dst := range p.To {
				if src == dst {
					continue
				}
				pairs++
				if diff := cmp.Diff(want, summary(with.Links(src, dst))); diff != "" {
					t.Errorf("%s to %s is not like %s to %s: %s", src.Name, dst.Name, p.src.Name, p.dst.Name, diff)
				}
			}
		}
	}
	if pairs < 90 {
		t.Errorf("only %d pairs were compared", pairs)
	}
}

func summary(links []Link) string {
	var b strings.Builder
	for _, l := range links {
		fmt.Fprintf(&b, "%s %s let %s sent %s %s\n", l.Side, l.Open(), l.Let, l.Sent, l.Unknown)
	}
	return b.String()
}
