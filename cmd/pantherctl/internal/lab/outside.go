package lab

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// The names of nodes that are no members of the fleet.
const (
	router = "the LAN's router"
	peer   = "a peer of the tailnet"
)

func containersOf(host string) string { return "containers of " + host }

// The addresses that are reached through hosts: of the internet for each exit
// node, of a tailnet's peer and of containers for each host.
const (
	exit4, exit6           = "203.0.113.%d", "2001:db8:e817::%x"
	peer4, peer6           = "100.127.252.%d", "fd7a:115c:a1e0:fffe::%x"
	container4, container6 = "10.254.%d.", "fd1a:c0:%x::"
)

// masquerade is what tailscaled adds to the firewall of an exit node, and what
// a router at home does: what it hands on leaves under its own address. It
// stands for a program that the lab does not run.
const masquerade = `table inet pantherctl-double {
  chain post {
    type nat hook postrouting priority srcnat; policy accept;
    iifname "%s" oifname != "%[1]s" masquerade
  }
}
`

// gateway adds a router for hosts that face no internet themselves.
func (p *planner) gateway() {
	r := &Node{Name: router, Double: fmt.Sprintf(masquerade, "lan0"), Sysctl: map[string]string{
		"net.ipv4.conf.all.forwarding": "1", "net.ipv6.conf.all.forwarding": "1",
	}}
	none := schema.List[schema.Addr]{}
	r.Links = []Link{link("lan0", schema.LAN, none, 250, true), link("wan0", schema.WAN, none, 250, true)}
	used := false
	for _, h := range p.network.Fleet.Hosts {
		n := p.nodes[h.Name]
		if n == nil || n.on(string(schema.LAN)) == nil || n.on(string(schema.WAN)) != nil {
			continue
		}
		used = true
		for _, a := range r.Links[0].Addresses {
			if _, ok := n.on(string(schema.LAN)).speaks(a.Addr()); ok {
				n.Routes = append(n.Routes, Route{To: everywhere(a.Addr()), Via: a.Addr()})
			}
		}
	}
	if used {
		p.add(r)
	}
}

// containers adds what is behind the bridge of each host that has one: one node
// for all, with the addresses of those that the document names and one more.
func (p *planner) containers() {
	for i, h := range p.judged {
		names := h.InterfacesOf(schema.Container)
		if len(names) == 0 {
			continue
		}
		segment := containersOf(h.Name)
		forms := []string{fmt.Sprintf(container4, i%250)}
		if h.Network.IPv6.V {
			forms = append(forms, fmt.Sprintf(container6, i+1))
		}
		host, inside := Link{Interface: strings.ReplaceAll(names[0], "*", "0"), Segment: segment}, Link{Interface: "host0", Segment: segment}
		n := &Node{Name: segment, Listen: p.listeners()}
		for j, form := range forms {
			bits := []int{24, 64}[j]
			host.Addresses = append(host.Addresses, numbered(form+"%d", 1, bits))
			inside.Addresses = append(inside.Addresses, numbered(form+"%d", 2, bits))
			via := host.Addresses[j].Addr()
			n.Routes = append(n.Routes, Route{To: everywhere(via), Via: via})
		}
		for _, c := range h.Containers {
			for _, a := range c.Addresses {
				host.Networks, inside.Addresses = append(host.Networks, single(a)), append(inside.Addresses, single(a))
			}
		}
		n.Links = []Link{inside}
		p.nodes[h.Name].Links = append(p.nodes[h.Name].Links, host)
		p.add(n)
	}
}

