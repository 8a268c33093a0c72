package reach

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// Grant is one line of an access rule that the tailnet's policy holds.
type Grant struct {
	order int // in the document

	Rule     int // index in access
	From, To string
	Service  string
	At       schema.Origin // of the service in the rule
}

// Flow is what gets through from one member to another on one side.
type Flow struct {
	Ports Ports
	Grant *Grant // the line of the tailnet's policy; nil on other sides
	Door  Door   // how the target lets it in
	Exit  string // the exit node or router that carries it, if one does
}

// Link is one ordered pair of members on one side.
type Link struct {
	Side    schema.Side
	Flows   []Flow
	Granted Ports         // by the tailnet; every port on other sides
	Let     Ports         // in by the target
	Sent    Ports         // by the source
	Egress  schema.Origin // what bounds Sent; unset for nothing
	Unknown string        // why the target's firewall is not known, or ""
	Ways    []Way         // to services behind what is open

	open Ports // of all flows
}

// Open returns the ports that get through.
func (l *Link) Open() Ports { return l.open }

// Links returns how src may reach dst: a link for each side that both have.
// They must not be the same member.
func (n *Network) Links(src, dst *Member) []Link {
	var links []Link
	for _, side := range sides(src, dst) {
		switch {
		case dst.isInternet():
			links = append(links, n.outside(src, side))
		case dst.Kind == Subnet:
			links = append(links, n.behind(src, dst))
		default:
			links = append(links, n.link(src, dst, side))
		}
	}
	return n.relayed(src, dst, links)
}

func (n *Network) link(src, dst *Member, side schema.Side) Link {
	l := Link{Side: side, Granted: n.all}
	var sending string
	l.Sent, l.Egress, sending = n.sent(src, side, side)
	var doors []Door
	doors, l.Let, l.Unknown = n.doors(src, dst, side)
	if l.Unknown == "" {
		l.Unknown = sending
	}
	switch free := !l.Egress.IsSet() && n.filters == nil; {
	case side == schema.Tailnet:
		n.granted(&l, src, dst, doors)
	case free && len(doors) == len(n.gate(dst, side).always):
		l.Flows, l.open = n.gate(dst, side).flows, l.Let // as for everybody
	default:
		for _, d := range doors {
			l.pass(Flow{Ports: d.Ports.intersect(l.Sent), Door: d})
		}
	}
	return l
}

// granted lets through what the tailnet's policy grants and doors let in.
func (n *Network) granted(l *Link, src, dst *Member, doors []Door) {
	l.Granted = nil
	for _, g := range n.grants(src, dst) {
		ports := n.grantPorts(dst, g.Service)
		l.Granted = l.Granted.union(ports)
		for _, d := range doors {
			l.pass(Flow{Ports: ports.intersect(d.Ports).intersect(l.Sent), Grant: g, Door: d})
		}
	}
	l.prune()
}

// prune drops flows that another makes needless: one that carries more, by no
// limit, or the same by the same grant.
func (l *Link) prune() {
	needless := func(f, g *Flow, later bool) bool {
		switch {
		case g.Door.Limit != nil && f.Door.Limit == nil || !g.Ports.has(f.Ports):
			return false
		case !f.Ports.has(g.Ports):
			return g.Door.Limit == nil
		}
		return f.Grant == g.Grant && (later || f.Door.Limit != nil && g.Door.Limit == nil)
	}
	var kept []Flow
	for i := range l.Flows {
		drop := false
		for j := range l.Flows {
			drop = drop || i != j && needless(&l.Flows[i], &l.Flows[j], j < i)
		}
		if !drop {
			kept = append(kept, l.Flows[i])
		}
	}
	l.Flows = kept
}

func (l *Link) pass(f Flow) {
	if len(f.Ports) > 0 {
		l.Flows, l.open = append(l.Flows, f), l.open.union(f.Ports)
	}
}

// outside is the link of a member to the internet: by its own uplink, or in
// the tailnet by an exit node.
func (n *Network) outside(src *Member, side schema.Side) Link {
	l := Link{Side: side, Granted: n.all, Let: n.all}
	l.Sent, l.Egress, l.Unknown = n.sent(src, side, schema.WAN)
	if side == schema.WAN {
		what := "it may send everything"
		if !l.Sent.has(n.all) {
			what = "its own firewall lets this out"
		}
		l.pass(Flow{Ports: l.Sent, Door: Door{Ports: n.all, What: what, From: l.Egress}})
		return l
	}
	l.Granted = nil
	for _, g := range n.grants(src, n.Internet) {
		ports := n.grantPorts(n.Internet, g.Service)
		l.Granted = l.Granted.union(ports)
		for _, exit := range n.exits {
			if exit == src.Host {
				continue
			}
			l.pass(Flow{Ports: ports.intersect(l.Sent), Grant: g, Exit: exit.Name, Door: Door{
				Ports: n.all, What: exit.Name + " is an exit node", From: exit.Tailscale.ExitNode.From,
			}})
		}
	}
	return l
}

// grants returns the lines of access rules by which the tailnet's policy lets
// src reach dst.
func (n *Network) grants(src, dst *Member) []*Grant {
	to := n.grantsTo[dst.to]
	if len(to) == 0 {
		return nil
	}
	var list []*Grant
	for name := range src.names {
		list = append(list, to[name]...)
	}
	for _, tag := range src.tags {
		if !src.names[string(tag)] {
			list = append(list, to[string(tag)]...)
		}
	}
	slices.SortFunc(list, func(a, b *Grant) int { return cmp.Compare(a.order, b.order) })
	return list
}

// readGrants finds the lines of access rules that are about the tailnet.
func readGrants(f *policy.Fleet) []*Grant {
	var all []*Grant
	for i, a := range f.Access.Items {
		for _, from := range a.V.From.Items {
			if a.V.Side(from.V) != schema.Tailnet {
				continue
			}
			for _, to := range a.V.To.Items {
				for _, s := range a.V.Allow.Items {
					all = append(all, &Grant{order: len(all), Rule: i, From: string(from.V), To: string(to.V), Service: string(s.V), At: s.From})
				}
			}
		}
	}
	return all
}

// String returns the grant as a rule says it: "ssh for workstation".
func (g *Grant) String() string { return fmt.Sprintf("%s for %s", g.Service, g.From) }
