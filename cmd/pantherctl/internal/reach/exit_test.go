package reach

import (
	"testing"

	"github.com/pantherctl/pantherctl/schema"
)

// TestExitEgress: a host is held to its egress list by an exit node too, by what
// the document says and by its final rules, and free within the tailnet.
func TestExitEgress(t *testing.T) {
	n := network(t, `version: 1
fleet: f
nixos: "25.11"
networks: { office: 192.168.7.0/24, rented: 198.51.100.0/24 }
access:
  - { from: [desk, free], to: [internet, office, rented], allow: any }
  - { from: desk, to: exit, allow: smtp }
hosts:
  exit: { system: x86_64-linux, level: server, interfaces: { eth0: wan }, tailscale: { enable: true, exit_node: true, routes: [192.168.7.0/24, 198.51.100.0/24] } }
  desk: { system: x86_64-linux, level: workstation, tailscale: { enable: true, use_exit_node: exit }, firewall: { egress: { policy: deny, allow: [https] } } }
  free: { system: x86_64-linux, level: workstation, tailscale: { enable: true, use_exit_node: exit } }
`)
	egress, err := ParseRuleset("table inet f {\n chain output {\n type filter hook output priority filter; policy drop;\n" +
		" oifname \"tailscale0\" ip daddr { 100.64.0.0/10, 192.168.0.0/16 } accept\n oifname \"tailscale0\" ip6 daddr fc00::/7 accept\n tcp dport 443 accept\n }\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	open, err := ParseRuleset("table inet f {\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	filtered := WithRules(n.Fleet, map[string]*Ruleset{"desk": egress, "exit": open, "free": open})
	for name, n := range map[string]*Network{"document": n, "rules": filtered} {
		for _, tt := range []struct {
			from, to string
			smtp     bool
		}{{"desk", "internet", false}, {"free", "internet", true}, {"desk", "exit", true}, {"desk", "192.168.7.0/24", true}, {"desk", "198.51.100.0/24", false}, {"free", "198.51.100.0/24", true}} {
			for _, l := range n.Links(n.must(t, tt.from), n.must(t, tt.to)) {
				if l.Side != schema.Tailnet {
					continue
				}
				if got := l.Open().Contains("tcp", 25); got != tt.smtp || tt.to == "internet" && !l.Open().Contains("tcp", 443) {
					t.Errorf("%s: %s to %s: smtp %t, all: %s", name, tt.from, tt.to, got, l.Open())
				}
			}
		}
	}
}
