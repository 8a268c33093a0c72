package tailnet

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// capture is a policy that was posted to the service and what came of it:
// the answer, and each node's filter, SSH rules and exit nodes. Under
// testdata/NOTICE is where they are from.
type capture struct {
	Code int
	Body *struct{ Message string }
	Pol  json.RawMessage
	Topo struct {
		Users []struct{ Name, Email string }
		Nodes map[string]struct {
			Tags           []string
			IPv4, IPv6     string
			User           string
			RoutableIPs    []netip.Prefix `json:"routable_ips"`
			ApprovedRoutes []netip.Prefix `json:"approved_routes"`
		}
	}
	Caps map[string]json.RawMessage // null or []capturedRule
	SSH  map[string]json.RawMessage // null or []capturedLogin
	Exit map[string][]string
}

// capturedRule and capturedLogin are tailcfg.FilterRule and tailcfg.SSHRule
// as recorded. A field that is not here is a shape this test does not know.
type capturedRule struct {
	SrcIPs   []string
	IPProto  []int
	DstPorts []struct {
		IP    string
		Ports struct{ First, Last uint16 }
	}
	CapGrant []struct {
		Dsts   []string
		CapMap map[string]json.RawMessage
	}
}

type capturedLogin struct {
	Principals []struct{ NodeIP string }
	SSHUsers   map[string]string
	Action     struct {
		Accept                    bool
		AllowAgentForwarding      bool
		AllowLocalPortForwarding  bool
		AllowRemotePortForwarding bool
		HoldAndDelegate           string
	}
	AcceptEnv []string
}

// strictly decodes and refuses fields that v does not have.
func strictly(raw json.RawMessage, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// TestCaptures grades the package on what the service answered. The file
// named in TAILNET_CAPTURES takes the place of the recorded one.
func TestCaptures(t *testing.T) {
	captures := readCaptures(t)
	type tally struct {
		cases, equal int
		different    []string
		why          map[string]int
	}
	tallies := map[string]*tally{}
	for _, name := range slices.Sorted(maps.Keys(captures)) {
		category := filepath.Dir(name)
		if tallies[category] == nil {
			tallies[category] = &tally{why: map[string]int{}}
		}
		c := tallies[category]
		c.cases++
		g := gradeCapture(captures[name])
		for _, node := range g.unrecorded {
			c.why[name+": node "+node+" has no recorded answer"]++
		}
		if len(g.differences) == 0 {
			c.equal++
			continue
		}
		c.different = append(c.different, name+": "+strings.Join(g.differences[:min(3, len(g.differences))], "\n      "))
	}
	for _, category := range slices.Sorted(maps.Keys(tallies)) {
		c := tallies[category]
		fmt.Printf("%-20s %3d cases, %3d equal, %d different, %d nodes left out\n",
			category, c.cases, c.equal, len(c.different), len(c.why))
		for _, why := range slices.Sorted(maps.Keys(c.why)) {
			fmt.Println("    left out:", why)
		}
		for _, d := range c.different {
			t.Errorf("%s", d)
		}
	}
}

func readCaptures(t testing.TB) map[string]json.RawMessage {
	t.Helper()
	path := cmp.Or(os.Getenv("TAILNET_CAPTURES"), filepath.Join("testdata", "captures.json.gz"))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if zipped, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
		if data, err = io.ReadAll(zipped); err != nil {
			t.Fatal(err)
		}
	}
	var captures map[string]json.RawMessage
	if err := json.Unmarshal(data, &captures); err != nil {
		t.Fatal(err)
	}
	return captures
}

// graded is what came of comparing one recording with the package.
type graded struct {
	differences []string
	// unrecorded are the nodes whose answer was not recorded, which leaves
	// nothing to compare.
	unrecorded []string
}

