package reach

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// Effect is what a change does.
type Effect string

// The effects of a change. Those that widen come first.
const (
	Opens    Effect = "opens"
	Unlimits Effect = "unlimits" // it was open, at a rate per source
	Unjudges Effect = "unjudges" // the firewall is not pantherctl's any more
	Closes   Effect = "closes"
	Limits   Effect = "limits"
	Judges   Effect = "judges"
)

// Widens reports whether more gets through than before, or nobody knows.
func (e Effect) Widens() bool { return e == Opens || e == Unlimits || e == Unjudges }

// Change is what differs for members that are alike before and after.
type Change struct {
	Effect   Effect
	From, To []string // names of members
	Side     schema.Side
	Ports    Ports
	Services []string // that have some of the ports
	Name     string   // of a site behind them; "" for none
	Why      string
}

// Diff says what opens and what closes from one fleet to another, for every
// pair of members that either has or, given names, for those pairs that have
// one of them.
func Diff(before, after *Network, of ...string) []Change {
	asked := map[string]bool{}
	for _, name := range of {
		asked[name] = true
	}
	concerns := func(names []string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return asked[name] })
	}
	var changes []Change
	froms, tos := joint(before, after, func(m *Member) int { return m.from }), joint(before, after, func(m *Member) int { return m.to })
	for _, from := range froms {
		for _, to := range tos {
			if len(of) > 0 && !concerns(from) && !concerns(to) {
				continue
			}
			src, dst := pick(from, to)
			if src != "" {
				changes = append(changes, compareLinks(before, after, src, dst, from, to)...)
			}
		}
	}
	return merged(changes)
}

// joint returns the names of members that share a class before and after.
func joint(before, after *Network, class func(*Member) int) [][]string {
	type key struct{ before, after int }
	at := map[string]key{}
	var order []string
	for _, m := range after.Members {
		if class(m) >= 0 {
			at[m.Name] = key{-1, class(m)}
			order = append(order, m.Name)
		}
	}
	for _, m := range before.Members {
		if class(m) < 0 {
			continue
		}
		k, ok := at[m.Name]
		if !ok {
			k.after = -1
			order = append(order, m.Name)
		}
		k.before = class(m)
		at[m.Name] = k
	}
	groups, index := [][]string(nil), map[key]int{}
	for _, name := range order {
		i, ok := index[at[name]]
		if !ok {
			i = len(groups)
			index[at[name]] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], name)
	}
	return groups
}

// pick returns two names that differ, "" if there are none.
func pick(from, to []string) (src, dst string) {
	for _, s := range from[:min(2, len(from))] {
		for _, d := range to[:min(2, len(to))] {
			if s != d {
				return s, d
			}
		}
	}
	return "", ""
}

// compareLinks compares what gets through between two members.
func compareLinks(before, after *Network, src, dst string, from, to []string) []Change {
	was, is := before.linksOf(src, dst), after.linksOf(src, dst)
	var changes []Change
	for _, side := range []schema.Side{schema.Tailnet, schema.LAN, schema.WAN, schema.Container, Tunnel} {
		old, now := was[side], is[side]
		if old == nil {
			old = &Link{Side: side}
		}
		if now == nil {
			now = &Link{Side: side}
		}
		add := func(e Effect, ports Ports, n *Network, l *Link) {
			for i := range l.Flows {
				f := &l.Flows[i]
				if part := f.Ports.intersect(ports); len(part) > 0 {
					changes = append(changes, Change{
						Effect: e, From: from, To: to, Side: side, Ports: part, Services: n.named(dst, part), Why: f.Why(),
					})
					ports = ports.minus(part)
				}
			}
		}
		if (old.Unknown == "") != (now.Unknown == "") {
			c := Change{Effect: Unjudges, From: from, To: to, Side: side, Why: now.Unknown}
			if now.Unknown == "" {
				c.Effect = Judges
			}
			changes = append(changes, c)
		}
		oldOpen, newOpen := old.Open(), now.Open()
		oldFree, newFree := old.free(), now.free()
		add(Opens, newOpen.minus(oldOpen), after, now)
		add(Unlimits, newFree.intersect(oldOpen.minus(oldFree)), after, now)
		add(Closes, oldOpen.minus(newOpen), before, old)
		add(Limits, oldFree.intersect(newOpen.minus(newFree)), after, now)
		changes = append(changes, waysBut(Opens, now, old, from, to)...)
		changes = append(changes, waysBut(Closes, old, now, from, to)...)
	}
	return changes
}

