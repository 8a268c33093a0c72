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

// Who notices a mutation, beside generate --check.
const (
	tests   = "tests"        // of the policy itself, which the service runs
	expects = "expectations" // of the document, held against the policy in place of its access rules
	atOnce  = tests + ", " + expects
	lint    = "lint" // pantherctl tailnet check
	same    = "no change"
)

// TestMutations breaks the generated policies in the ways in which people break
// policies, each rule in turn, and says what notices. That a protocol was
// forgotten beside a rule for both TCP and UDP is no test, as no packet is let
// in by it: clients take ICMP from whom any port is open to.
func TestMutations(t *testing.T) {
	for _, fleet := range []struct {
		name  string
		rules int // that open ports; others only let members use a relay
		// caught is who notices, by mutation and rule.
		caught map[string][]string
	}{
		{"pantheros", 6, map[string][]string{
			"drop the rule":        {atOnce, atOnce, atOnce, tests, expects, atOnce},
			"swap src and dst":     {atOnce, same, atOnce, same, atOnce, atOnce},
			"forget the protocol":  {tests + ", " + lint, same, lint, tests + ", " + lint, same, tests + ", " + lint},
			"every port":           {tests, same, atOnce, tests, same, tests},
			"every destination":    {tests, atOnce, atOnce, tests, tests, tests},
			"every source":         {atOnce, atOnce, tests, atOnce, expects, tests},
			"no autoApprovers":     {expects, expects, expects, expects, expects, expects},
			"approvers as a route": {expects, expects, expects, expects, expects, expects},
			"no grants":            {atOnce, atOnce, atOnce, atOnce, atOnce, atOnce},
		}},
		{"high-security", 3, map[string][]string{
			"drop the rule":       {same, tests, atOnce},
			"swap src and dst":    {tests, tests, atOnce},
			"forget the protocol": {lint, same, tests + ", " + lint},
			"every port":          {same, same, tests},
			"every destination":   {tests, tests, tests},
			"every source":        {tests, tests, tests},
			"no autoApprovers":    {expects, expects, expects},
			"no grants":           {tests, tests, tests},
		}},
	} {
		n := network(t, example(t, fleet.name))
		for mutation, by := range fleet.caught {
			for rule, want := range by {
				t.Run(fmt.Sprintf("%s/%s/%d", fleet.name, mutation, rule), func(t *testing.T) {
					if len(by) != fleet.rules {
						t.Fatalf("%d rules", len(by))
					}
					p := parsed(t, n)
					mutations()[mutation](p, rule)
					if got := n.noticed(t, p); got != want {
						t.Errorf("noticed by %q, want %q", got, want)
					}
				})
			}
		}
	}
}

// mutations are ways in which people break one rule of a policy.
func mutations() map[string]func(p *tailnet.Policy, rule int) {
	return map[string]func(p *tailnet.Policy, rule int){
		"drop the rule":    func(p *tailnet.Policy, i int) { p.Grants = slices.Delete(p.Grants, i, i+1) },
		"swap src and dst": func(p *tailnet.Policy, i int) { g := &p.Grants[i]; g.Src, g.Dst = g.Dst, g.Src },
		"forget the protocol": func(p *tailnet.Policy, i int) {
			for j, item := range p.Grants[i].IP {
				if _, ports, ok := strings.Cut(item.Value, ":"); ok {
					p.Grants[i].IP[j].Value = ports
				}
			}
		},
		"every port":        func(p *tailnet.Policy, i int) { p.Grants[i].IP = tailnet.Texts("*") },
		"every destination": func(p *tailnet.Policy, i int) { p.Grants[i].Dst = tailnet.Texts("*") },
		"every source":      func(p *tailnet.Policy, i int) { p.Grants[i].Src = tailnet.Texts("*") },
		"no autoApprovers":  func(p *tailnet.Policy, _ int) { p.AutoApprovers = tailnet.AutoApprovers{} },
		"approvers as a route": func(p *tailnet.Policy, _ int) {
			p.AutoApprovers = tailnet.AutoApprovers{Routes: []tailnet.Entry{{Name: tailnet.Text{Value: "0.0.0.0/0"}, Values: p.AutoApprovers.ExitNode}}}
		},
		"no grants": func(p *tailnet.Policy, _ int) { p.Grants = nil },
	}
}

