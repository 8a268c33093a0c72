package reach

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// sideList are all sides.
var sideList = []schema.Side{schema.Tailnet, schema.LAN, schema.WAN, schema.Container}

// TestBruteForce holds what classes say against every pair of members, every
// side, every service and every single port, worked out from access rules and
// the addresses of openings alone.
func TestBruteForce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		fleet := randomFleet(rt)
		n := New(fleet)
		for p := range n.pairs {
			for _, src := range p.From {
				for _, dst := range p.To {
					if src != dst {
						compare(rt, n, &p, src, dst)
					}
				}
			}
		}
	})
}

func compare(t *rapid.T, n *Network, p *pair, src, dst *Member) {
	got := map[schema.Side]*Link{}
	for i := range p.Links {
		got[p.Links[i].Side] = &p.Links[i]
	}
	for _, side := range sideList {
		for _, service := range n.Services {
			for _, r := range n.ServicePorts(dst, service) {
				for port := r.First; port <= r.Last; port++ {
					want := arrives(n.Fleet, src, dst, side, r.Protocol, port)
					have := got[side] != nil && got[side].Open().has(setOf(one(r.Protocol, port)))
					if want != have {
						t.Fatalf("%s to %s over the %s, %s %s/%d: classes say %v, brute force %v", src.Name, dst.Name, side, service, r.Protocol, port, have, want)
					}
				}
			}
		}
	}
}

// arrives works out one packet.
func arrives(f *policy.Fleet, src, dst *Member, side schema.Side, protocol string, port schema.Port) bool {
	holds := func(list []schema.Ports) bool {
		return slices.ContainsFunc(list, func(p schema.Ports) bool { return p.Protocol == protocol && p.First <= port && port <= p.Last })
	}
	egress := true
	if h := src.Host; h != nil && (side != schema.Tailnet || dst.isInternet()) && h.Firewall.Egress.Policy.V == "deny" {
		egress = holds(h.EgressPorts) || port == 53 || protocol == "udp" && (port == 67 || port == 123 || port == 547 && h.Network.IPv6.V)
	}
	if dst.Kind == Subnet {
		router := func(h *policy.Host) bool {
			return h != src.Host && h.Tailscale.Enable.V && len(h.Tailscale.Routes.Items) > 0 && dst.Name == "10.1.2.0/24" // see randomFleet
		}
		return side == schema.Tailnet && inTailnet(f, src) && granted(f, src, dst, protocol, port) && slices.ContainsFunc(f.Hosts, router)
	}
	if dst.isInternet() {
		switch side {
		case schema.WAN:
			return src.Host != nil && egress
		case schema.Tailnet:
			other := func(h *policy.Host) bool { return h != src.Host && h.Tailscale.Enable.V && h.Tailscale.ExitNode.V }
			return egress && inTailnet(f, src) && granted(f, src, dst, protocol, port) && slices.ContainsFunc(f.Hosts, other)
		}
		return false
	}
	on := false
	switch side {
	case schema.Tailnet:
		on = inTailnet(f, src) && dst.Host.Tailscale.Enable.V && granted(f, src, dst, protocol, port)
	case schema.LAN:
		on = src.Name == "lan" || src.Host != nil && len(src.Host.InterfacesOf(side)) > 0 || src.Kind == Device && len(src.addresses.LAN.Items) > 0
	case schema.WAN:
		on = src.Name == "internet" || src.Host != nil || src.Kind == Device && len(src.addresses.WAN.Items) > 0
	case schema.Container:
		on = src.Kind == Container
	}
	if !on || !egress || side != schema.Tailnet && len(dst.Host.InterfacesOf(side)) == 0 {
		return false
	}
	for _, o := range dst.Host.Openings {
		addressed := o.Sources == nil
		for _, a := range map[schema.Side]schema.List[schema.Addr]{
			schema.Tailnet: src.addresses.Tailnet, schema.LAN: src.addresses.LAN, schema.WAN: src.addresses.WAN,
		}[side].Values() {
			addressed = addressed || slices.Contains(o.Sources, a.Addr)
		}
		if o.Side == side && addressed && (o.Service == schema.Any || holds(o.Ports)) {
			return true
		}
	}
	for _, i := range dst.Host.Firewall.Trusted.Values() {
		if string(i) == policy.TailnetInterface && side == schema.Tailnet {
			return true
		}
		if e, ok := dst.Host.Interfaces.Get(string(i)); ok && e.Side.V == side {
			return true
		}
	}
	ts := dst.Host.Tailscale
	if side == schema.Tailnet && protocol == "tcp" && ts.Serve.Has(fmt.Sprint(port)) {
		return true
	}
	return ts.Enable.V && protocol == "udp" && (ts.Direct.V && port == ts.Port.V || ts.Relay.V == schema.PeerRelay && port == ts.RelayPort.V)
}

