package reach

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRules evaluates input chains as NixOS, pantherctl and people write them.
func TestRules(t *testing.T) {
	const head = "table inet fw {\n"
	chain := func(rules string) string {
		return head + "chain input {\n  type filter hook input priority filter; policy drop;\n" + rules + "\n}\n}\n"
	}
	for _, tt := range []struct{ name, ruleset, want string }{
		{"nothing", "", "tcp/1-65535"},
		{"policy drop", chain(""), "none"},
		{"policy accept", strings.Replace(chain("tcp dport 22 drop"), "policy drop", "policy accept", 1), "tcp/1-21, tcp/23-65535"},
		{"interface", chain(`iifname "eth0" tcp dport { 22, 80-90 } accept`), "tcp/22, tcp/80-90"},
		{"another interface", chain(`iifname != { "lo", "eth*" } tcp dport 22 accept`), "none"},
		{"any of a pattern", chain(`iifname "eth*" tcp dport 22 accept`), "tcp/22"},
		{"another protocol", chain("udp dport 53 accept"), "none"},
		{"source", chain("ip saddr { 10.0.0.0/8, 192.168.1.9 } tcp dport 22 accept\nip saddr 192.168.1.1-192.168.1.20 tcp dport 23 accept\nip saddr != 192.168.1.9 accept"), "tcp/22-23"},
		{"source of the other family", chain("ip6 saddr ::/0 accept"), "none"},
		{"order", chain("tcp dport 22 drop\ntcp dport 20-25 accept\naccept comment \"rest { }\"\ntcp dport 1 drop"), "tcp/1-21, tcp/23-65535"},
		{"state of a first packet", chain("ct state established,related accept\nct state invalid drop\nct state { new, untracked } tcp dport 22 accept"), "tcp/22"},
		{"several states", chain("ct state invalid,new drop\ntcp dport 22 accept"), "none"},
		{"limits let through", chain("tcp dport 22 ct state new add @l { ip saddr limit rate 10/minute burst 20 packets } accept\ntcp dport 23 meter m { ip saddr limit rate 1/second } accept\ntcp dport 24 limit rate 1/second burst 5 packets counter packets 1 bytes 2 accept"), "tcp/22-24"},
		{"who is over a limit is dropped", chain("update @l { ip saddr limit rate over 5/second } drop\nlimit rate over 1/second drop\ntcp dport 22 accept"), "tcp/22"},
		{"a limit of the other family", chain("tcp dport 22 add @l { ip6 saddr limit rate 10/minute } accept"), "none"},
		{"log", chain(`meta pkttype host limit rate 10/minute burst 20 packets log prefix "x: " level info` + "\ntcp dport 22 accept"), "tcp/22"},
		{"vmap", chain("tcp dport vmap { 22 : accept, 23 : drop, 80-81 : accept }\ntcp dport 23 accept"), "tcp/22, tcp/80-81"},
		{"jump and return", head + "chain input { type filter hook input priority 0; policy drop\n ct state vmap {\n invalid : drop,\n new : jump allow,\n untracked: jump allow,\n }\n tcp dport 99 accept\n tcp dport 7 accept }\nchain allow {\n tcp dport 99 return\n tcp dport 22 accept\n tcp dport 90-99 drop\n}\n}", "tcp/7, tcp/22, tcp/99"},
		{"goto", head + "chain input { type filter hook input priority 0; policy drop; tcp dport 22 goto allow; accept\n}\nchain allow { counter\n}\n}", "tcp/1-21, tcp/23-65535"},
		{"two chains both decide", chain("tcp dport { 22, 80 } accept") + "table ip other {\nchain c {\n type filter hook input priority filter - 1; policy accept;\n tcp dport 80 drop\n}\n}", "tcp/22"},
		{"a chain of the other family", chain("tcp dport 22 accept") + "table ip6 other {\nchain c { type filter hook input priority 5; policy drop;\n}\n}", "tcp/22"},
		{"another hook", chain("tcp dport 22 accept") + "table inet o {\nchain c { type filter hook forward priority 0; policy drop;\n}\n}", "tcp/22"},
		{"set of pairs", strings.Replace(chain("meta l4proto . th dport @temp-ports accept"), head, head+"set temp-ports {\n type inet_proto . inet_service\n flags interval\n auto-merge\n elements = { tcp . 22, udp . 53, tcp . 60000-60100 }\n}\n", 1), "tcp/22, tcp/60000-60100"},
		{"a set filled at run time", strings.Replace(chain("ip saddr @banned drop\ntcp dport 22 accept"), head, head+"set banned { type ipv4_addr; flags timeout; }\n", 1), "tcp/22"},
		{"marks of tailscaled only", chain("meta mark & 0x00ff0000 == 0x00080000 accept\nmeta mark 0x1 accept"), "none"},
		{"errors and neighbours", chain("icmpv6 type != { nd-redirect, 139 } accept\nicmp type echo-request accept\nicmpv6 type echo-reply accept"), "none"},
		{"addressed to it", chain("ip daddr 192.168.1.1 tcp dport 22 accept\nfib daddr type local tcp dport 23 accept"), "tcp/22-23"},
		{"handed on to a container", chain("tcp dport 22 accept") + "table inet nat {\nchain pre {\n type nat hook prerouting priority dstnat; policy accept;\n fib daddr type != local return\n iifname eth0 meta nfproto ipv4 tcp dport { 80, 443 } dnat ip to 10.233.1.2\n}\n}\ntable inet f {\nchain forward {\n type filter hook forward priority filter; policy drop;\n ct status dnat tcp dport 80 accept\n ct state established accept\n}\n}", "tcp/22, tcp/80"},
		{"what is handed on is not the host's", chain("accept") + "table ip nat {\nchain pre {\n type nat hook prerouting priority dstnat;\n tcp dport 80 dnat to 10.0.0.1:8080\n}\nchain f { type filter hook forward priority 0; policy drop\n}\n}", "tcp/1-79, tcp/81-65535"},
		{"handed on to another port", chain("") + "table inet nat {\nchain pre {\n type nat hook prerouting priority dstnat; policy accept;\n tcp dport 80 dnat ip to 10.0.0.1:8080 comment \"a b\"\n tcp dport 81 dnat ip to 10.0.0.1\n tcp dport 8080 dnat ip to :80\n}\nchain f { type filter hook forward priority 0; policy drop; tcp dport 8080 accept\n}\n}", "tcp/80"},
		{"handed on to many", chain("") + "table inet nat {\nchain pre {\n type nat hook prerouting priority dstnat;\n tcp dport 80 dnat ip to tcp dport map { 80 : 10.0.0.1 }\n}\n}", "tcp/80; tcp dport 80 dnat ip to tcp dport map { 80 : 10.0.0.1 }"},
		{"a limit by its name", chain("limit name \"l\" drop\ntcp dport 22 accept"), "tcp/22; limit name \"l\" drop"},
		{"chains in a circle", head + "chain input { type filter hook input priority 0; policy drop; " + strings.Repeat("jump a\n", 20) + "}\nchain a { " + strings.Repeat("jump a\n", 20) + "}\n}", "none; jump a"},
		{"not judged", chain("tcp dport 22 accept\nsocket cgroupv2 level 1 accept"), "tcp/22; socket cgroupv2 level 1 accept"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := ParseRuleset(tt.ruleset)
			if err != nil {
				t.Fatal(err)
			}
			got := r.arrive(packet{
				hook: "input", in: "eth0", protocol: "tcp",
				src: netip.MustParseAddr("192.168.1.9"), dst: netip.MustParseAddr("192.168.1.1"),
			})
			var ports Ports
			for _, d := range got.doors {
				ports = ports.union(d.Ports)
			}
			text := strings.Join(append([]string{ports.String()}, got.unknown...), "; ")
			if diff := cmp.Diff(tt.want, text); diff != "" {
				t.Errorf("let in (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBrokenRuleset: what is no ruleset is an error and not a firewall that
// lets nothing in.
func TestBrokenRuleset(t *testing.T) {
	for _, text := range []string{
		"accept", "table {", "table inet fw {", "table inet fw { chain c {", "table inet fw { rule }",
		"table inet fw { chain c { type filter hook input priority high; policy drop; } }",
	} {
		if r, err := ParseRuleset(text); err == nil {
			t.Errorf("%q is taken for %+v", text, r)
		}
	}
}

// TestFactsDiffer: a rule more or less in what a host evaluates to shows.
func TestFactsDiffer(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"a service of its own opens a port", "chain input-allow {\n", "chain input-allow {\nudp dport 5353 accept\n", "more udp/5353, less none"},
		{"ssh is forgotten", `iifname "enp1s0" tcp dport 22`, `iifname "enp1s1" tcp dport 22`, "more none, less tcp/22"},
		{"a chain that drops first", "table inet pantherctl-egress {", "table inet x {\nchain c { type filter hook input priority -5; policy accept; tcp dport 22 drop\n}\n}\ntable inet pantherctl-egress {", "more none, less tcp/22"},
		{"egress is open", `oifname { "lo", "ve-*" } accept`, "accept", "more tcp/1-21, tcp/23-52, tcp/54-79, tcp/81-442, tcp/444-4459, tcp/4461-7843, tcp/7845-65535, udp/1-52, udp/54-66, udp/68-122, udp/124-7843, udp/7845-65535, less none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := network(t, example(t, "homelab"))
			inJSON := func(s string) string { return strings.Trim(fmt.Sprintf("%q", s), `"`) }
			facts := factsOf(t, "homelab")
			text := strings.ReplaceAll(facts, inJSON(tt.old), inJSON(tt.new))
			if text == facts {
				t.Fatalf("the facts do not hold %q", tt.old)
			}
			r, err := ReadFacts([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, d := range Compare(n, WithRules(n.Fleet, r)) {
				found = found || fmt.Sprintf("more %s, less %s", d.More, d.Less) == tt.want
			}
			if !found {
				t.Errorf("%q is not found", tt.want)
			}
		})
	}
}
