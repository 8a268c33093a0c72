package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/schema"
)

// ruleset is a chain of rules that drops the rest, and what else its table has.
type ruleset struct {
	name, objects, rules string
	unjudged             bool // reach does not know what it does
}

func (r ruleset) String() string {
	return "table inet fw {\n" + r.objects + "\nchain input {\ntype filter hook input priority 10; policy drop;\nct state invalid drop\n" + r.rules + "\n}\n}\n"
}

// rulesets are written as NixOS does not, and as people may.
func rulesets() []ruleset {
	return []ruleset{
		{name: "named verdict map", objects: "map m { type inet_service : verdict; elements = { 22 : accept, 23 : drop }\n}", rules: "tcp dport vmap @m\ntcp dport 23-24 accept"},
		{name: "named verdict map of interfaces", objects: "map m { type ifname : verdict; elements = { \"eth0\" : accept }\n}", rules: "tcp dport 22 iifname vmap @m"},
		{name: "pair of interface and port", rules: `iifname . tcp dport { "eth0" . 22 } accept`, unjudged: true},
		{name: "pair of address and port", rules: "ip saddr . tcp dport { 198.51.100.254 . 22 } accept", unjudged: true},
		{name: "states in a list", rules: "ct state new,established tcp dport 22 accept"},
		{name: "not one of a list of states", rules: "ct state != established,related tcp dport 22 accept"},
		{name: "state by its bits", rules: "ct state & (established|new) != 0 tcp dport 22 accept", unjudged: true},
		{name: "interface in words", rules: `iifname ne "lo" tcp dport 22 accept`},
		{name: "protocol by its number", rules: "meta l4proto 6 tcp dport 22 accept"},
		{name: "protocols by their numbers", rules: "ip protocol { 6, 132 } accept\nmeta l4proto != { 1, 6 } udp dport 53 accept"},
		{name: "few connections of a source", objects: "set s { type ipv4_addr; flags dynamic;\n}", rules: "add @s { ip saddr ct count over 10 } reject\ntcp dport 22 accept"},
		{name: "quota of a source", objects: "set s { type ipv4_addr; flags dynamic;\n}", rules: "add @s { ip saddr quota over 10 mbytes } drop\ntcp dport 22 accept"},
		{name: "named counter", objects: "counter c {\n}", rules: "tcp dport 22 counter name c accept"},
		{name: "objects of other kinds", objects: "ct helper ftp { type \"ftp\" protocol tcp;\n}\nquota q { over 1 mbytes\n}\nlimit l { rate 5/second\n}", rules: "tcp dport 22 accept"},
		{name: "table in two parts", rules: "jump late", objects: "chain late { tcp dport 22 accept\n}\n}\ntable inet fw {"},
		{name: "set in two parts", rules: "tcp dport @s accept", objects: "set s { type inet_service; elements = { 22 }\n}\n}\ntable inet fw {\nset s { type inet_service; elements = { 23 }\n}"},
		{name: "chain in two parts", rules: "tcp dport 22 accept\n}\nchain input { type filter hook input priority 10; policy drop; tcp dport 23 accept"},
		{name: "field of the other family", rules: "ip6 hoplimit 255 accept\ntcp dport 22 accept"},
		{name: "range with spaces", rules: "tcp dport 20 - 22 accept", unjudged: true},
		{name: "more than", rules: "tcp dport > 23 accept", unjudged: true},
		{name: "pairs that are not there", objects: "set s { type inet_proto . inet_service; elements = { tcp . 22 }\n}", rules: "meta l4proto . th dport != @s accept"},
		{name: "pairs in place", rules: "meta l4proto . th dport { tcp . 22, udp . 53 } accept"},
		{name: "forwarded or local", rules: "fib daddr type { broadcast, unicast } accept\nfib daddr type local tcp dport 22 accept"},
		{name: "dormant table", rules: "tcp dport 22 accept\n}\n}\ntable inet off {\nflags dormant; chain input { type filter hook input priority 0; policy drop;"},
		{name: "mark of its own", rules: "tcp dport 22 meta mark set 0x1\nmeta mark 0x1 accept", unjudged: true},
		{name: "mark of an earlier chain", objects: "chain early { type filter hook input priority -5; meta mark set 0x1\n}", rules: "meta mark 0x1 accept", unjudged: true},
		{name: "mark that nobody has", rules: "meta mark 0x1 accept\nmeta mark 0 tcp dport 22 accept"},
		{name: "dropped before it is translated", objects: "chain pre { type nat hook prerouting priority dstnat; tcp dport 23 drop\n}", rules: "tcp dport 22-23 accept"},
		{name: "translated for some", objects: "chain pre { type nat hook prerouting priority dstnat; policy drop; tcp dport 22 accept\nudp dport 53 return\n}", rules: "accept"},
		{name: "sent to another port", objects: "chain pre { type nat hook prerouting priority dstnat; tcp dport 23 redirect to :22\n}", rules: "tcp dport 22 accept", unjudged: true},
		{name: "several chains", objects: "chain early { type filter hook input priority -5; policy accept; tcp dport 23 drop\n}", rules: "tcp dport 22-23 accept"},
		{name: "a goto in a jump", objects: "chain a { goto b\ntcp dport 23 accept\n}\nchain b { tcp dport 22 accept\n}", rules: "jump a\ntcp dport 24 accept"},
	}
}

