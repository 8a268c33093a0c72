package headscale

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pantherctl/pantherctl/gen/tailnet"
)

// TestRandom compares random policies of grants, acls and ssh rules for the
// networks that were recorded, with the names their policies declare. The seed
// is fixed: a difference is found again.
func TestRandom(t *testing.T) {
	const policies = 1000
	random := rand.New(rand.NewPCG(5, 5))
	recordings := readRecordings(t)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(recordings)), func(name string) bool {
		r := recordings[name]
		// headscale joins addresses that touch, which no recorded answer does.
		return r.Code != 200 || touching(r.network())
	})
	knownOnes := 0
	for range policies {
		name := names[random.IntN(len(names))]
		r := recordings[name]
		text, err := json.Marshal(newWriter(t, random, r).policy())
		if err != nil {
			t.Fatal(err)
		}
		knownOnes += compare(t, "random for "+name, string(text), r.network())
	}
	fmt.Printf("random               %5d policies, %d known differences\n", policies, knownOnes)
}

func touching(net tailnet.Network) bool {
	return slices.ContainsFunc(net.Nodes, func(n tailnet.Node) bool {
		return slices.ContainsFunc(net.Nodes, func(o tailnet.Node) bool { return n.Addrs[0].Next() == o.Addrs[0] })
	})
}

// writer makes up policies from the names of a recorded one.
type writer struct {
	*rand.Rand
	declared           map[string]any // the sections of names
	people, tags, both []string       // both: everything that may be a source
}

func newWriter(t *testing.T, random *rand.Rand, r recording) writer {
	t.Helper()
	var recorded struct {
		Groups, TagOwners map[string][]string
		Hosts             map[string]string
		AutoApprovers     json.RawMessage
	}
	if err := json.Unmarshal(r.Pol, &recorded); err != nil {
		t.Fatal(err)
	}
	w := writer{Rand: random, declared: map[string]any{"groups": recorded.Groups, "hosts": recorded.Hosts, "tagOwners": recorded.TagOwners}}
	if recorded.AutoApprovers != nil {
		w.declared["autoApprovers"] = recorded.AutoApprovers
	}
	w.tags = slices.Sorted(maps.Keys(recorded.TagOwners))
	w.people = append(slices.Sorted(maps.Keys(recorded.Groups)), "autogroup:member")
	w.both = append(slices.Sorted(maps.Keys(recorded.Hosts)), "*", "autogroup:tagged", "autogroup:danger-all", "10.33.0.0/16", "10.33.1.0/24", "fd00:1::/64", "8.8.8.8")
	net := r.network()
	for _, u := range net.Users {
		w.people = append(w.people, u.Name)
	}
	for _, n := range net.Nodes {
		w.both = append(w.both, n.Addrs[random.IntN(2)].String())
	}
	w.both = slices.Concat(w.both, w.people, w.tags, w.people, w.tags)
	return w
}

func (w writer) one(from ...string) string { return from[w.IntN(len(from))] }

func (w writer) some(from ...string) []string {
	picked := make([]string, 1+w.IntN(3))
	for i := range picked {
		picked[i] = w.one(from...)
	}
	return picked
}

// destinations are the sources that may stand there, and what only may there.
func (w writer) destinations() []string {
	all := append([]string{"172.16.0.0/12", "fd00::/8", "10.33.0.1", "10.0.0.0/7", "autogroup:internet"}, w.both...)
	return w.some(slices.DeleteFunc(all, func(s string) bool { return s == "autogroup:danger-all" })...)
}

func (w writer) policy() map[string]any {
	grants, acls, ssh := []any{}, []any{}, []any{}
	for range w.IntN(4) {
		grants = append(grants, w.grant())
	}
	for range w.IntN(3) {
		acls = append(acls, w.acl())
	}
	for range w.IntN(4) {
		ssh = append(ssh, w.ssh())
	}
	policy := maps.Clone(w.declared)
	policy["grants"], policy["acls"], policy["ssh"] = grants, acls, ssh
	return policy
}

func (w writer) grant() map[string]any {
	g := map[string]any{"src": w.some(w.both...), "dst": w.destinations()}
	app := map[string]any{w.one("example.com/x", "tailscale.com/cap/drive", "tailscale.com/cap/relay"): []any{map[string]any{"a": 1}}}
	kind := w.IntN(6)
	if kind != 0 {
		g["ip"] = w.some("*", "22", "80-443", "tcp:22", "udp:53", "icmp:*", "sctp:5000", "47:*", "6:80")
	}
	switch kind {
	case 0, 1:
		g["app"], g["dst"] = app, w.some(w.tags...)
	case 2:
		g["via"] = w.some(w.tags...)
	case 3:
		g["src"], g["dst"] = w.some(w.people...), append(w.destinations(), "autogroup:self")
	}
	return g
}

func (w writer) acl() map[string]any {
	var dst []string
	for _, d := range w.destinations() {
		dst = append(dst, d+w.one(":*", ":22", ":80,443", ":1000-2000"))
	}
	if w.IntN(3) == 0 {
		return map[string]any{"action": "accept", "src": w.some(append(w.people, "*")...), "dst": append(dst, "autogroup:self:22")}
	}
	return map[string]any{"action": "accept", "src": w.some(w.both...), "dst": dst, "proto": w.one("", "tcp", "udp", "17")}
}

func (w writer) ssh() map[string]any {
	rule := map[string]any{
		"action": "accept", "src": w.some(append(w.tags, "autogroup:tagged")...), "dst": w.some(append(w.tags, "autogroup:tagged")...),
		"users": w.some("root", "ubuntu", "autogroup:nonroot", "localpart:*@example.com"),
	}
	if w.IntN(3) > 0 {
		rule["action"], rule["src"] = w.one("accept", "check"), w.some(w.people...)
		rule["dst"] = append(w.some("autogroup:self", "autogroup:member"), w.some(w.tags...)...)
	}
	return rule
}
