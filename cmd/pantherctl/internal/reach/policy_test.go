package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/gen/tailnet"
	"github.com/pantherctl/pantherctl/schema"
)

// TestPolicy holds the generated policies of the example fleets against what
// reach says of their tailnets: every pair, every service, every port that
// something speaks of, and exit nodes. The service must take them, with the
// tests they bring along.
func TestPolicy(t *testing.T) {
	for _, name := range []string{"pantheros", "high-security"} {
		t.Run(name, func(t *testing.T) {
			n := network(t, example(t, name))
			text := generated(n.Fleet)
			for _, d := range differ(t, n, text, false) {
				t.Error(d)
			}
		})
	}
	t.Run("homelab has no tailnet", func(t *testing.T) {
		if text := generated(network(t, example(t, "homelab")).Fleet); text != nil {
			t.Errorf("and gets a policy\n%s", text)
		}
	})
}

// TestRandomPolicies is TestPolicy for random fleets: hosts with tags of their
// own, with addresses of both families or none, with ports of sshd, exit
// nodes, routers, relays and Tailscale SSH. For members that no policy can
// name it may grant less than reach says, never more.
func TestRandomPolicies(t *testing.T) {
	fleets, unnamed := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		n := New(randomTailnet(rt))
		text := generated(n.Fleet)
		if text == nil {
			return
		}
		fleets++
		if strings.Contains(string(text), "neither a tag of its own nor a declared address") {
			unnamed++
		}
		for _, d := range differ(rt, n, text, true) {
			rt.Errorf("%s\n%s", d, text)
		}
	})
	t.Logf("%d fleets with a tailnet, %d with members that no policy can name", fleets, unnamed)
}

// generated returns the policy of a fleet as it is written.
func generated(f *policy.Fleet) []byte {
	p := gen.TailnetPolicy(f, "security.yaml")
	if p == nil {
		return nil
	}
	return p.Format()
}

// differ returns where a policy and reach disagree. A policy that the service
// refuses, or whose text changes as it is read and written, is an error.
func differ(t interface{ Fatalf(string, ...any) }, n *Network, text []byte, less bool) []string {
	p, err := tailnet.Parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	net := gen.TailnetNetwork(n.Fleet)
	if err := p.Validate(net); err != nil {
		t.Fatalf("%v %+v\n%s", err, err.(*tailnet.Rejection).Failures, text)
	}
	for _, f := range tailnet.Lint(text) { // as if nobody had joined yet
		if f.Rejected {
			t.Fatalf("%s: %s\n%s", f.At, f.Message, text)
		}
	}
	unnamed := func(m *Member) bool {
		return less && !m.isInternet() && strings.Contains(string(text), " for "+m.Name+", which has neither")
	}
	e, nodes := p.Evaluate(net), map[string]int{}
	for i, node := range net.Nodes {
		nodes[node.Name] = i
	}
	var found []string
	for _, src := range n.Members {
		from, in := nodes[src.Name]
		if in != src.tailnet || !in {
			if in != src.tailnet && !(src.Kind == Person) {
				found = append(found, fmt.Sprintf("%s: reach says it is in the tailnet: %v, the policy %v", src.Name, src.tailnet, in))
			}
			continue
		}
		for _, dst := range n.Members {
			if dst == src || dst.Kind != Subnet && !dst.isInternet() && (dst.Host == nil || !dst.tailnet) {
				continue
			}
			to := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:4860::1")}
			switch {
			case dst.Kind == Subnet:
				to = []netip.Addr{policy.Within(dst.subnet)}
			case !dst.isInternet():
				to = net.Nodes[nodes[dst.Name]].Addrs
			}
			granted := n.grantedPorts(src, dst)
			for _, port := range n.edges() {
				for _, protocol := range []tailnet.Protocol{tailnet.TCP, tailnet.UDP} {
					name := map[tailnet.Protocol]string{tailnet.TCP: "tcp", tailnet.UDP: "udp"}[protocol]
					want := granted.has(setOf(one(name, port)))
					for _, a := range net.Nodes[from].Addrs {
						for _, b := range to {
							have := e.Allows(a, b, protocol, uint16(port))
							if have != want && (have || !unnamed(src) && !unnamed(dst)) {
								found = append(found, fmt.Sprintf("%s (%s) to %s (%s) %s/%d: reach says %v, the policy %v", src.Name, a, dst.Name, b, name, port, want, have))
							}
						}
					}
				}
			}
			if dst.isInternet() && !unnamed(src) {
				found = append(found, n.differOutside(src, len(granted) > 0, e, net, from)...)
			}
		}
	}
	return found
}