// waysBut returns a change for each way of a link that another has not, hop by
// hop.
func waysBut(e Effect, l, other *Link, from, to []string) []Change {
	var changes []Change
	for i := range l.Ways {
		w := &l.Ways[i]
		same := func(x Way) bool {
			return x.Name == w.Name && x.Service == w.Service && slices.Equal(x.Hops(), w.Hops())
		}
		if !slices.ContainsFunc(other.Ways, same) {
			changes = append(changes, Change{
				Effect: e, From: from, To: to, Side: l.Side, Services: []string{w.Service}, Name: w.Name, Why: w.Why(),
			})
		}
	}
	return changes
}

func (n *Network) linksOf(src, dst string) map[schema.Side]*Link {
	s, ok := n.Member(src)
	d, found := n.Member(dst)
	bySide := map[schema.Side]*Link{}
	if !ok || !found || d.to < 0 {
		return bySide
	}
	links := n.Links(s, d)
	for i := range links {
		bySide[links[i].Side] = &links[i]
	}
	return bySide
}

// free returns the ports that get through without a limit.
func (l *Link) free() Ports {
	var free Ports
	for _, f := range l.Flows {
		if f.Door.Limit == nil {
			free = free.union(f.Ports)
		}
	}
	return free
}

// named returns the services of a target that have some of the ports.
func (n *Network) named(dst string, ports Ports) []string {
	m, ok := n.Member(dst)
	if !ok || ports.has(allPorts()) {
		return nil
	}
	var names []string
	for _, s := range n.Services {
		if p := n.ServicePorts(m, s); len(p) > 0 && len(p.intersect(ports)) > 0 && len(ports) < 20 {
			names = append(names, s)
		}
	}
	return names
}

// merged joins changes that differ in their sources only, then in their
// targets only, and sorts them: what widens first.
func merged(changes []Change) []Change {
	changes = mergedBy(changes, func(c *Change) (string, *[]string) {
		return strings.Join(c.To, ",") + c.rest(), &c.From
	})
	changes = mergedBy(changes, func(c *Change) (string, *[]string) {
		return strings.Join(c.From, ",") + c.rest(), &c.To
	})
	order := []Effect{Opens, Unlimits, Unjudges, Closes, Limits, Judges}
	slices.SortStableFunc(changes, func(a, b Change) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order, a.Effect), slices.Index(order, b.Effect)),
			slices.Compare(a.To, b.To), slices.Compare(a.From, b.From),
			cmp.Compare(a.Side, b.Side), cmp.Compare(a.Ports.String(), b.Ports.String()),
		)
	})
	return changes
}

// rest is all of a change but its members.
func (c *Change) rest() string {
	return fmt.Sprint(";", c.Effect, c.Side, c.Ports, c.Services, c.Name, c.Why)
}

func mergedBy(changes []Change, by func(*Change) (string, *[]string)) []Change {
	var all []Change
	index := map[string]int{}
	for _, c := range changes {
		key, names := by(&c)
		i, ok := index[key]
		if !ok {
			index[key] = len(all)
			all = append(all, c)
			continue
		}
		_, into := by(&all[i])
		*into = slices.Concat(*into, *names)
		slices.Sort(*into)
		*into = slices.Compact(*into)
	}
	return all
}
