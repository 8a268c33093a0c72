package reach

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// Door is how a host lets a source in, or the internet takes what is sent.
type Door struct {
	Ports  Ports
	What   string // why, in words
	From   schema.Origin
	Limit  *policy.Limit // nil for none
	AtBoot bool          // only while the disk waits for its passphrase
	Beside bool          // the packet filter is not asked

	Container string       // the host hands it on to, "" for itself
	Sources   []netip.Addr // the addresses that may use it; nil for all of its side
}

// Doors returns how a host lets a source in from a side, whatever the tailnet
// grants, or why nobody knows.
func (n *Network) Doors(src, dst *Member, side schema.Side) (doors []Door, unknown string) {
	doors, _, unknown = n.doors(src, dst, side)
	return doors, unknown
}

// gate is how a host lets in what comes from a side.
type gate struct {
	always  []Door // for everybody
	flows   []Flow // through those, where nothing else decides
	ports   Ports  // of those
	named   []namedDoor
	unknown string // why nobody knows, or ""
}

// namedDoor is open to those that a name means, by their addresses.
type namedDoor struct {
	Door
	who string
}

// gate returns the gate of a host, made once.
func (n *Network) gate(dst *Member, side schema.Side) *gate {
	key := gateKey{dst, side}
	g := n.gates[key]
	if g == nil {
		g = newGate(dst.Host, side)
		n.gates[key] = g
	}
	return g
}

type gateKey struct {
	member *Member
	side   schema.Side
}

func newGate(h *policy.Host, side schema.Side) *gate {
	if h.Firewall.Mode.V == schema.Own {
		return &gate{unknown: fmt.Sprintf("the firewall of %s is left to a module of its own (%s)", h.Name, h.Firewall.Mode.From)}
	}
	g := &gate{}
	for _, t := range h.Firewall.Trusted.Items {
		if i := string(t.V); i != "lo" && slices.Contains(h.InterfacesOf(side), i) {
			g.always = append(g.always, Door{Ports: allPorts(), What: "the interface " + i + " is trusted", From: t.From})
		}
	}
	for i := range h.Openings {
		o := &h.Openings[i]
		if o.Side != side {
			continue
		}
		d := Door{Ports: setOf(o.Ports...), What: o.Why(), From: o.From, Limit: o.Limit, Container: o.Container, Sources: o.Sources}
		if o.Service == schema.Any {
			d.Ports = allPorts()
		}
		if o.Sources != nil {
			g.named = append(g.named, namedDoor{d, o.For})
		} else {
			g.always = append(g.always, d)
		}
	}
	g.always = append(g.always, ownDoors(h, side)...)
	for _, d := range g.always {
		g.flows = append(g.flows, Flow{Ports: d.Ports, Door: d})
		g.ports = g.ports.union(d.Ports)
	}
	return g
}

// doors returns how a host lets a source in from a side, with all their ports,
// or why nobody knows.
func (n *Network) doors(src, dst *Member, side schema.Side) (doors []Door, ports Ports, unknown string) {
	if n.filters != nil {
		doors, unknown = n.filters.doors(src, dst, side)
		for _, d := range doors {
			ports = ports.union(d.Ports)
		}
		return doors, ports, unknown
	}
	g := n.gate(dst, side)
	doors, ports = g.always, g.ports
	for _, d := range g.named {
		if src.names[d.who] && src.address(side, dst.Host.Network.IPv6.V) {
			doors, ports = append(doors[:len(doors):len(doors)], d.Door), ports.union(d.Ports)
		}
	}
	return doors, ports, g.unknown
}

// ownDoors are what a host offers to everybody on a side without an access
// rule.
func ownDoors(h *policy.Host, side schema.Side) []Door {
	var doors []Door
	add := func(protocol string, port schema.Port, what string, from schema.Origin) *Door {
		doors = append(doors, Door{Ports: setOf(schema.Ports{Protocol: protocol, First: port, Last: port}), What: what, From: from})
		return &doors[len(doors)-1]
	}
	t := &h.Tailscale
	if t.Enable.V && t.Mode.V == schema.Generate && h.Firewall.Mode.V == schema.Generate {
		if t.Direct.V {
			add("udp", t.Port.V, "WireGuard of the tailnet, which takes nothing but its members' keys", t.Direct.From)
		}
		if t.Relay.V == schema.PeerRelay {
			add("udp", t.RelayPort.V, "the peer relay, which carries what it cannot read", t.RelayPort.From)
		}
	}
	if t.Enable.V && side == schema.Tailnet && t.SSH.V {
		add("tcp", 22, "tailscaled answers SSH itself, before the firewall", t.SSH.From).Beside = true
	}
	if side == schema.Tailnet {
		for _, s := range h.Served {
			add("tcp", s.Port, "tailscaled answers it itself, before the firewall", s.From).Beside = true
		}
	}
	if u := &h.Disk.RemoteUnlock; h.Unlocks() && (side == schema.LAN || side == schema.WAN) {
		d := add("tcp", u.Port.V, "the initrd asks for the passphrase of the disk", u.Enable.From)
		d.AtBoot, d.Beside = true, true
	}
	return doors
}

// sent returns what the firewall of a source lets it send by a side to one, the
// setting that says so, and why it is not known if it is not. By the tailnet to
// the wan is by an exit node.
func (n *Network) sent(src *Member, by, to schema.Side) (ports Ports, from schema.Origin, unknown string) {
	switch {
	case src.Kind != Host || to == schema.Tailnet && n.filters == nil:
		return n.all, from, ""
	case n.filters != nil:
		ports, unknown = n.filters.sent(src, by, to)
		return ports, from, unknown
	}
	h := src.Host
	if h.Firewall.Mode.V == schema.Own || h.Firewall.Egress.Policy.V != "deny" {
		return n.all, from, ""
	}
	ports, known := n.outgoing[src]
	if !known {
		// Besides these, answers and ICMP: see gen/egress.go.
		ports = setOf(one("tcp", 53), one("udp", 53), one("udp", 67), one("udp", 123))
		if h.Network.IPv6.V {
			ports = ports.union(setOf(one("udp", 547)))
		}
		if h.KeepsTime() {
			ports = ports.union(setOf(one("tcp", 4460)))
		}
		ports = ports.union(setOf(h.EgressPorts...))
		n.outgoing[src] = ports
	}
	return ports, h.Firewall.Egress.Policy.From, ""
}

// toward is the side whose egress list counts for what leaves by another.
func toward(dst *Member, by schema.Side) schema.Side {
	if dst.outward() {
		return schema.WAN
	}
	return by
}

func one(protocol string, port schema.Port) schema.Ports {
	return schema.Ports{Protocol: protocol, First: port, Last: port}
}