// TestRulesets holds what reach makes of rulesets against what a kernel does
// with them: for everything that may come in reach says the same, or that it
// does not know.
func TestRulesets(t *testing.T) {
	w := Work{Topology: Topology{[]Node{{
		Name: "internet", Links: []Link{{Interface: "eth0", Segment: "wan", Addresses: []netip.Prefix{netip.MustParsePrefix("198.51.100.254/24")}}},
	}}}}
	ports := []Port{{"tcp", 21}, {"tcp", 22}, {"tcp", 23}, {"tcp", 24}, {"udp", 53}, {"udp", 68}}
	document := "version: 1\nfleet: kernel\nnixos: \"25.11\"\nhosts:\n"
	rules := map[string]*reach.Ruleset{}
	for i, c := range rulesets() {
		name, address := fmt.Sprint("h", i), netip.AddrFrom4([4]byte{198, 51, 100, byte(i + 1)})
		document += fmt.Sprintf("  %s: { system: x86_64-linux, level: server, break_glass: console, network: { ipv6: false }, interfaces: { eth0: wan }, addresses: { wan: %s } }\n", name, address)
		r, err := reach.ParseRuleset(c.String())
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		rules[name] = r
		w.Topology.Nodes = append(w.Topology.Nodes, Node{
			Name: name, Links: []Link{{Interface: "eth0", Segment: "wan", Addresses: []netip.Prefix{netip.PrefixFrom(address, 24)}}},
			Ruleset: c.String(), Listen: ports,
		})
		for _, p := range ports {
			w.Probes = append(w.Probes, Probe{From: "internet", To: name, Segment: "wan", Address: address, Port: p})
		}
	}
	done, err := Run(t.Context(), w)
	if err != nil || len(done.Faults) > 0 {
		t.Fatal(err, done)
	}
	network := reach.WithRules(resolve(t, []byte(document)), rules)
	for i, c := range rulesets() {
		t.Run(c.name, func(t *testing.T) {
			to, _ := network.Member(fmt.Sprint("h", i))
			doors, unknown := network.Doors(network.Internet, to, schema.WAN)
			if (unknown != "") != c.unjudged {
				t.Errorf("unjudged is %v: %s", c.unjudged, unknown)
			}
			for j, p := range ports {
				said := slices.ContainsFunc(doors, func(d reach.Door) bool { return d.Ports.Contains(p.Protocol, schema.Port(p.Number)) })
				if open := done.Results[i*len(ports)+j].Outcome == Open; open != said && !c.unjudged {
					t.Errorf("%s: the kernel lets it in: %v, and reach says %v", p, open, said)
				}
			}
		})
	}
}
