package lab

import (
	"net/netip"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// throughHosts plans what strangers try to send through a host, to its
// containers and into the tailnet, by making it their router. Nothing of it
// may arrive; what does would be answered.
func (p *planner) throughHosts() {
	inTailnet := &Node{Name: peer, Listen: p.listeners(), Links: []Link{{Interface: "tailnet0", Segment: string(schema.Tailnet)}}}
	for i, h := range p.judged {
		var behind []netip.Addr
		if c := p.nodes[containersOf(h.Name)]; c != nil {
			for _, a := range c.Links[0].Addresses {
				if !a.IsSingleIP() { // those of the document may be the same on many hosts
					behind = append(behind, a.Addr())
				}
			}
			p.strangers(h, c.Name, behind)
		}
		tailnet := p.nodes[h.Name].on(string(schema.Tailnet))
		if tailnet == nil {
			continue
		}
		behind = nil
		s := space[schema.Tailnet]
		for _, a := range []netip.Prefix{numbered(peer4, i%250+1, s.on4), numbered(peer6, i+1, s.on6)} {
			back, ok := tailnet.speaks(a.Addr())
			if !ok {
				continue
			}
			behind = append(behind, a.Addr())
			inTailnet.Links[0].Addresses = append(inTailnet.Links[0].Addresses, a)
			inTailnet.Routes = append(inTailnet.Routes, Route{To: everywhere(back), Via: back, From: a.Addr()})
		}
		p.strangers(h, inTailnet.Name, behind)
	}
	if len(inTailnet.Links[0].Addresses) > 0 {
		p.add(inTailnet)
	}
}

// strangers plans what those on each side try to send to somebody behind a host.
func (p *planner) strangers(h *policy.Host, to string, addresses []netip.Addr) {
	for _, name := range []string{string(schema.LAN), p.network.Internet.Name} {
		side := schema.LAN
		if name == p.network.Internet.Name {
			side = schema.WAN
		}
		outer, from := p.nodes[h.Name].on(string(side)), p.nodes[name]
		if outer == nil || from == nil {
			continue
		}
		for _, a := range addresses {
			via, ok := outer.speaks(a)
			if !ok {
				continue
			}
			source, _ := from.on(string(side)).speaks(a)
			from.Routes = append(from.Routes, Route{To: single(a), Via: via})
			for _, port := range p.listeners() {
				p.plan.Expected = append(p.plan.Expected, Expectation{
					Probe: Probe{From: name, To: to, Via: h.Name, Segment: string(side), Address: a, Port: port, Source: source},
				})
			}
		}
	}
}