// outwards plans what hosts send to the internet by their own uplink, and what
// their containers send under the host's address.
func (p *planner) outwards() {
	internet := p.nodes[p.network.Internet.Name]
	for _, h := range p.judged {
		src, _ := p.network.Member(h.Name)
		n := p.nodes[h.Name]
		if n == nil {
			continue
		}
		up := n.on(string(schema.WAN))
		if up == nil {
			up = n.on(string(schema.LAN))
		}
		if up == nil {
			continue
		}
		for _, l := range p.network.Links(src, p.network.Internet) {
			if l.Side != schema.WAN {
				continue
			}
			for _, a := range internet.Links[0].Addresses {
				if a.Addr().Is6() && !h.Network.IPv6.V {
					continue
				}
				source, _ := up.speaks(a.Addr())
				for _, port := range p.ports {
					e := Expectation{Probe: Probe{From: h.Name, To: internet.Name, Segment: up.Segment, Address: a.Addr(), Port: port, Source: source}}
					if port == Echo || l.Sent.Contains(port.Protocol, schema.Port(port.Number)) {
						e.Open, e.Why = true, "its own firewall lets this out"
					}
					p.plan.Expected = append(p.plan.Expected, e)
				}
				if c := p.nodes[containersOf(h.Name)]; c != nil && a.Addr().Is4() && h.NATs() {
					p.fromContainers(h, c, internet, a.Addr())
				}
			}
		}
	}
}

// fromContainers plans what containers send: names, time, and what the host
// itself may send (gen/egress.go).
func (p *planner) fromContainers(h *policy.Host, c, internet *Node, to netip.Addr) {
	sends := func(port Port) bool {
		if h.Firewall.Egress.Policy.V != "deny" || port == Echo || port.Number == 53 || port == (Port{"udp", 123}) {
			return true
		}
		for _, r := range h.EgressPorts {
			if r.Protocol == port.Protocol && r.First <= schema.Port(port.Number) && schema.Port(port.Number) <= r.Last {
				return true
			}
		}
		return false
	}
	for _, port := range p.ports {
		e := Expectation{Probe: Probe{From: c.Name, To: internet.Name, Via: h.Name, Segment: c.Name, Address: to, Port: port}}
		if sends(port) {
			e.Open, e.Why = true, "containers get out under the host's address"
		}
		p.plan.Expected = append(p.plan.Expected, e)
	}
}

// sendsByExit reports whether the firewall of a member lets it send to a port of
// the internet by an exit node.
func (p *planner) sendsByExit(m *reach.Member, port Port) bool {
	for _, l := range p.network.Links(m, p.network.Internet) {
		if l.Side == schema.Tailnet {
			return port == Echo || l.Sent.Contains(port.Protocol, schema.Port(port.Number))
		}
	}
	return true
}

// throughExits plans what members of the tailnet send to the internet by each
// exit node. Each has addresses of the internet that clients reach by it.
func (p *planner) throughExits() {
	internet := p.nodes[p.network.Internet.Name]
	for i, h := range p.judged {
		if !h.Tailscale.Enable.V || !h.Tailscale.ExitNode.V {
			continue
		}
		exit := p.nodes[h.Name]
		exit.Double = fmt.Sprintf(masquerade, policy.TailnetInterface)
		for _, to := range []netip.Addr{numbered(exit4, i%250+1, 32).Addr(), numbered(exit6, i+1, 128).Addr()} {
			via, ok := exit.on(string(schema.Tailnet)).speaks(to)
			if !ok {
				continue
			}
			internet.Links[0].Addresses = append(internet.Links[0].Addresses, single(to))
			for _, m := range p.network.Members {
				n := p.nodes[m.Name]
				if n == nil || n == exit || n.on(string(schema.Tailnet)) == nil {
					continue
				}
				source, ok := n.on(string(schema.Tailnet)).speaks(to)
				if !ok {
					continue
				}
				n.Routes = append(n.Routes, Route{To: single(to), Via: via})
				for _, port := range p.ports {
					e := Expectation{Probe: Probe{From: n.Name, To: internet.Name, Via: exit.Name, Segment: string(schema.Tailnet), Address: to, Port: port, Source: source}}
					if p.sendsByExit(m, port) {
						e.Open, e.Why = true, exit.Name+" is an exit node"
					}
					p.plan.Expected = append(p.plan.Expected, e)
				}
			}
		}
	}
}
