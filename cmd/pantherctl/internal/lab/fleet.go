package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// An Expectation is a probe and what reach says of it.
type Expectation struct {
	Probe
	Open bool
	Why  string // by which door it gets in, "" for closed
}

// undeclared are ports that listen on every host of a lab and that no document
// has a reason to open.
var undeclared = []Port{{"tcp", 9}, {"tcp", 8080}, {"udp", 9}, {"udp", 5355}}

// Plan returns the lab of a fleet whose hosts evaluate to the facts, with a
// probe for every pair, side, address and port. Hosts without facts have no
// firewall in it and are not probed.
//
// The lab has no control plane: what the tailnet's policy keeps away from a
// host arrives here, and the host's own firewall is judged by it.
func Plan(fleet *policy.Fleet, evaluated map[string]*facts.Host) (Topology, []Expectation) {
	p := &planner{network: reach.New(fleet), facts: evaluated, addresses: map[string][]Link{}}
	p.ports = p.probedPorts()
	var t Topology
	for i, m := range p.network.Members {
		if n, ok := p.node(m, i); ok {
			t.Nodes = append(t.Nodes, n)
			p.addresses[m.Name] = n.Links
		}
	}
	var all []Expectation
	for _, src := range p.network.Members {
		for _, dst := range p.network.Members {
			if src != dst && dst.Host != nil && evaluated[dst.Name] != nil && p.addresses[src.Name] != nil {
				all = append(all, p.expect(src, dst)...)
			}
		}
	}
	return t, all
}

type planner struct {
	network   *reach.Network
	facts     map[string]*facts.Host
	ports     []Port
	addresses map[string][]Link
}

// probedPorts are the first and the last port of every service that the fleet
// speaks of, those of sshd, and undeclared ones.
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
		if ts := h.Tailscale; ts.Enable.V {
			ports = append(ports, Port{"udp", uint16(ts.Port.V)})
		}
	}
	slices.SortFunc(ports, func(a, b Port) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(ports)
}

// node returns the namespace of a member, false for one that is nowhere: a
// person whose devices nobody knows, or a container.
func (p *planner) node(m *reach.Member, index int) (Node, bool) {
	n := Node{Name: m.Name}
	switch m.Kind {
	case reach.Host:
		h := m.Host
		n.Listen = p.ports
		if f := p.facts[m.Name]; f != nil {
			if f.Nftables.Enable {
				n.Ruleset = f.Nftables.Ruleset
			}
			n.Sysctl = networkSysctls(f.Kernel.Sysctl)
		}
		if h.Tailscale.Enable.V {
			n.Links = append(n.Links, link(policy.TailnetInterface, schema.Tailnet, h.Addresses.Tailnet, index, h.Network.IPv6.V))
		}
		for _, side := range []schema.Side{schema.LAN, schema.WAN} {
			list := h.Addresses.LAN
			if side == schema.WAN {
				list = h.Addresses.WAN
			}
			for _, name := range h.InterfacesOf(side) {
				n.Links = append(n.Links, link(strings.ReplaceAll(name, "*", "0"), side, list, index, h.Network.IPv6.V))
				break // the first of a side stands for all
			}
		}
	case reach.Device:
		d, _ := p.network.Fleet.Devices.Get(m.Name)
		for side, list := range map[schema.Side]schema.List[schema.Addr]{schema.Tailnet: d.Addresses.Tailnet, schema.LAN: d.Addresses.LAN, schema.WAN: d.Addresses.WAN} {
			if len(list.Items) > 0 {
				n.Links = append(n.Links, link(string(side)+"0", side, list, index, false))
			}
		}
	case reach.Stranger:
		side := schema.LAN
		if m.Name == schema.Internet {
			side = schema.WAN
		}
		n.Links = []Link{link("eth0", side, schema.List[schema.Addr]{}, index, true)}
	}
	return n, len(n.Links) > 0
}

