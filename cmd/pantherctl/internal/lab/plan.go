package lab

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// A Plan is the lab of a fleet and what the document says of it.
type Plan struct {
	Topology Topology
	Expected []Expectation
	Limits   []Limit
}

// An Expectation is a probe and what reach says of it.
type Expectation struct {
	Probe
	Open bool
	Why  string // by which door it gets in, "" for closed
}

// undeclared are ports that listen on every host of a lab and that no document
// has a reason to open.
var undeclared = []Port{{"tcp", 9}, {"tcp", 8080}, {"udp", 9}, {"udp", 5355}}

// NewPlan returns the lab of a fleet whose hosts evaluate to the facts, with a
// probe for every pair, side, address and port, for what hosts send and hand
// on, and a flood for every limit. Hosts without facts have no firewall in it
// and are not probed.
//
// The lab has no control plane: what the tailnet's policy keeps away from a
// host arrives here, and the host's own firewall is judged by it.
func NewPlan(fleet *policy.Fleet, evaluated map[string]*facts.Host) *Plan {
	p := &planner{network: reach.New(fleet), facts: evaluated, nodes: map[string]*Node{}}
	p.ports = p.probedPorts()
	for i, m := range p.network.Members {
		if n := p.node(m, i+1); n != nil {
			p.add(n)
		}
	}
	p.gateway()
	p.neighbours()
	p.containers()
	for _, src := range p.network.Members {
		for _, dst := range p.network.Members {
			if src != dst && dst.Host != nil && evaluated[dst.Name] != nil {
				p.expect(src, dst)
			}
		}
	}
	p.outwards()
	p.throughExits()
	p.throughHosts()
	p.limits()
	for _, n := range p.order {
		p.plan.Topology.Nodes = append(p.plan.Topology.Nodes, *n)
	}
	return &p.plan
}

// Work returns what the lab is to do for the plan.
func (p *Plan) Work() Work {
	w := Work{Topology: p.Topology}
	for _, e := range p.Expected {
		w.Probes = append(w.Probes, e.Probe)
	}
	for _, l := range p.Limits {
		w.Floods = append(w.Floods, l.Flood)
	}
	return w
}

type planner struct {
	network *reach.Network
	facts   map[string]*facts.Host
	ports   []Port // that are probed, the echo last
	nodes   map[string]*Node
	order   []*Node
	plan    Plan
}

func (p *planner) add(n *Node) {
	p.nodes[n.Name] = n
	p.order = append(p.order, n)
}

// judged are the hosts whose firewall is pantherctl's and evaluated.
func (p *planner) judged(yield func(int, *policy.Host) bool) {
	for i, h := range p.network.Fleet.Hosts {
		if p.facts[h.Name] != nil && h.Firewall.Mode.V == schema.Generate && !yield(i, h) {
			return
		}
	}
}

// probedPorts are the first and the last port of every service that the fleet
// speaks of and of every opening, those of sshd, undeclared ones, and the echo.
func (p *planner) probedPorts() []Port {
	ports := slices.Clone(undeclared)
	for _, service := range p.network.Services {
		for _, r := range p.network.Fleet.ServicePorts(service) {
			ports = append(ports, Port{r.Protocol, uint16(r.First)}, Port{r.Protocol, uint16(r.Last)})
		}
	}
	for _, h := range p.network.Fleet.Hosts {
		for _, port := range h.SSH.Ports.Values() {
			ports = append(ports, Port{"tcp", uint16(port)})
		}
		for _, o := range h.Openings {
			for _, r := range o.Ports {
				ports = append(ports, Port{r.Protocol, uint16(r.First)}, Port{r.Protocol, uint16(r.Last)})
			}
		}
		if ts := h.Tailscale; ts.Enable.V {
			ports = append(ports, Port{"udp", uint16(ts.Port.V)})
			if ts.Relay.V == schema.PeerRelay {
				ports = append(ports, Port{"udp", uint16(ts.RelayPort.V)})
			}
		}
	}
	slices.SortFunc(ports, func(a, b Port) int { return strings.Compare(a.String(), b.String()) })
	return append(slices.Compact(ports), Echo)
}

// listeners are the ports that a program is needed for.
func (p *planner) listeners() []Port { return p.ports[:len(p.ports)-1] }

