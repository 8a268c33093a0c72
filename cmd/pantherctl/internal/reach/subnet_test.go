package reach

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/schema"
)

// TestSubnets: who gets to networks behind routers, over which, by what the
// document says and by the final rules of the router.
func TestSubnets(t *testing.T) {
	document := `version: 1
fleet: f
nixos: "25.11"
networks: { office: [10.1.0.0/16, "fd00:1::/64"], lab: 10.2.0.0/16 }
access:
  - { from: desk, to: [office, lab], allow: https }
expect:
  - { from: desk, to: office, allow: https, via: router }
  - { from: desk, to: lab, allow: https }
  - { from: other, to: [office, lab], deny: any }
hosts:
  router: { system: x86_64-linux, level: server, interfaces: { eth0: lan }, tailscale: { enable: true, routes: [10.0.0.0/15, "fd00:1::/64", 192.168.9.0/24] } }
  desk: { system: x86_64-linux, level: workstation, tailscale: { enable: true } }
  other: { system: x86_64-linux, level: workstation, tailscale: { enable: true, tags: [other] } }
`
	n := network(t, document)
	shut, err := ParseRuleset("table inet f {\n chain forward {\n type filter hook forward priority filter; policy drop;\n iifname \"tailscale0\" ip daddr 10.0.0.0/15 tcp dport 80 accept\n }\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	filtered := WithRules(n.Fleet, map[string]*Ruleset{"router": shut})
	for _, tt := range []struct {
		n          *Network
		from, to   string
		want, over string
	}{
		{n, "desk", "10.1.0.0/16", "tcp/443", "router"},
		{n, "desk", "fd00:1::/64", "tcp/443", "router"},
		{n, "desk", "10.2.0.0/16", "none", ""},
		{n, "desk", "192.168.9.0/24", "none", ""},
		{n, "other", "10.1.0.0/16", "none", ""},
		{n, "router", "10.1.0.0/16", "none", ""},
		{filtered, "desk", "10.1.0.0/16", "none", ""},
	} {
		t.Run(tt.from+" "+tt.to, func(t *testing.T) {
			got, over := "", ""
			for _, l := range tt.n.Links(tt.n.must(t, tt.from), tt.n.must(t, tt.to)) {
				got += l.Open().String()
				for _, f := range l.Flows {
					over = f.Exit
				}
				if l.Side != schema.Tailnet {
					t.Errorf("by the side %s", l.Side)
				}
			}
			if got != tt.want || over != tt.over {
				t.Errorf("open: %s over %q, want %s over %q", got, over, tt.want, tt.over)
			}
		})
	}
	var broken []bool
	for _, a := range n.Expectations() {
		broken = append(broken, len(a.Broken) > 0)
	}
	if diff := cmp.Diff([]bool{false, true, false}, broken); diff != "" {
		t.Errorf("expectations that do not hold (-want +got):\n%s", diff)
	}
	var unrouted []string
	for _, u := range n.Unrouted() {
		unrouted = append(unrouted, fmt.Sprint(u.Rule, " ", u.Network.Title()))
	}
	if diff := cmp.Diff([]string{"0 lab (10.2.0.0/16)"}, unrouted); diff != "" {
		t.Errorf("unrouted (-want +got):\n%s", diff)
	}
	if list := Compare(n, filtered); len(list) == 0 || list[0].Less.String() == "none" {
		t.Errorf("the rules and the document agree: %+v", list)
	}
}