// gradeCapture compares one recording with the package. What it cannot read is
// a difference, as is a panic.
func gradeCapture(raw json.RawMessage) (g graded) {
	defer func() {
		if p := recover(); p != nil {
			g.differences = append(g.differences, fmt.Sprint("panic: ", p))
		}
	}()
	var c capture
	if err := json.Unmarshal(raw, &c); err != nil {
		return graded{differences: []string{"unknown shape: " + err.Error()}}
	}
	net, err := c.network()
	if err != nil {
		return graded{differences: []string{"unknown shape: " + err.Error()}}
	}
	policy, err := Parse(c.Pol)
	if err == nil {
		err = policy.Validate(net)
	}
	if g.differences = c.gradeAnswer(err); len(g.differences) > 0 || c.Code != 200 {
		return g
	}
	e := policy.Evaluate(net)
	for i, n := range net.Nodes {
		if _, ok := c.Caps[n.Name]; !ok {
			g.unrecorded = append(g.unrecorded, n.Name)
			continue
		}
		g.differences = append(g.differences, c.gradeFilter(n.Name, e.Filter(i))...)
		g.differences = append(g.differences, c.gradeSSH(n.Name, e.SSH(i))...)
		g.differences = append(g.differences, c.gradeExits(n.Name, net, e.ExitNodes(i))...)
	}
	if len(g.unrecorded) == len(net.Nodes) {
		g.differences = append(g.differences, "no node has a recorded answer: nothing was compared")
	}
	return g
}

func (c capture) gradeExits(node string, net Network, exits []int) []string {
	var got []string
	for _, x := range exits {
		got = append(got, net.Nodes[x].Name)
	}
	if want := slices.Sorted(slices.Values(c.Exit[node])); !slices.Equal(got, want) {
		return []string{fmt.Sprintf("%s: exit nodes %v, want %v", node, got, want)}
	}
	return nil
}

// network is the recorded topology, its nodes sorted by name. Its first user
// made the tailnet and so owns it; that user's domain is the tailnet's and
// others are guests'.
func (c capture) network() (Network, error) {
	var net Network
	logins := map[string]string{}
	for _, u := range c.Topo.Users {
		logins[u.Name] = cmp.Or(u.Email, u.Name+"@")
		net.Users = append(net.Users, User{Name: logins[u.Name]})
		if len(net.Users) == 1 {
			net.Users[0].Roles = []string{"autogroup:owner", "autogroup:admin"}
		}
		if _, domain := splitUser(u.Email); domain != "" && net.Domains == nil {
			net.Domains = []string{domain}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Topo.Nodes)) {
		t := c.Topo.Nodes[name]
		n := Node{
			Name: name, User: cmp.Or(logins[t.User], t.User), Tags: t.Tags,
			Advertised: t.RoutableIPs, Approved: t.ApprovedRoutes,
		}
		for _, text := range []string{t.IPv4, t.IPv6} {
			if text == "" {
				continue
			}
			a, err := netip.ParseAddr(text)
			if err != nil {
				return net, err
			}
			n.Addrs = append(n.Addrs, a)
		}
		net.Nodes = append(net.Nodes, n)
	}
	return net, nil
}

func (c capture) gradeAnswer(err error) []string {
	gotCode, gotMessage := 200, ""
	if r, ok := err.(*Rejection); ok {
		gotCode, gotMessage = r.Status, r.Message
	}
	wantMessage := ""
	if c.Body != nil {
		wantMessage = c.Body.Message
	}
	if gotCode != c.Code || c.Code != 200 && gotMessage != wantMessage {
		return []string{fmt.Sprintf("answer %d %q, want %d %q", gotCode, gotMessage, c.Code, wantMessage)}
	}
	return nil
}

// gradeSSH compares rules in order; the order of a rule's sources is none.
func (c capture) gradeSSH(node string, logins []SSHLogin) []string {
	var got, want []string
	line := func(from []string, users map[string]string, check bool, env []string) string {
		slices.Sort(from)
		return fmt.Sprint(slices.Compact(from), users, check, env)
	}
	for _, l := range logins {
		var from []string
		for _, a := range l.From {
			from = append(from, a.String())
		}
		got = append(got, line(from, l.Users, l.Check, l.AcceptEnv))
	}
	recorded := []capturedLogin{}
	if raw, ok := c.SSH[node]; ok {
		if err := strictly(raw, &recorded); err != nil {
			return []string{node + ": unknown shape: " + err.Error()}
		}
	}
	for _, r := range recorded {
		var from []string
		for _, p := range r.Principals {
			from = append(from, p.NodeIP)
		}
		want = append(want, line(from, r.SSHUsers, r.Action.HoldAndDelegate != "", r.AcceptEnv))
	}
	if !slices.Equal(got, want) {
		return []string{fmt.Sprintf("%s: ssh\n  got  %s\n  want %s", node, strings.Join(got, "\n       "), strings.Join(want, "\n       "))}
	}
	return nil
}
