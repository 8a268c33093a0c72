package reach

import (
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// Dead is a permission of an access rule that something else takes back.
type Dead struct {
	Rule    int
	At      schema.Origin // of the service in the rule
	Service string
	For     string
	Side    schema.Side
	Src     *Member   // the first source it concerns
	Targets []*Member // like targets
	Ports   Ports     // that are granted and do not get through
	Egress  schema.Origin
}

// Refused returns what the tailnet grants and the target's firewall refuses.
func (n *Network) Refused() []Dead {
	var dead []Dead
	type key struct {
		at     schema.Pos
		from   string
		target int
	}
	seen := map[key]bool{}
	for _, to := range n.targets {
		for _, from := range n.sources {
			src, dst := Differ(from.Members, to.Members)
			if src == nil || !src.tailnet || !dst.tailnet {
				continue
			}
			grants := n.grants(src, dst)
			if len(grants) == 0 {
				continue
			}
			l := n.link(src, dst, schema.Tailnet)
			for _, g := range grants {
				k := key{g.At.Pos, g.From, dst.to}
				lost := n.grantPorts(dst, g.Service).minus(l.Let)
				if len(lost) == 0 || seen[k] || l.Unknown != "" {
					continue
				}
				seen[k] = true
				dead = append(dead, Dead{
					Rule: g.Rule, At: g.At, Service: g.Service, For: g.From, Side: l.Side,
					Src: src, Targets: to.Members, Ports: lost,
				})
			}
		}
	}
	return dead
}

// Accidental is what a host lets in from the tailnet although its policy
// grants it to nobody: one change of that policy opens it.
type Accidental struct {
	Targets []*Member
	Ports   Ports
	Door    Door
}

// Accidents returns what hosts let in from everybody in the tailnet that no
// access rule grants to anybody.
func (n *Network) Accidents() []Accidental {
	granted := make([]Ports, len(n.targets))
	for i, c := range n.targets {
		for _, from := range n.sources {
			if src, dst := Differ(from.Members, c.Members); src != nil && src.tailnet && dst.tailnet {
				for _, g := range n.grants(src, dst) {
					granted[i] = granted[i].union(n.grantPorts(dst, g.Service))
				}
			}
		}
	}
	var found []Accidental
	for i, c := range n.targets {
		m := c.Members[0]
		if m.Host == nil || !m.tailnet {
			continue
		}
		own := Ports(nil)
		for _, d := range ownDoors(m.Host, schema.Tailnet) {
			own = own.union(d.Ports)
		}
		doors, _, _ := n.doors(n.Internet, m, schema.Tailnet) // as one whom no rule means
		for _, d := range doors {
			if more := d.Ports.minus(granted[i]).minus(own); len(more) > 0 {
				found = append(found, Accidental{Targets: c.Members, Ports: more, Door: d})
			}
		}
	}
	return found
}

// Unsent is what an access rule lets in and the firewall of a source it names
// does not let out.
func (n *Network) Unsent() []Dead {
	var dead []Dead
	for i, a := range n.Fleet.Access.Items {
		for _, from := range a.V.From.Items {
			side := a.V.Side(from.V)
			if side == schema.Tailnet && !n.outward(a.V) || string(from.V) == string(side) {
				continue // within the tailnet nothing is filtered; a side is strangers too
			}
			for _, s := range a.V.Allow.Items {
				dead = append(dead, n.unsent(i, a.V, string(from.V), s, side)...)
			}
		}
	}
	return dead
}

// outward reports whether a rule leads out of what egress lists leave free.
func (n *Network) outward(a schema.Access) bool {
	return slices.ContainsFunc(n.Members, func(m *Member) bool { return m.outward() && means(a.To, m) })
}

func (n *Network) unsent(rule int, a schema.Access, from string, service schema.Value[schema.Name], side schema.Side) []Dead {
	var dead []Dead
	for _, sources := range n.sources {
		for _, targets := range n.targets {
			src, dst := Differ(sources.Members, targets.Members)
			if src == nil || !src.Means(from) || !means(a.To, dst) || !slices.Contains(sides(src, dst), side) {
				continue
			}
			may, egress, _ := n.sent(src, side, toward(dst, side))
			ports := n.grantPorts(dst, string(service.V))
			if service.V == schema.Any {
				continue // as much as gets out
			}
			if lost := ports.minus(may); len(lost) > 0 {
				dead = append(dead, Dead{
					Rule: rule, At: service.From, Service: string(service.V), For: from, Side: side,
					Src: src, Targets: targets.Members, Ports: lost, Egress: egress,
				})
			}
		}
	}
	return dead
}

// Unused returns the indices of the access rules that no pair of members can
// use. Rules about devices are never among them: what those let in is not for
// the document to know.
func (n *Network) Unused() []int {
	used := make([]bool, len(n.Fleet.Access.Items))
	for i, a := range n.Fleet.Access.Items {
		used[i] = slices.ContainsFunc(a.V.To.Values(), func(m schema.Member) bool {
			return n.Fleet.Devices.Has(string(m)) || n.Fleet.Networks.Has(string(m)) // of networks see Unrouted
		})
	}
	for i, a := range n.Fleet.Access.Items {
		for _, sources := range n.sources {
			if used[i] {
				break
			}
			used[i] = slices.ContainsFunc(n.targets, func(t *Class) bool { return n.uses(a.V, sources, t) })
		}
	}
	var unused []int
	for i, u := range used {
		if !u {
			unused = append(unused, i)
		}
	}
	return unused
}

// uses reports whether anything of a rule gets through between two classes.
func (n *Network) uses(a schema.Access, sources, targets *Class) bool {
	src, dst := Differ(sources.Members, targets.Members)
	if src == nil || !means(a.To, dst) || !means(a.From, src) && !slices.ContainsFunc(a.From.Values(), stranger) {
		return false
	}
	for _, l := range n.Links(src, dst) {
		for _, from := range a.From.Values() {
			side := a.Side(from)
			if side != l.Side || !src.Means(string(from)) && string(from) != string(side) {
				continue
			}
			if l.Unknown != "" {
				return true
			}
			for _, s := range a.Allow.Values() {
				if len(l.Open().intersect(n.grantPorts(dst, string(s)))) > 0 {
					return true
				}
			}
		}
	}
	return false
}

// Unrouted is an access rule to a network that no router leads to.
type Unrouted struct {
	Rule    int
	At      schema.Origin // of the network in the rule
	Network *Member
}

// Unrouted returns the networks that access rules lead to and no router does.
func (n *Network) Unrouted() []Unrouted {
	var list []Unrouted
	for i, a := range n.Fleet.Access.Items {
		for _, to := range a.V.To.Items {
			for _, m := range n.Members {
				if m.Kind == Subnet && m.Means(string(to.V)) && len(n.Fleet.Routers(m.subnet)) == 0 {
					list = append(list, Unrouted{i, to.From, m})
				}
			}
		}
	}
	return list
}

func stranger(name schema.Member) bool {
	return name == schema.Member(schema.LAN) || name == schema.Member(schema.WAN) || name == schema.Member(schema.Container)
}