// space is the addresses that a side gives to those who declare none, one for
// each family, and how far its networks reach: everybody on a side is taken to
// be on one link.
var space = map[schema.Side]struct {
	v4, v6   string // with a place for the index
	on4, on6 int
}{
	schema.Tailnet: {"100.127.255.%d", "fd7a:115c:a1e0:ffff::%x", 10, 48},
	schema.LAN:     {"192.168.255.%d", "fd1a:b000::%x", 0, 16},
	schema.WAN:     {"198.51.100.%d", "2001:db8:1ab::%x", 0, 3},
}

func link(name string, side schema.Side, declared schema.List[schema.Addr], index int, ipv6 bool) Link {
	l := Link{Interface: name, Segment: string(side)}
	s := space[side]
	var four, six bool
	for _, a := range declared.Values() {
		bits := s.on6
		if a.Is4() {
			bits, four = s.on4, true
			if side == schema.LAN {
				bits = privateBits(a.Addr)
			}
		} else {
			six = true
		}
		l.Addresses = append(l.Addresses, netip.PrefixFrom(a.Addr, bits))
	}
	if !four {
		a := netip.MustParseAddr(fmt.Sprintf(s.v4, index%250+1))
		bits := s.on4
		if side == schema.LAN {
			bits = privateBits(a)
		}
		l.Addresses = append(l.Addresses, netip.PrefixFrom(a, bits))
	}
	if !six && ipv6 {
		l.Addresses = append(l.Addresses, netip.PrefixFrom(netip.MustParseAddr(fmt.Sprintf(s.v6, index+1)), s.on6))
	}
	return l
}

// privateBits is the size of the private network an address is in (RFC 1918).
func privateBits(a netip.Addr) int {
	for _, p := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} {
		if prefix := netip.MustParsePrefix(p); prefix.Contains(a) {
			return prefix.Bits()
		}
	}
	return 24
}

// networkSysctls are those that belong to a namespace.
func networkSysctls(all map[string]any) map[string]string {
	own := map[string]string{}
	for key, value := range all {
		if strings.HasPrefix(key, "net.") && !strings.Contains(key, "*") {
			own[key] = fmt.Sprint(value)
			if b, ok := value.(bool); ok {
				own[key] = map[bool]string{true: "1", false: "0"}[b]
			}
		}
	}
	return own
}

// expect returns the probes from one member to a host.
func (p *planner) expect(src, dst *reach.Member) []Expectation {
	var all []Expectation
	for _, l := range p.network.Links(src, dst) {
		if l.Unknown != "" {
			continue
		}
		from, to := on(p.addresses[src.Name], l.Side), on(p.addresses[dst.Name], l.Side)
		if from == nil || to == nil {
			continue
		}
		doors, _ := p.network.Doors(src, dst, l.Side)
		for _, address := range to.Addresses {
			source, ok := speaks(from, address.Addr())
			if !ok {
				continue
			}
			for _, port := range p.ports {
				e := Expectation{Probe: Probe{src.Name, dst.Name, string(l.Side), address.Addr(), port}}
				if d := through(doors, source, port); d != nil && l.Sent.Contains(port.Protocol, schema.Port(port.Number)) {
					e.Open, e.Why = true, d.What
				}
				all = append(all, e)
			}
		}
	}
	return all
}

// through returns the door of a running host that lets an address in.
func through(doors []reach.Door, source netip.Addr, port Port) *reach.Door {
	for i := range doors {
		d := &doors[i]
		if d.Ports.Contains(port.Protocol, schema.Port(port.Number)) && !d.AtBoot && (d.Sources == nil || slices.Contains(d.Sources, source)) {
			return d
		}
	}
	return nil
}

func on(links []Link, side schema.Side) *Link {
	if i := slices.IndexFunc(links, func(l Link) bool { return l.Segment == string(side) }); i >= 0 {
		return &links[i]
	}
	return nil
}

// speaks returns the first address of a link of another's family.
func speaks(l *Link, other netip.Addr) (netip.Addr, bool) {
	i := slices.IndexFunc(l.Addresses, func(a netip.Prefix) bool { return a.Addr().Is4() == other.Is4() })
	if i < 0 {
		return netip.Addr{}, false
	}
	return l.Addresses[i].Addr(), true
}