func inTailnet(f *policy.Fleet, m *Member) bool {
	if m.Host != nil {
		return m.Host.Tailscale.Enable.V
	}
	u, _ := f.Users.Get(m.Name)
	d, ok := f.Devices.Get(m.Name)
	return m.Kind == Person && u.Login.IsSet() || ok && (d.User.IsSet() || d.Tags.IsSet() || d.Addresses.Tailnet.IsSet())
}

// granted reads the access rules as the tailnet's policy has them.
func granted(f *policy.Fleet, src, dst *Member, protocol string, port schema.Port) bool {
	is := func(m *Member, name string) bool {
		switch {
		case m.Kind == Subnet:
			return name == map[string]string{"10.1.2.0/24": "lab", "10.9.0.0/16": "far"}[m.Name]
		case m.Host != nil:
			return name == m.Name || name == "everyone" || slices.Contains(m.Host.Roles, name)
		case m.Kind == Device:
			d, _ := f.Devices.Get(m.Name)
			return name == m.Name || name == "everyone" || d.User.IsSet() && string(d.User.V) == name || slices.Contains(d.Tags.Values(), schema.Name(name))
		}
		return name == m.Name
	}
	for _, a := range f.Access.Items {
		for _, from := range a.V.From.Values() {
			if slices.Contains([]schema.Member{"lan", "wan", "container"}, from) || a.V.Over.IsSet() && a.V.Over.V != schema.Tailnet || !is(src, string(from)) {
				continue
			}
			for _, to := range a.V.To.Values() {
				for _, s := range a.V.Allow.Values() {
					ports := f.ServicePorts(string(s))
					if s == "ssh" {
						ports = []schema.Ports{one("tcp", 22)}
					}
					if is(dst, string(to)) && (s == schema.Any || slices.ContainsFunc(ports, func(p schema.Ports) bool {
						return p.Protocol == protocol && p.First <= port && port <= p.Last
					})) {
						return true
					}
				}
			}
		}
	}
	return false
}

