package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/tailnet"
	"github.com/pantherctl/pantherctl/schema"
)

// TestMutations breaks the generated policy of pantheros in the ways in which
// people break policies, each rule in turn, and says what notices: the tests
// in the policy itself, which the service runs, or the document's expectations
// held against the policy in place of its access rules. The rest changes
// nothing, or no port between members: then only generate --check notices.
func TestMutations(t *testing.T) {
	n := network(t, example(t, "pantheros"))
	net := gen.TailnetNetwork(n.Fleet)
	const rules = 5 // that open ports; the sixth lets members use the relay
	const (
		tests     = "tests"
		expects   = "expectations"
		both      = "tests, expectations"
		same      = "no change"
		icmp      = "" // 53 is open for TCP and UDP anyway; neither judge knows ICMP
		strangers = "" // everyone is in the rule anyway, but for machines that the document does not name
	)
	table := []struct {
		mutation string
		mutate   func(p *tailnet.Policy, rule int)
		caught   [rules]string // by rule
	}{
		{"drop the rule", func(p *tailnet.Policy, i int) { p.Grants = slices.Delete(p.Grants, i, i+1) }, [rules]string{both, both, both, tests, expects}},
		{"swap src and dst", func(p *tailnet.Policy, i int) { g := &p.Grants[i]; g.Src, g.Dst = g.Dst, g.Src }, [rules]string{both, same, both, same, both}},
		{"forget the protocol", func(p *tailnet.Policy, i int) {
			for j, item := range p.Grants[i].IP {
				_, ports, ok := strings.Cut(item.Value, ":")
				if ok {
					p.Grants[i].IP[j].Value = ports
				}
			}
		}, [rules]string{tests, same, icmp, tests, same}},
		{"every port", func(p *tailnet.Policy, i int) { p.Grants[i].IP = tailnet.Texts("*") }, [rules]string{tests, same, both, tests, same}},
		{"every destination", func(p *tailnet.Policy, i int) { p.Grants[i].Dst = tailnet.Texts("*") }, [rules]string{tests, both, tests, tests, tests}},
		{"every source", func(p *tailnet.Policy, i int) { p.Grants[i].Src = tailnet.Texts("*") }, [rules]string{both, both, strangers, both, expects}},
		{"no autoApprovers", func(p *tailnet.Policy, _ int) { p.AutoApprovers = tailnet.AutoApprovers{} }, [rules]string{expects, expects, expects, expects, expects}},
		{"approvers as a route", func(p *tailnet.Policy, _ int) {
			p.AutoApprovers = tailnet.AutoApprovers{Routes: []tailnet.Entry{{Name: tailnet.Text{Value: "0.0.0.0/0"}, Values: p.AutoApprovers.ExitNode}}}
		}, [rules]string{expects, expects, expects, expects, expects}},
		{"no grants", func(p *tailnet.Policy, _ int) { p.Grants = nil }, [rules]string{both, both, both, both, both}},
	}
	for _, test := range table {
		for i, want := range test.caught {
			t.Run(fmt.Sprintf("%s/%d", test.mutation, i), func(t *testing.T) {
				p, err := tailnet.Parse(generated(n.Fleet))
				if err != nil {
					t.Fatal(err)
				}
				if len(p.Grants) != rules+1 {
					t.Fatalf("%d grants", len(p.Grants))
				}
				before := p.Format()
				test.mutate(p, i)
				var by []string
				if err := p.Validate(net); err != nil {
					by = append(by, tests)
				}
				if len(n.broken(p.Evaluate(net), net)) > 0 {
					by = append(by, expects)
				}
				if string(before) == string(p.Format()) {
					by = []string{same}
				}
				if got := strings.Join(by, ", "); got != want {
					t.Errorf("noticed by %q, want %q", got, want)
				}
			})
		}
	}
}

// broken returns the expectations that do not hold if a policy decides what
// the tailnet grants.
func (n *Network) broken(e *tailnet.Evaluation, net tailnet.Network) []string {
	var found []string
	index := func(m *Member) int {
		return slices.IndexFunc(net.Nodes, func(x tailnet.Node) bool { return x.Name == m.Name })
	}
	for _, x := range n.Fleet.Expect.Items {
		// opens reports whether all ports of a service, or some, pass.
		opens := func(src, dst *Member, service string) (all, some bool) {
			all = true
			for _, p := range n.probes(dst, service) {
				open := false
				for _, l := range n.Links(src, dst) {
					switch via := string(x.V.Via.V); {
					case l.Side != schema.Tailnet:
						open = open || (via == "" || via == string(l.Side)) && l.Open().has(setOf(p))
					case dst.isInternet():
						exits := e.ExitNodes(index(src))
						by := via == "" || via == "tailnet" || slices.ContainsFunc(exits, func(i int) bool { return net.Nodes[i].Name == via })
						open = open || len(exits) > 0 && by && allows(e, net.Nodes[index(src)].Addrs[0], netip.MustParseAddr("192.0.2.1"), p)
					default:
						open = open || (via == "" || via == "tailnet") && l.Let.has(setOf(p)) &&
							allows(e, net.Nodes[index(src)].Addrs[0], net.Nodes[index(dst)].Addrs[0], p)
					}
				}
				all, some = all && open, some || open
			}
			return all, some
		}
		for _, src := range n.Members {
			for _, dst := range n.Members {
				means := func(names []schema.Member, m *Member) bool {
					return slices.ContainsFunc(names, func(name schema.Member) bool { return m.Means(string(name)) })
				}
				if src == dst || dst.Host == nil && !dst.isInternet() || !means(x.V.From.Values(), src) || !means(x.V.To.Values(), dst) {
					continue
				}
				for _, s := range x.V.Allow.Values() {
					if all, _ := opens(src, dst, string(s)); !all {
						found = append(found, fmt.Sprintf("%s: %s to %s, %s", x.From.Pos, src.Name, dst.Name, s))
					}
				}
				for _, s := range x.V.Deny.Values() {
					if _, some := opens(src, dst, string(s)); some && len(x.V.Except.Items) == 0 {
						found = append(found, fmt.Sprintf("%s: %s to %s, not %s", x.From.Pos, src.Name, dst.Name, s))
					}
				}
			}
		}
	}
	return found
}

// probes are the ports of a service that stand for all.
func (n *Network) probes(dst *Member, service string) []schema.Ports {
	var list []schema.Ports
	if service == schema.Any {
		for _, port := range n.edges() {
			list = append(list, one("tcp", port), one("udp", port))
		}
		return list
	}
	for _, r := range n.ServicePorts(dst, service) {
		list = append(list, one(r.Protocol, r.First), one(r.Protocol, r.Last))
	}
	return list
}

func allows(e *tailnet.Evaluation, from, to netip.Addr, p schema.Ports) bool {
	protocol := tailnet.TCP
	if p.Protocol == "udp" {
		protocol = tailnet.UDP
	}
	return e.Allows(from, to, protocol, uint16(p.First))
}
