package tailnet

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
)

// smallNetwork has a person with two machines, a tagged server, a router and
// an exit node.
func smallNetwork() Network {
	node := func(name, user, tag, v4, v6 string, routes ...string) Node {
		n := Node{Name: name, User: user, Addrs: []netip.Addr{netip.MustParseAddr(v4), netip.MustParseAddr(v6)}}
		if tag != "" {
			n.Tags = []string{tag}
		}
		for _, r := range routes {
			n.Advertised = append(n.Advertised, netip.MustParsePrefix(r))
		}
		return n
	}
	net := Network{
		Users: []User{{Name: "ann@example.com", Roles: []string{"autogroup:admin"}}, {Name: "bob@example.com"}},
		Nodes: []Node{
			node("laptop", "ann@example.com", "", "100.64.0.1", "fd7a:115c:a1e0::1"),
			node("phone", "ann@example.com", "", "100.64.0.2", "fd7a:115c:a1e0::2"),
			node("desk", "bob@example.com", "", "100.64.0.3", "fd7a:115c:a1e0::3"),
			node("server", "", "tag:server", "100.64.0.4", "fd7a:115c:a1e0::4"),
			node("router", "", "tag:router", "100.64.0.5", "fd7a:115c:a1e0::5", "10.0.0.0/16"),
			node("exit", "", "tag:exit", "100.64.0.6", "fd7a:115c:a1e0::6", "0.0.0.0/0", "::/0"),
		},
	}
	net.Nodes[4].Approved = net.Nodes[4].Advertised
	return net
}

// FuzzPolicy wants every text to be parsed, judged and evaluated without a
// panic and in bounded time, and what is parsed to be written and parsed again
// to the same.
func FuzzPolicy(f *testing.F) {
	seeds := 0
	for _, raw := range readCaptures(f) {
		var c capture
		if json.Unmarshal(raw, &c) == nil && seeds < 60 {
			f.Add(string(c.Pol))
			seeds++
		}
	}
	f.Add(`{"ipsets":{"ipset:a":["add ipset:a","remove 10.0.0.0/8"]},"grants":[{"src":["ipset:a"],"dst":["ipset:a"],"ip":["*"]}]}`)
	f.Add(strings.Repeat("[", 5000))
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 20000 {
			return
		}
		p, err := Parse([]byte(text))
		if err != nil {
			if r := err.(*Rejection); r.At.Line < 1 || r.At.Column < 1 {
				t.Errorf("no position: %v", r)
			}
			return
		}
		if _, err := Parse(p.Format()); err != nil {
			t.Errorf("what is written cannot be read: %v\n%s", err, p.Format())
		}
		net := smallNetwork()
		_ = p.Validate(net)
		Lint([]byte(text))
		e := p.Evaluate(net)
		for i := range net.Nodes {
			e.Filter(i)
			e.SSH(i)
			e.ExitNodes(i)
			e.Attributes(i)
		}
	})
}