// randomFleet draws a fleet of a few hosts, devices and rules. Rules that the
// document refuses are left out.
func randomFleet(t *rapid.T) *policy.Fleet {
	var head, hosts strings.Builder
	head.WriteString(`version: 1
fleet: random
nixos: "25.11"
users:
  ann: { LOGINadmin: true, keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1oB8iXkr/Hag6I0bsFb8HpT2L8d3K3Rv2f3y7Obp+G ann }
services:
  web: [tcp/80, tcp/443]
  app: [tcp/443, udp/443-446]
  db: tcp/5432
networks: { lab: 10.1.2.0/24, far: 10.9.0.0/16 }
devices:
  phone: { user: ann, addresses: { tailnet: 100.64.9.1, lan: 192.168.9.1 } }
  tv: { addresses: { lan: 192.168.9.2 } }
  probe: { tags: red, addresses: { tailnet: 100.64.9.3, wan: 203.0.113.99 } }
roles:
  red: { level: workstation, ssh: { enable: true } }
  blue: { level: server }
  green: { firewall: { egress: { policy: deny, allow: [https, db] } } }
`)
	login := rapid.SampledFrom([]string{"", "tailnet_login: ann@example.org, "}).Draw(t, "login")
	sideNames := []string{"lan", "wan", "container"}
	hosts.WriteString("hosts:\n")
	names := []string{"red", "blue", "green", "phone", "tv", "probe", "ann", "everyone"}
	for i := range rapid.IntRange(1, 6).Draw(t, "hosts") {
		name := fmt.Sprint("h", i)
		names = append(names, name)
		fmt.Fprintf(&hosts, "  %s:\n    system: x86_64-linux\n    roles: [%s", name, rapid.SampledFrom([]string{"red", "blue"}).Draw(t, "level"))
		if rapid.Bool().Draw(t, "green") {
			hosts.WriteString(", green")
		}
		hosts.WriteString("]\n    break_glass: console\n")
		if rapid.IntRange(0, 3).Draw(t, "tailnet") > 0 {
			serve := rapid.SampledFrom([]string{"", ", serve: { 443: http://127.0.0.1:1 }", ", serve: { 5432: { to: http://127.0.0.1:1 }, 445: http://127.0.0.1:2 }", ", routes: [10.1.0.0/16]"}).Draw(t, "serve")
			fmt.Fprintf(&hosts, "    tailscale: { enable: true, direct: %v%s }\n", rapid.Bool().Draw(t, "direct"), serve)
		}
		for _, side := range sideNames {
			if rapid.Bool().Draw(t, side) {
				fmt.Fprintf(&hosts, "    %s%s\n", "interfaces: ", "{ "+side+"0: "+side+" }")
				break
			}
		}
		fmt.Fprintf(&hosts, "    addresses: { tailnet: 100.64.1.%d, lan: 192.168.1.%d, wan: 203.0.113.%d }\n", i+1, i+1, i+1)
		if rapid.IntRange(0, 5).Draw(t, "trusts") == 0 {
			fmt.Fprintf(&hosts, "    firewall: { trusted_interfaces: [%s] }\n", rapid.SampledFrom([]string{"lan0", "tailscale0", "wan0"}).Draw(t, "trusted"))
		}
	}
	var rules []string
	for range rapid.IntRange(0, 6).Draw(t, "rules") {
		from := rapid.SampledFrom(slices.Concat(names, sideNames)).Draw(t, "from")
		to := rapid.SampledFrom(append(slices.Clone(names[:3]), append(names[7:], "internet", "lab", "far")...)).Draw(t, "to")
		rule := fmt.Sprintf("  - { from: %s, to: %s, allow: %s", from, to, rapid.SampledFrom([]string{"ssh", "web", "app", "db", "dns", "any"}).Draw(t, "allow"))
		if over := rapid.SampledFrom([]string{"", "", "lan", "wan", "tailnet"}).Draw(t, "over"); over != "" && !slices.Contains(sideNames, from) {
			rule += ", over: " + over
		}
		rules = append(rules, rule+" }\n")
	}
	return loaded(t, strings.Replace(head.String(), "LOGIN", login, 1), rules, hosts.String())
}

// loaded resolves a document without the access rules that are refused.
func loaded(t *rapid.T, head string, rules []string, hosts string) *policy.Fleet {
	for {
		access := ""
		if len(rules) > 0 {
			access = "access:\n" + strings.Join(rules, "")
		}
		fleet, problems := load(head + access + hosts)
		if len(problems) == 0 {
			return fleet
		}
		rule := -1
		for _, p := range problems {
			if _, err := fmt.Sscanf(p.Path, "access[%d]", &rule); err == nil {
				break
			}
		}
		if rule < 0 {
			t.Fatalf("%s", problems)
		}
		rules = slices.Delete(rules, rule, rule+1)
	}
}

// pair is two classes of members and the links of each source to each target,
// but for a member to itself.
type pair struct {
	From, To []*Member
	Links    []Link // as of the first two that differ

	src, dst *Member
}

// pairs calls f for every ordered pair of classes that holds two members that
// differ, until it returns false. The links are made anew for each.
func (n *Network) pairs(yield func(pair) bool) {
	for _, from := range n.sources {
		for _, to := range n.targets {
			src, dst := Differ(from.Members, to.Members)
			if src == nil {
				continue
			}
			if !yield(pair{From: from.Members, To: to.Members, Links: n.Links(src, dst), src: src, dst: dst}) {
				return
			}
		}
	}
}
