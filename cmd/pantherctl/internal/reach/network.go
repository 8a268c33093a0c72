// Package reach works out who can reach whom: for every ordered pair of
// members, side and service whether it gets through, by which path and because
// of which lines of the document.
//
// What the tailnet's policy grants is taken from the access rules, which is
// what that policy is written from; what a host lets in from its openings or,
// given them, from the final rules of its firewall. Like members make classes,
// and one pair is judged for each pair of classes.
package reach

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// Network is a fleet as those see it who send to it.
type Network struct {
	Fleet    *policy.Fleet
	Members  []*Member // hosts, devices, persons, containers, strangers
	Internet *Member
	Services []string // that the document speaks of, in its order; never any

	byName           map[string]*Member
	sources, targets []*Class
	allGrants        []*Grant
	grantsTo         []map[string][]*Grant // by class of target and name of source
	exits            []*policy.Host
	ways             map[string][]Way // by host

	// Found once for each.
	all      Ports // every port
	gates    map[gateKey]*gate
	outgoing map[*Member]Ports
	ports    map[string]Ports // of services that are the same everywhere

	filters *filters // instead of openings and egress; nil for none
}

// Class is members that nothing tells apart, as sources or as targets.
type Class struct {
	Members []*Member

	index int
}

// New works out the classes of a fleet.
func New(f *policy.Fleet) *Network { return newNetwork(f, nil) }

func newNetwork(f *policy.Fleet, rules *filters) *Network {
	ways := map[string][]Way{}
	for _, h := range f.Hosts {
		if w := passes(h).ways(); w != nil {
			ways[h.Name] = w
		}
	}
	n := &Network{
		byName: map[string]*Member{}, ways: ways, all: allPorts(), gates: map[gateKey]*gate{}, outgoing: map[*Member]Ports{}, ports: map[string]Ports{},
		Fleet: f, Members: members(f), allGrants: readGrants(f), Services: services(f), filters: rules,
	}
	n.Internet = n.Members[len(n.Members)-1]
	for _, m := range slices.Backward(n.Members) { // the first of a name has it
		n.byName[m.Name] = m
	}
	for _, h := range f.Hosts {
		if h.Tailscale.Enable.V && h.Tailscale.ExitNode.V {
			n.exits = append(n.exits, h)
		}
	}
	n.classify()
	n.grantsTo = make([]map[string][]*Grant, len(n.targets))
	for i, c := range n.targets {
		to := map[string][]*Grant{}
		for _, g := range n.allGrants {
			same := func(x *Grant) bool { return x.At == g.At } // two names of one host
			if c.Members[0].Means(g.To) && !slices.ContainsFunc(to[g.From], same) {
				to[g.From] = append(to[g.From], g)
			}
		}
		n.grantsTo[i] = to
	}
	return n
}

// Member returns the member of a name.
func (n *Network) Member(name string) (*Member, bool) {
	m, ok := n.byName[name]
	return m, ok
}

// services are the services that a fleet speaks of.
func services(f *policy.Fleet) []string {
	var list []string
	seen := map[string]bool{schema.Any: true}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			list = append(list, name)
		}
	}
	for _, a := range f.Access.Items {
		for _, s := range a.V.Allow.Values() {
			add(string(s))
		}
	}
	for _, e := range f.Expect.Items {
		for _, s := range slices.Concat(e.V.Allow.Values(), e.V.Deny.Values(), e.V.Except.Values()) {
			add(string(s))
		}
	}
	for _, s := range f.Fleet.Services.Keys() {
		add(s)
	}
	add("ssh")
	for _, h := range f.Hosts {
		if e := h.Firewall.Egress; e.Policy.V == "deny" {
			for _, s := range e.Allow.Values() {
				add(string(s))
			}
		}
		t := &h.Tailscale
		if t.Enable.V && t.Direct.V {
			add(schema.DirectService)
		}
		if t.Enable.V && t.Relay.V == schema.PeerRelay {
			add(schema.RelayService)
		}
		if h.Unlocks() {
			add(schema.UnlockService)
		}
	}
	return list
}

// grantPorts returns the ports that the tailnet's policy grants for a service.
func (n *Network) grantPorts(dst *Member, service string) Ports {
	if service != "ssh" || dst.Host == nil {
		return n.ServicePorts(dst, service)
	}
	var ports []schema.Ports
	for _, p := range dst.Host.SSH.Ports.Values() {
		ports = append(ports, one("tcp", p))
	}
	return setOf(ports...)
}

// ServicePorts returns the ports of a service on a target. Those of ssh are
// what its sshd listens on, the break-glass port among them.
func (n *Network) ServicePorts(dst *Member, service string) Ports {
	h := dst.Host
	switch {
	case service == schema.Any:
		return n.all
	case service == "ssh" && h != nil:
		var ports []schema.Ports
		for _, p := range h.SSHPorts() {
			ports = append(ports, one("tcp", schema.Port(p)))
		}
		return setOf(ports...)
	case service == "ssh":
		return setOf(one("tcp", 22))
	case service == schema.DirectService && h != nil && h.Tailscale.Enable.V && h.Tailscale.Direct.V:
		return setOf(one("udp", h.Tailscale.Port.V))
	case service == schema.RelayService && h != nil && h.Tailscale.Enable.V && h.Tailscale.Relay.V == schema.PeerRelay:
		return setOf(one("udp", h.Tailscale.RelayPort.V))
	case service == schema.UnlockService && h != nil && h.Unlocks():
		return setOf(one("tcp", h.Disk.RemoteUnlock.Port.V))
	}
	ports, known := n.ports[service]
	if !known {
		ports = setOf(n.Fleet.ServicePorts(service)...)
		n.ports[service] = ports
	}
	return ports
}