// node returns the namespace of a member, nil for one that is nowhere: a
// person or device whose addresses nobody knows, or containers, which are of a
// host. A host has one even if it is on no side.
func (p *planner) node(m *reach.Member, number int) *Node {
	n := &Node{Name: m.Name}
	switch m.Kind {
	case reach.Host:
		h := m.Host
		n.Listen = p.listeners()
		if f := p.facts[m.Name]; f != nil {
			if f.Nftables.Enable {
				n.Ruleset = f.Nftables.Ruleset
			}
			n.Sysctl = networkSysctls(f.Kernel.Sysctl)
		}
		if h.Tailscale.Enable.V {
			n.Links = append(n.Links, link(policy.TailnetInterface, schema.Tailnet, h.Addresses.Tailnet, number, h.Network.IPv6.V))
		}
		for side, list := range sides(h.Addresses) {
			if names := h.InterfacesOf(side); side != schema.Tailnet && len(names) > 0 {
				// The first of a side stands for all.
				n.Links = append(n.Links, link(strings.ReplaceAll(names[0], "*", "0"), side, list, number, h.Network.IPv6.V))
			}
		}
	case reach.Device:
		d, _ := p.network.Fleet.Devices.Get(m.Name)
		for side, list := range sides(d.Addresses) {
			if len(list.Items) > 0 {
				n.Links = append(n.Links, link(string(side)+"0", side, list, number, true))
			}
		}
	case reach.Stranger:
		side := schema.LAN
		if m.Name == schema.Internet {
			side = schema.WAN
			n.Listen = p.listeners()
		}
		n.Links = []Link{link("eth0", side, schema.List[schema.Addr]{}, number, true)}
	}
	if len(n.Links) == 0 && m.Kind != reach.Host {
		return nil
	}
	return n
}

// expect plans the probes from one member to a host.
func (p *planner) expect(src, dst *reach.Member) {
	for _, l := range p.network.Links(src, dst) {
		segment, from := string(l.Side), p.nodes[src.Name]
		if l.Side == schema.Container {
			segment, from = containersOf(dst.Name), p.nodes[containersOf(dst.Name)]
		}
		if l.Unknown != "" || from == nil || from.on(segment) == nil || p.nodes[dst.Name].on(segment) == nil {
			continue
		}
		doors, _ := p.network.Doors(src, dst, l.Side)
		for _, address := range p.nodes[dst.Name].on(segment).Addresses {
			source, ok := from.on(segment).speaks(address.Addr())
			if !ok {
				continue
			}
			for _, port := range p.ports {
				e := Expectation{Probe: Probe{From: from.Name, To: dst.Name, Segment: segment, Address: address.Addr(), Port: port, Source: source}}
				d := through(dst.Host, doors, source, port)
				switch {
				case port == Echo && dst.Host.Firewall.Ping.V:
					e.Open, e.Why = true, "it answers pings"
				case port == Echo && source.Is6():
					// The kernel answers none then, whoever the firewall lets in.
				case d != nil && (port == Echo || l.Sent.Contains(port.Protocol, schema.Port(port.Number))):
					e.Open, e.Why = true, d.What
				}
				p.plan.Expected = append(p.plan.Expected, e)
			}
		}
	}
}

// through returns the door of a running host that lets an address in.
func through(h *policy.Host, doors []reach.Door, source netip.Addr, port Port) *reach.Door {
	for i := range doors {
		d := &doors[i]
		lets := d.Ports.Contains(port.Protocol, schema.Port(port.Number))
		if port == Echo {
			lets = d.Ports.Contains("tcp", 1) && d.Ports.Contains("udp", 65535) // for everything
		}
		// No tailscaled runs in a lab.
		if lets && !d.AtBoot && !d.Beside && leads(h, d, source) && (d.Sources == nil || slices.Contains(d.Sources, source)) {
			return d
		}
	}
	return nil
}

// leads reports whether a door is one for an address's family: a container may
// have addresses of one only.
func leads(h *policy.Host, d *reach.Door, source netip.Addr) bool {
	family := 6
	if source.Is4() {
		family = 4
	}
	c, handedOn := h.Container(d.Container)
	_, ok := c.Address(family)
	return ok || !handedOn
}
