package reach

import (
	"fmt"
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
}

// doors returns how a host lets a source in from a side, or why nobody knows.
func (n *Network) doors(src, dst *Member, side schema.Side) (doors []Door, unknown string) {
	h := dst.Host
	if n.filters != nil {
		return n.filters.doors(src, dst, side)
	}
	if h.Firewall.Mode.V == schema.Own {
		return nil, fmt.Sprintf("the firewall of %s is left to a module of its own (%s)", h.Name, h.Firewall.Mode.From)
	}
	for _, t := range h.Firewall.Trusted.Items {
		if i := string(t.V); i != "lo" && slices.Contains(h.InterfacesOf(side), i) {
			doors = append(doors, Door{Ports: allPorts(), What: "the interface " + i + " is trusted", From: t.From})
		}
	}
	for i := range h.Openings {
		o := &h.Openings[i]
		if o.Side != side || o.Sources != nil && !(src.names[o.For] && src.address(side, h.Network.IPv6.V)) {
			continue
		}
		d := Door{Ports: setOf(o.Ports...), What: o.Why(), From: o.From, Limit: o.Limit}
		if o.Service == schema.Any {
			d.Ports = allPorts()
		}
		doors = append(doors, d)
	}
	return append(doors, ownDoors(h, side)...), ""
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
		if t.Relay.IsSet() {
			add("udp", t.Relay.V, "the peer relay, which carries what it cannot read", t.Relay.From)
		}
	}
	if t.Enable.V && side == schema.Tailnet && t.SSH.V == "tailscale" {
		add("tcp", 22, "tailscaled answers SSH itself, before the firewall", t.SSH.From).Beside = true
	}
	if u := &h.Disk.RemoteUnlock; h.Unlocks() && (side == schema.LAN || side == schema.WAN) {
		d := add("tcp", u.Port.V, "the initrd asks for the passphrase of the disk", u.Enable.From)
		d.AtBoot, d.Beside = true, true
	}
	return doors
}

// sent returns what the firewall of a source lets it send by a side, the
// setting that says so, and why it is not known if it is not.
func (n *Network) sent(src *Member, side schema.Side) (ports Ports, from schema.Origin, unknown string) {
	switch {
	case src.Kind != Host || side == schema.Tailnet && n.filters == nil:
		return allPorts(), schema.Origin{}, ""
	case n.filters != nil:
		ports, unknown = n.filters.sent(src, side)
		return ports, schema.Origin{}, unknown
	}
	h := src.Host
	if h.Firewall.Mode.V == schema.Own || h.Firewall.Egress.Policy.V != "deny" {
		return allPorts(), schema.Origin{}, ""
	}
	// Besides these, answers and ICMP: see gen/egress.go.
	own := setOf(one("tcp", 53), one("udp", 53), one("udp", 67), one("udp", 123))
	if h.Network.IPv6.V {
		own = own.union(setOf(one("udp", 547)))
	}
	return own.union(setOf(h.EgressPorts...)), h.Firewall.Egress.Policy.From, ""
}

func one(protocol string, port schema.Port) schema.Ports {
	return schema.Ports{Protocol: protocol, First: port, Last: port}
}