// classify puts members into classes: sources by what tells them apart for
// rules and hosts, targets by what they let in.
func (n *Network) classify() {
	names := n.names()
	sources, targets := map[string]*Class{}, map[string]*Class{}
	put := func(classes map[string]*Class, list []*Class, key string, m *Member) ([]*Class, int) {
		c, ok := classes[key]
		if !ok {
			c = &Class{index: len(list)}
			classes[key] = c
			list = append(list, c)
		}
		c.Members = append(c.Members, m)
		return list, c.index
	}
	for _, m := range n.Members {
		if m.Kind != Subnet {
			n.sources, m.from = put(sources, n.sources, n.sourceKey(m, names), m)
		}
		if m.Kind == Host || m.Kind == Subnet || m.isInternet() {
			n.targets, m.to = put(targets, n.targets, n.targetKey(m, names), m)
		}
	}
}

// names are all names that rules, openings and expectations use, sorted.
func (n *Network) names() []string {
	var all []string
	for _, a := range n.Fleet.Access.Items {
		for _, m := range slices.Concat(a.V.From.Values(), a.V.To.Values()) {
			all = append(all, string(m))
		}
	}
	for _, e := range n.Fleet.Expect.Items {
		for _, m := range slices.Concat(e.V.From.Values(), e.V.To.Values()) {
			all = append(all, string(m))
		}
		all = append(all, string(e.V.Via.V))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (m *Member) common(b *strings.Builder, names []string, alone bool) {
	fmt.Fprint(b, m.Kind, m.tailnet)
	if alone || m.Host == nil {
		b.WriteString(" " + m.Name)
	}
	for i, name := range names {
		if m.Means(name) {
			fmt.Fprint(b, " ", i)
		}
	}
}

// sourceKey is equal for members that no rule and no host tells apart.
func (n *Network) sourceKey(m *Member, names []string) string {
	var b strings.Builder
	m.common(&b, names, n.carriesItself(m))
	for _, side := range []schema.Side{schema.Tailnet, schema.LAN, schema.WAN} {
		fmt.Fprint(&b, ";", m.address(side, false), m.address(side, true), side != schema.Tailnet && m.sends(side))
		if side == schema.WAN && n.filters == nil {
			ports, from, _ := n.sent(m, side, side)
			fmt.Fprint(&b, ports, from.Pos)
		}
	}
	if n.filters != nil {
		b.WriteString(n.filters.alike(m, n.filters.told))
	}
	return b.String()
}

// carriesItself reports whether a member is an exit node or router that may
// use one: of all it alone cannot use itself.
func (n *Network) carriesItself(m *Member) bool {
	return m.Host != nil && m.Host.Forwards() && slices.ContainsFunc(n.allGrants, func(g *Grant) bool {
		return (n.Internet.Means(g.To) || n.Fleet.Networks.Has(g.To)) && m.Means(g.From)
	})
}

// targetKey is equal for members that let in the same. Of openings that a
// host makes for itself the place in the document does not count.
func (n *Network) targetKey(m *Member, names []string) string {
	var b strings.Builder
	m.common(&b, names, n.ways[m.Name] != nil)
	h := m.Host
	if h == nil {
		return b.String()
	}
	if n.filters != nil {
		b.WriteString(n.filters.alike(m, n.filters.told))
	}
	fmt.Fprint(&b, ";", h.Network.IPv6.V, h.Firewall.Mode.V, h.SSHPorts())
	for _, side := range []schema.Side{schema.LAN, schema.WAN, schema.Container} {
		fmt.Fprint(&b, ",", len(h.InterfacesOf(side)) > 0)
	}
	for _, side := range []schema.Side{schema.Tailnet, schema.LAN, schema.WAN, schema.Container} {
		for _, d := range ownDoors(h, side) {
			fmt.Fprint(&b, ";", side, d.Ports, d.AtBoot)
		}
		for _, t := range h.Firewall.Trusted.Items {
			if slices.Contains(h.InterfacesOf(side), string(t.V)) {
				fmt.Fprint(&b, ";trusted ", side)
			}
		}
	}
	for i := range h.Openings {
		o := &h.Openings[i]
		fmt.Fprint(&b, ";", o.Side, " ", o.Service, o.Container, o.Ports, o.Sources != nil, o.For)
		if o.Limit != nil {
			fmt.Fprint(&b, *o.Limit)
		}
		if o.For != "" {
			fmt.Fprint(&b, o.From.Pos.File, o.From.Pos.Line, ":", o.From.Pos.Column)
		}
	}
	return b.String()
}

// Sources returns the classes of sources, in the order of their members.
func (n *Network) Sources() [][]*Member { return membersOf(n.sources) }

// Targets returns the classes of targets.
func (n *Network) Targets() [][]*Member { return membersOf(n.targets) }

func membersOf(classes []*Class) [][]*Member {
	lists := make([][]*Member, len(classes))
	for i, c := range classes {
		lists[i] = c.Members
	}
	return lists
}

// Differ returns the first two members of two classes that are not the same,
// nil if there are none.
func Differ(from, to []*Member) (src, dst *Member) {
	for _, s := range from[:min(2, len(from))] {
		for _, d := range to[:min(2, len(to))] {
			if s != d {
				return s, d
			}
		}
	}
	return nil, nil
}
