package reach

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// Exposure is one thing that a host offers to others.
type Exposure struct {
	Side       schema.Side   // "" for every side
	Interfaces []string      // by which it comes in
	Addresses  []netip.Addr  // declared, at which it is reached
	What       string        // the service, or what else it is
	Ports      string        // "tcp/22", "any", or the protocol: "icmp"
	Who        []string      // who reaches it, as titles; none if nobody can
	Limit      *policy.Limit // per source; nil for none
	Note       string        // what to know about it, or ""
	From       schema.Origin // the line that opens it; unset for what NixOS always does
}

// Surface returns everything that a host exposes, side by side. What its
// firewall lets in is there also if the tailnet's policy grants it to nobody.
func (n *Network) Surface(m *Member) (list []Exposure, unknown string) {
	h := m.Host
	if h.Firewall.Mode.V == schema.Own {
		_, _, unknown = n.doors(n.Internet, m, schema.WAN)
	}
	for _, side := range []schema.Side{schema.Tailnet, schema.LAN, schema.WAN, schema.Container} {
		if len(h.InterfacesOf(side)) > 0 {
			list = append(list, n.exposed(m, side)...)
		}
	}
	for _, w := range n.ways[m.Name] {
		e := Exposure{Side: Tunnel, What: w.Service, Ports: w.Name, Who: []string{"the whole internet"}, Note: w.Why(), From: w.Stages[0].From}
		if !w.tunnelled() {
			e.Side, e.Who = w.Side, []string{"whoever reaches " + w.Entry.String() + " of the host"}
		}
		list = append(list, e)
	}
	return append(list, always(h)...), unknown
}

func (n *Network) exposed(m *Member, side schema.Side) []Exposure {
	h := m.Host
	e := Exposure{Side: side, Interfaces: h.InterfacesOf(side)}
	for _, a := range m.on(side) {
		e.Addresses = append(e.Addresses, a.V.Addr)
	}
	var list []Exposure
	add := func(x Exposure) {
		x.Side, x.Addresses = e.Side, e.Addresses
		if x.Interfaces == nil {
			x.Interfaces = e.Interfaces
		}
		list = append(list, x)
	}
	for _, t := range h.Firewall.Trusted.Items {
		if slices.Contains(e.Interfaces, string(t.V)) {
			add(Exposure{
				Interfaces: []string{string(t.V)}, What: schema.Any, Ports: schema.Any, Who: n.who(m, side, allPorts()),
				Note: "the interface is trusted", From: t.From,
			})
		}
	}
	for i := range h.Openings {
		o := &h.Openings[i]
		if o.Side != side {
			continue
		}
		ports := setOf(o.Ports...)
		if o.Service == schema.Any {
			ports = allPorts()
		}
		x := Exposure{Interfaces: o.Interfaces, What: o.Service, Ports: ports.String(), Who: n.whoBy(m, o, ports), Limit: o.Limit, From: o.From}
		if o.For == "" {
			x.Note = "break glass"
		}
		if o.Container != "" {
			x.Note = "handed on to container " + o.Container
		}
		add(x)
	}
	for _, d := range ownDoors(h, side) {
		x := Exposure{What: "HTTPS", Ports: d.Ports.String(), Who: n.who(m, side, d.Ports), Note: d.What, From: d.From}
		if names := n.named(m.Name, d.Ports); len(names) > 0 {
			x.What = names[0]
		}
		if d.AtBoot {
			x.Note += ", only while it boots"
		}
		add(x)
	}
	return list
}

// whoBy returns who gets in by an opening.
func (n *Network) whoBy(m *Member, o *policy.Opening, ports Ports) []string {
	if o.Sources == nil {
		return n.who(m, o.Side, ports)
	}
	return n.titles(m, o.Side, func(src *Member, l *Link) bool {
		named := slices.ContainsFunc(o.Names(), func(who string) bool { return src.names[who] })
		return named && src.address(o.Side, m.Host.Network.IPv6.V) && len(l.Open().intersect(ports)) > 0
	})
}

// who returns who reaches some of the ports: everybody on a side that is not
// the tailnet, where the firewall cannot tell them apart.
func (n *Network) who(m *Member, side schema.Side, ports Ports) []string {
	switch side {
	case schema.LAN:
		return []string{"everybody on the LAN"}
	case schema.WAN:
		return []string{"the whole internet"}
	case schema.Container:
		return []string{"containers of the host"}
	}
	return n.titles(m, side, func(_ *Member, l *Link) bool { return len(l.Open().intersect(ports)) > 0 })
}

// titles returns the titles of the sources of a host that a test takes.
func (n *Network) titles(m *Member, side schema.Side, test func(*Member, *Link) bool) []string {
	var who []string
	for _, c := range n.sources {
		src, _ := Differ(c.Members, []*Member{m})
		if src == nil {
			continue
		}
		for _, l := range n.Links(src, m) {
			if l.Side != side || !test(src, &l) {
				continue
			}
			for _, s := range c.Members {
				if s != m {
					who = append(who, s.Title())
				}
			}
		}
	}
	return who
}

// always is what answers on every interface.
func always(h *policy.Host) []Exposure {
	if h.Firewall.Mode.V == schema.Own {
		return nil
	}
	var list []Exposure
	everybody := []string{"everybody who reaches the host"}
	if h.Firewall.Ping.V {
		x := Exposure{What: "ping", Ports: "icmp", Who: everybody, From: h.Firewall.Ping.From}
		if l := h.Firewall.PingLimit; l.IsSet() {
			x.Note = fmt.Sprintf("at most %s per source", l.V)
		}
		list = append(list, x)
	}
	if h.Network.IPv6.V {
		list = append(
			list,
			Exposure{What: "neighbours, routers and errors of IPv6", Ports: "icmpv6", Who: everybody, Note: "NixOS lets these in, as IPv6 does not work without"},
			Exposure{What: "answers of DHCPv6", Ports: "udp/546", Who: []string{"neighbours, to fe80::/64"}, Note: "NixOS lets these in"},
		)
	}
	if h.Forwards() {
		x := Exposure{What: "what it carries", Ports: schema.Any, Who: []string{"whom the tailnet's policy lets use it"}, From: h.Tailscale.ExitNode.From}
		x.Note = "an exit node: the tailnet's traffic to the internet passes through it"
		if !h.Tailscale.ExitNode.V {
			x.Note, x.From = "a subnet router", h.Tailscale.Routes.From
		}
		list = append(list, x)
	}
	return list
}
