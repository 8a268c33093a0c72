package tailnet

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// TestGrading breaks recorded answers one by one and wants each to be noticed:
// a grade that cannot fail says nothing.
func TestGrading(t *testing.T) {
	captures := readCaptures(t)
	for _, test := range []struct{ name, capture, old, new string }{
		{"port", "acl_results/acl-pf01.hujson", `"First":22,"Last":22`, `"First":22,"Last":23`},
		{"source", "acl_results/acl-e05.hujson", `"10.33.0.0/16",`, ``},
		{"protocol", "acl_results/acl-p05.hujson", `"IPProto":[17]`, `"IPProto":[6]`},
		{"rule", "acl_results/acl-a02.hujson", `"IP":"*"`, `"IP":"10.0.0.1"`},
		{"capability", "grant_results/grant-c2.hujson", `"CapMap":{"example.com/cap/test":[{"role":"admin"}]}`, `"CapMap":{"example.com/cap/test":[{"role":"user"}]}`},
		{"login", "ssh_results/ssh-a4.hujson", `"ubuntu":"ubuntu"`, `"ubuntu":""`},
		{"check", "ssh_results/ssh-a6.hujson", `"holdAndDelegate"`, `"accept":true,"x"`},
		{"message", "acl_results/acl-err04.hujson", `src=tag not found`, `tag not found`},
		{"verdict", "acl_results/acl-a02.hujson", `"code":200`, `"code":400`},
		{"exit nodes", "issue_3212/routes-b17-autogroup-internet-with-exit-autoapprover.hujson", `"exit":{"bulbasaur":["charmander"`, `"exit":{"bulbasaur":["squirtle"`},
		{"unknown field", "acl_results/acl-a02.hujson", `"SrcIPs"`, `"SrcCaps"`},
		{"unknown shape", "acl_results/acl-a02.hujson", `"users":[`, `"users":{},"x":[`},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := string(captures[test.capture])
			if raw == "" {
				t.Skip("TAILNET_CAPTURES has other recordings")
			}
			broken := strings.Replace(raw, test.old, test.new, 1)
			if broken == raw {
				t.Fatalf("%s does not contain %s", test.capture, test.old)
			}
			if g := gradeCapture(json.RawMessage(broken)); len(g.differences) == 0 {
				t.Error("not noticed")
			}
		})
	}
}

// The same traffic in other words is the same, and a hole is not.
func TestSameTraffic(t *testing.T) {
	rule := func(from, to string, ports PortRange) FilterRule {
		return FilterRule{Src: ParseAddrSet(strings.Fields(from)...), Dst: []DstPorts{{ParseAddrSet(to), ports}}}
	}
	whole := []FilterRule{rule("10.0.0.0/8", "100.64.0.1", PortRange{1, 100})}
	halves := []FilterRule{
		rule("10.0.0.0/9", "100.64.0.1", PortRange{1, 100}),
		rule("10.128.0.0/9", "100.64.0.1", PortRange{1, 60}), rule("10.0.0.0/8", "100.64.0.1", PortRange{50, 100}),
	}
	if !sameTraffic(whole, halves) {
		t.Error("halves are not the whole")
	}
	for i := range halves {
		if sameTraffic(whole, slices.Delete(slices.Clone(halves), i, i+1)) {
			t.Errorf("without part %d it is the whole", i)
		}
	}
}
