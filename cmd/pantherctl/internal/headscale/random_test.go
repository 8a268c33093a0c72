package headscale

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestRandom compares random policies of grants, acls and ssh rules. The seed
// is fixed: a difference is found again.
func TestRandom(t *testing.T) {
	const policies = 1500
	random := rand.New(rand.NewPCG(5, 5))
	pick := func(from ...string) []string {
		n := 1 + random.IntN(3)
		picked := make([]string, n)
		for i := range picked {
			picked[i] = from[random.IntN(len(from))]
		}
		return picked
	}
	name := []string{"ann@example.com", "bob@example.com", "eve@example.org", "group:staff", "tag:server", "tag:db", "tag:router", "tag:exit", "box", "lan", "100.64.0.14", "10.0.1.0/24", "autogroup:member", "autogroup:tagged", "*"}
	dst := append([]string{"part", "fd00:1::/64", "10.0.0.0/8"}, name...)
	ip := []string{"*", "22", "80-443", "tcp:22", "udp:53", "icmp:*", "sctp:5000"}
	knownOnes := 0
	for range policies {
		grants, acls, ssh := []map[string]any{}, []map[string]any{}, []map[string]any{}
		for range random.IntN(4) {
			g := map[string]any{"src": pick(name...), "dst": pick(dst...), "ip": pick(ip...)}
			if random.IntN(4) == 0 {
				g["app"] = map[string]any{"example.com/cap/x": []any{map[string]any{"a": 1}}}
			}
			if random.IntN(5) == 0 {
				g["via"] = pick("tag:router", "tag:exit", "tag:server")
				delete(g, "app")
			}
			grants = append(grants, g)
		}
		for range random.IntN(3) {
			var ports []string
			for _, d := range pick(dst...) {
				ports = append(ports, d+pick(":*", ":22", ":80,443", ":1000-2000")[0])
			}
			if random.IntN(3) == 0 {
				acls = append(acls, map[string]any{"action": "accept", "src": pick("ann@example.com", "group:staff", "autogroup:member", "*"), "dst": append(ports, "autogroup:self:22")})
				continue
			}
			acls = append(acls, map[string]any{"action": "accept", "src": pick(name...), "dst": ports, "proto": pick("", "tcp", "udp", "17")[0]})
		}
		for range random.IntN(3) {
			ssh = append(ssh, map[string]any{
				"action": pick("accept", "check")[0], "src": pick("ann@example.com", "bob@example.com", "group:staff", "autogroup:member"),
				"dst": pick("tag:server", "tag:db", "autogroup:self", "autogroup:tagged"), "users": pick("root", "ubuntu", "autogroup:nonroot", "localpart:*@example.com"),
			})
		}
		rules, err := json.Marshal(map[string]any{"grants": grants, "acls": acls, "ssh": ssh})
		if err != nil {
			t.Fatal(err)
		}
		knownOnes += compare(t, "random", "{"+declared+string(rules[1:]), fleet())
	}
	fmt.Printf("random               %5d policies, %d known differences\n", policies, knownOnes)
}
