package tailnet

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// FilterRule is one rule of a node's packet filter. It opens ports to sources
// or gives them capabilities, never both.
type FilterRule struct {
	Src AddrSet
	// Protocols that are allowed; none means TCP, UDP, ICMP and ICMPv6.
	Protocols []Protocol
	Dst       []DstPorts
	Caps      []CapGrant
}

// DstPorts is a destination as written, which may be wider than what arrives
// at the node, and its ports.
type DstPorts struct {
	Addrs AddrSet
	Ports PortRange
}

// CapGrant gives the sources a capability on the destinations.
type CapGrant struct {
	Addrs AddrSet
	Name  string
	// JSON is the array of the capability's values, empty for none.
	JSON string
}

// Filter returns the packet filter of a node: what may arrive there, from
// where. Rules of equal sources and protocols are one rule.
func (e *Evaluation) Filter(node int) []FilterRule {
	n := &e.places[node]
	f := &filter{}
	for _, o := range e.openings {
		for _, dst := range o.dst {
			switch {
			case len(o.via) > 0:
				e.viaRules(f, o, dst, n)
			case dst.is(autogroupSelf):
				e.selfRules(f, o, n)
			default:
				e.dstRules(f, o, dst, n)
			}
		}
		e.companionRules(f, o, n)
	}
	return f.rules
}

// filter collects rules, merging as it goes.
type filter struct {
	rules []FilterRule
	index map[string]int
}

// sources is the sources of a rule and a text that is the same for the same.
type sources struct {
	AddrSet
	key string
}

func newSources(set AddrSet) sources {
	return sources{set, strings.Join(set.Strings(), ",")}
}

func (f *filter) rule(from sources, protocols []Protocol, caps bool) *FilterRule {
	key := from.key
	for _, p := range protocols {
		key += "/" + string(rune(p))
	}
	if caps {
		key += "caps"
	}
	if f.index == nil {
		f.index = map[string]int{}
	}
	i, ok := f.index[key]
	if !ok {
		i = len(f.rules)
		f.index[key] = i
		f.rules = append(f.rules, FilterRule{Src: from.AddrSet, Protocols: protocols})
	}
	return &f.rules[i]
}

func (f *filter) open(from sources, dst AddrSet, allowed []protoPorts) {
	if from.IsEmpty() {
		return
	}
	for _, a := range allowed {
		r := f.rule(from, a.protocols, false)
		for _, ports := range a.ports {
			r.Dst = append(r.Dst, DstPorts{dst, ports})
		}
	}
}

func (f *filter) give(from sources, dst AddrSet, app []Capability) {
	if from.IsEmpty() || dst.IsEmpty() || len(app) == 0 {
		return
	}
	r := f.rule(from, nil, true)
	for _, c := range app {
		r.Caps = append(r.Caps, CapGrant{dst, c.Name.Value, c.JSON})
	}
}

// dstRules adds what one destination of an opening means at node n.
func (e *Evaluation) dstRules(f *filter, o opening, dst selector, n *place) {
	if dst.kind == anyone {
		f.open(o.from, everywhere(), o.allowed)
		f.give(o.from, setOfAddrs(n.Addrs...), o.app)
		return
	}
	for _, r := range e.targets(dst) {
		if !n.reaches(r) {
			continue
		}
		f.open(o.from, AddrSet{[]addrRange{r}}, o.allowed)
		f.give(o.from, n.narrowed(r), o.app)
	}
}

// narrowed is the node's own addresses in the range, and the whole range if it
// meets a subnet behind the node.
func (p *place) narrowed(r addrRange) AddrSet {
	var ranges []addrRange
	for _, a := range p.Addrs {
		if own := (addrRange{a, a}); overlap(r, own) {
			ranges = append(ranges, own)
		}
	}
	if p.subnets.touchesRange(r) {
		ranges = append(ranges, r)
	}
	return normal(ranges)
}

// viaRules adds a destination that is reached through tagged nodes only: they
// forward to it, so it must lie in a subnet of theirs or be the internet.
func (e *Evaluation) viaRules(f *filter, o opening, dst selector, n *place) {
	if !o.hasVia(n.Node) {
		return
	}
	for _, r := range e.targets(dst) {
		if n.subnets.touchesRange(r) || n.exit && dst.is(autogroupInternet) {
			f.open(o.from, AddrSet{[]addrRange{r}}, o.allowed)
		}
	}
}

// selfRules adds what autogroup:self means at node n: its user's own machines
// among the sources may reach it.
func (e *Evaluation) selfRules(f *filter, o opening, n *place) {
	if n.tagged() || n.User == "" {
		return
	}
	var own []netip.Addr
	for _, m := range e.net.Nodes {
		if m.ownedBy(n.User) && o.from.containsAny(m.Addrs) {
			own = append(own, m.Addrs...)
		}
	}
	src := newSources(setOfAddrs(own...))
	for _, a := range n.Addrs {
		set := setOfAddrs(a)
		f.open(src, set, o.allowed)
		f.give(src, set, o.app)
	}
	if slices.Contains(own, n.firstAddr()) {
		f.give(newSources(e.owned(n.User)), setOfAddrs(n.Addrs...), companions(o.app))
	}
}

func (e *Evaluation) owned(login string) AddrSet {
	return e.resolver.nodes(func(n Node) bool { return n.ownedBy(login) })
}

// companions are the capabilities that the service gives back: who may use a
// drive or a relay is told so by those who offer it.
func companions(app []Capability) []Capability {
	var back []Capability
	for _, c := range app {
		switch c.Name.Value {
		case "tailscale.com/cap/drive":
			back = append(back, Capability{Name: Text{Value: "tailscale.com/cap/drive-sharer"}})
		case "tailscale.com/cap/relay":
			back = append(back, Capability{Name: Text{Value: "tailscale.com/cap/relay-target"}})
		}
	}
	slices.SortFunc(back, func(a, b Capability) int { return cmp.Compare(a.Name.Value, b.Name.Value) })
	return back
}

// companionRules adds the reversed capabilities at a node that is a source of
// the opening. autogroup:self has its own.
func (e *Evaluation) companionRules(f *filter, o opening, n *place) {
	back := companions(o.app)
	if len(back) == 0 || len(o.via) > 0 {
		return
	}
	var dst []AddrSet
	for _, s := range o.dst {
		if s.kind == anyone {
			dst = append(dst, e.resolver.sources([]selector{s}))
		} else if !s.is(autogroupSelf) {
			dst = append(dst, e.resolver.resolve(s))
		}
	}
	from := newSources(union(dst...))
	for _, s := range o.src {
		for _, r := range e.targets(s) {
			f.give(from, n.narrowed(r), back)
		}
	}
}
