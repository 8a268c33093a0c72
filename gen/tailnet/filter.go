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
	n := e.net.Nodes[node]
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

func (f *filter) rule(src AddrSet, protocols []Protocol, caps bool) *FilterRule {
	key := strings.Join(src.Strings(), ",")
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
		f.rules = append(f.rules, FilterRule{Src: src, Protocols: protocols})
	}
	return &f.rules[i]
}

func (f *filter) open(src AddrSet, dst AddrSet, allowed []protoPorts) {
	if src.IsEmpty() {
		return
	}
	for _, a := range allowed {
		r := f.rule(src, a.protocols, false)
		for _, ports := range a.ports {
			r.Dst = append(r.Dst, DstPorts{dst, ports})
		}
	}
}

func (f *filter) give(src, dst AddrSet, app []Capability) {
	if src.IsEmpty() || dst.IsEmpty() || len(app) == 0 {
		return
	}
	r := f.rule(src, nil, true)
	for _, c := range app {
		r.Caps = append(r.Caps, CapGrant{dst, c.Name.Value, c.JSON})
	}
}

// dstRules adds what one destination of an opening means at node n.
func (e *Evaluation) dstRules(f *filter, o opening, dst selector, n Node) {
	if dst.kind == anyone {
		f.open(o.srcSet, everywhere(), o.allowed)
		f.give(o.srcSet, setOfAddrs(n.Addrs...), o.app)
		return
	}
	for _, r := range e.targets(dst) {
		if !e.reaches(n, r) {
			continue
		}
		set := AddrSet{[]addrRange{r}}
		f.open(o.srcSet, set, o.allowed)
		f.give(o.srcSet, narrowed(set, n), o.app)
	}
}

// narrowed is the node's own addresses in the set, or the whole set if it
// lies in a subnet behind the node.
func narrowed(set AddrSet, n Node) AddrSet {
	var own []netip.Addr
	for _, a := range n.Addrs {
		if set.Contains(a) {
			own = append(own, a)
		}
	}
	if set.overlaps(setOf(n.subnets()...)) {
		return union(set, setOfAddrs(own...))
	}
	return setOfAddrs(own...)
}

// viaRules adds a destination that is reached through tagged nodes only: they
// forward to it, so it must lie in a subnet of theirs or be the internet.
func (e *Evaluation) viaRules(f *filter, o opening, dst selector, n Node) {
	if !o.hasVia(n) {
		return
	}
	subnets := setOf(n.subnets()...)
	for _, r := range e.targets(dst) {
		set := AddrSet{[]addrRange{r}}
		if set.overlaps(subnets) || dst.is(autogroupInternet) && e.isExitNode(n) {
			f.open(o.srcSet, set, o.allowed)
		}
	}
}

// selfRules adds what autogroup:self means at node n: its user's own machines
// among the sources may reach it.
func (e *Evaluation) selfRules(f *filter, o opening, n Node) {
	if n.tagged() || n.User == "" {
		return
	}
	var own []netip.Addr
	for _, m := range e.net.Nodes {
		if m.ownedBy(n.User) && o.srcSet.containsAny(m.Addrs) {
			own = append(own, m.Addrs...)
		}
	}
	src := setOfAddrs(own...)
	for _, a := range n.Addrs {
		set := setOfAddrs(a)
		f.open(src, set, o.allowed)
		f.give(src, set, o.app)
	}
	if slices.Contains(own, firstAddr(n)) {
		f.give(e.owned(n.User), setOfAddrs(n.Addrs...), companions(o.app))
	}
}

func firstAddr(n Node) netip.Addr {
	if len(n.Addrs) == 0 {
		return netip.Addr{}
	}
	return n.Addrs[0]
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
func (e *Evaluation) companionRules(f *filter, o opening, n Node) {
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
	for _, s := range o.src {
		for _, r := range e.targets(s) {
			f.give(union(dst...), narrowed(AddrSet{[]addrRange{r}}, n), back)
		}
	}
}