// parsed returns the generated policy of a network as it is read again.
func parsed(t interface{ Fatal(...any) }, n *Network) *tailnet.Policy {
	p, err := tailnet.Parse(generated(n.Fleet))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// noticed says who notices that a policy is not the generated one.
func (n *Network) noticed(t interface{ Fatal(...any) }, p *tailnet.Policy) string {
	net, was := gen.TailnetNetwork(n.Fleet), parsed(t, n)
	if string(was.Format()) == string(p.Format()) || n.alike(was.Evaluate(net), p.Evaluate(net), net) && !unclear(p) {
		return same
	}
	var by []string
	if err := p.Validate(net); err != nil {
		by = append(by, tests)
	}
	if len(n.broken(p.Evaluate(net), net)) > 0 {
		by = append(by, expects)
	}
	if unclear(p) {
		by = append(by, lint)
	}
	return strings.Join(by, ", ")
}

// unclear reports whether tailnet check finds a port without a protocol.
func unclear(p *tailnet.Policy) bool {
	return slices.ContainsFunc(tailnet.Lint(p.Format()), func(f tailnet.Finding) bool { return strings.Contains(f.Message, "without a protocol") })
}

// alike reports whether two policies let the same packets of TCP and UDP pass
// between members and from and to nobody, and offer the same ways out.
func (n *Network) alike(a, b *tailnet.Evaluation, net tailnet.Network) bool {
	addrs := []netip.Addr{netip.MustParseAddr("100.100.100.100"), netip.MustParseAddr("192.0.2.1")}
	for i, x := range net.Nodes {
		addrs = append(addrs, x.Addrs...)
		if !slices.Equal(a.ExitNodes(i), b.ExitNodes(i)) {
			return false
		}
		for _, r := range x.Advertised {
			if a.Approves(i, r) != b.Approves(i, r) {
				return false
			}
		}
	}
	for _, m := range n.Members {
		if m.Kind == Subnet {
			addrs = append(addrs, policy.Within(m.subnet))
		}
	}
	for _, from := range addrs {
		for _, to := range addrs {
			for _, port := range n.edges() {
				for _, protocol := range []tailnet.Protocol{tailnet.TCP, tailnet.UDP} {
					if from != to && a.Allows(from, to, protocol, uint16(port)) != b.Allows(from, to, protocol, uint16(port)) {
						return false
					}
				}
			}
		}
	}
	return true
}

// TestRandomMutations puts one or two names or ports of the policy itself, or
// words for everybody, where others stand. Whatever lets other packets pass is
// noticed.
func TestRandomMutations(t *testing.T) {
	for _, name := range []string{"pantheros", "high-security"} {
		t.Run(name, func(t *testing.T) {
			n := network(t, example(t, name))
			changed := 0
			rapid.Check(t, func(rt *rapid.T) {
				p := parsed(rt, n)
				for range rapid.IntRange(1, 2).Draw(rt, "mutations") {
					mutate(rt, p)
				}
				switch by := n.noticed(rt, p); by {
				case same:
				case "":
					rt.Fatalf("nobody notices\n%s", p.Format())
				default:
					changed++
				}
			})
			if changed < 20 {
				t.Errorf("only %d of the mutations change anything", changed)
			}
		})
	}
}

// mutate drops, adds or replaces one name or port of one rule.
func mutate(t *rapid.T, p *tailnet.Policy) {
	g := &p.Grants[rapid.IntRange(0, len(p.Grants)-1).Draw(t, "rule")]
	names, ports := []string{"*", "autogroup:member", "autogroup:tagged"}, []string{"*"}
	for _, o := range p.TagOwners {
		names = append(names, o.Name.Value)
	}
	for _, h := range p.Hosts {
		names = append(names, h.Name.Value)
	}
	for _, o := range p.Grants {
		for _, item := range o.IP {
			ports = append(ports, item.Value, item.Value[strings.Index(item.Value, ":")+1:])
		}
	}
	list, words := &g.Src, names
	switch rapid.SampledFrom([]string{"src", "dst", "ip"}).Draw(t, "field") {
	case "dst":
		list = &g.Dst
	case "ip":
		if list, words = &g.IP, ports; g.App != nil {
			return
		}
	}
	at := rapid.IntRange(0, len(*list)-1).Draw(t, "at")
	word := tailnet.Texts(rapid.SampledFrom(words).Draw(t, "word"))
	switch rapid.SampledFrom([]string{"drop", "add", "replace"}).Draw(t, "what") {
	case "drop":
		if len(*list) > 1 {
			*list = slices.Delete(*list, at, at+1)
		}
	case "add":
		*list = append(*list, word...)
	case "replace":
		*list = slices.Replace(*list, at, at+1, word...)
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
					case dst.Kind == Subnet:
						routed := slices.ContainsFunc(n.Fleet.Routers(dst.subnet), func(h *policy.Host) bool {
							router := slices.IndexFunc(net.Nodes, func(x tailnet.Node) bool { return x.Name == h.Name })
							return (via == "" || via == "tailnet" || via == h.Name) && e.Approves(router, dst.subnet)
						})
						open = open || routed && allows(e, net.Nodes[index(src)].Addrs[0], policy.Within(dst.subnet), p)
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
				if src == dst || dst.Host == nil && dst.Kind != Subnet && !dst.isInternet() || !means(x.V.From.Values(), src) || !means(x.V.To.Values(), dst) {
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