// differOutside compares the exit nodes that a member may use.
func (n *Network) differOutside(src *Member, may bool, e *tailnet.Evaluation, net tailnet.Network, from int) (found []string) {
	var want, have []string
	for _, x := range n.exits {
		if approvable := len(x.Tags()) > 0; may && x != src.Host && approvable {
			want = append(want, x.Name)
		}
	}
	for _, i := range e.ExitNodes(from) {
		have = append(have, net.Nodes[i].Name)
	}
	if !slices.Equal(want, have) {
		found = append(found, fmt.Sprintf("exit nodes of %s: reach says %v, the policy %v", src.Name, want, have))
	}
	return found
}

// grantedPorts is what reach says that the tailnet grants.
func (n *Network) grantedPorts(src, dst *Member) Ports {
	for _, l := range n.Links(src, dst) {
		if l.Side == schema.Tailnet {
			return l.Granted
		}
	}
	return nil
}

// edges are the ports at which something may change.
func (n *Network) edges() []schema.Port {
	ports := []schema.Port{1, 22, 2222, 65535}
	for _, s := range n.Services {
		for _, r := range setOf(n.Fleet.ServicePorts(s)...) {
			ports = append(ports, max(r.First, 2)-1, r.First, r.Last, min(r.Last, 65534)+1)
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// randomTailnet draws a fleet for its tailnet.
func randomTailnet(t *rapid.T) *policy.Fleet {
	draw := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(t, what) }
	var text strings.Builder
	fmt.Fprintf(&text, `version: 1
fleet: random
nixos: "25.11"
users:
  ann: { %sadmin: true, keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1oB8iXkr/Hag6I0bsFb8HpT2L8d3K3Rv2f3y7Obp+G ann }
  bob: { keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1oB8iXkr/Hag6I0bsFb8HpT2L8d3K3Rv2f3y7Obp+G bob }
services:
  web: [tcp/80, tcp/443]
  app: [tcp/443, udp/443-446]
networks: { lab: [10.1.0.0/16, "fd00:1::/64"], far: 172.16.0.0/12 }
devices:
  phone: { user: ann%s }
  probe: { tags: [%s], addresses: 100.64.9.3 }
  cam: { addresses: 100.64.9.4 }
  thing: { key: nodekey }
roles:
  red: { level: workstation, ssh: { enable: true, members: ann } }
  blue: { level: server }
  green: {}
`, draw("login", "", "tailnet_login: ann@example.org, "), draw("phone", "", ", addresses: 100.64.9.1", `, addresses: [100.64.9.1, "fd7a:115c:a1e0::9"]`), draw("probe", "red", "blue, other", "other"))
	names := []string{"red", "blue", "green", "phone", "probe", "cam", "thing", "ann", "bob", "everyone"}
	hosts := "hosts:\n"
	for i := range rapid.IntRange(1, 5).Draw(t, "hosts") {
		name := fmt.Sprint("h", i)
		names = append(names, name)
		hosts += fmt.Sprintf("  %s:\n    system: x86_64-linux\n    roles: [%s]\n    break_glass: console\n    interfaces: { wan0: wan }\n", name, draw("roles", "red", "blue", "red, green", "blue, green"))
		hosts += draw("addresses", "", fmt.Sprintf("    addresses: 100.64.1.%d\n", i+1), fmt.Sprintf("    addresses: [100.64.1.%d, \"fd7a:115c:a1e0::%d\"]\n", i+1, i+1))
		hosts += draw("sshd", "", "    ssh: { ports: 2222 }\n", "    ssh: { ports: [22, 2222] }\n")
		settings := []string{"enable: true"}
		for _, s := range []string{"identity: user", "tags: [red]", "tags: [own, other]", "exit_node: true", "routes: [10.0.0.0/8]", "relay: peer-relay", "ssh: true"} {
			if rapid.IntRange(0, 4).Draw(t, s) == 0 && !(strings.HasPrefix(s, "tags") && len(settings) > 1) {
				settings = append(settings, s)
			}
		}
		if rapid.IntRange(0, 5).Draw(t, "in") > 0 {
			hosts += "    tailscale: { " + strings.Join(settings, ", ") + " }\n"
		}
	}
	var rules []string
	for range rapid.IntRange(0, 6).Draw(t, "rules") {
		allow := draw("allow", "ssh", "web", "app", "dns", "any", "ssh, web", "dns, app")
		rule := fmt.Sprintf("  - { from: [%s, %s], to: [%s, %s], allow: [%s]", draw("from", names...), draw("and", names...), draw("to", append(names[:7:7], append(names[9:], "internet", "lab", "far")...)...), draw("or", append(names[:7:7], names[9:]...)...), allow)
		rules = append(rules, rule+draw("over", "", "", "", ", over: wan")+" }\n")
	}
	return loaded(t, text.String(), rules, hosts)
}
