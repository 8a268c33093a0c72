package tailnet

import (
	"net/netip"
	"slices"
)

// Evaluation is a policy's meaning for one network.
type Evaluation struct {
	net      Network
	resolver *resolver
	// allowAll: a policy without acls and grants restricts nothing.
	allowAll bool
	openings []opening
	policy   *Policy
	places   []place
	listed   map[string][]addrRange // of targets, by name
	senders  map[int]senders        // by the place of an SSH rule
}

// place is a node and what can arrive at it besides its own traffic.
type place struct {
	Node
	subnets AddrSet // behind it
	exit    bool    // the internet is behind it
}

// opening is one thing an acl or a grant allows: sources may use some ports,
// or hold some capabilities, on destinations.
type opening struct {
	at      Position
	src     []selector
	from    sources
	dst     []selector
	allowed []protoPorts
	app     []Capability
	via     []string
}

// Evaluate works out what the policy means for the network. It does not judge:
// what [Policy.Validate] refuses may evaluate to anything, but always returns.
// Sources count as meeting the postures that rules ask of them.
func (p *Policy) Evaluate(net Network) *Evaluation {
	e := &Evaluation{net: net, resolver: newResolver(p, net), policy: p, listed: map[string][]addrRange{}, senders: map[int]senders{}}
	for _, n := range net.Nodes {
		e.places = append(e.places, place{n, setOf(n.subnets()...), e.isExitNode(n)})
	}
	e.allowAll = p.ACLs == nil && p.Grants == nil
	for _, g := range p.Grants {
		e.openings = append(e.openings, grantOpening(g))
	}
	for _, r := range p.ACLs {
		e.openings = append(e.openings, aclOpenings(r)...)
	}
	if e.allowAll {
		star := []selector{{kind: anyone, name: "*"}}
		e.openings = []opening{{src: star, dst: star, allowed: []protoPorts{{ports: []PortRange{allPorts}}}}}
	}
	for i := range e.openings {
		o := &e.openings[i]
		o.from = newSources(e.resolver.sources(o.src))
	}
	return e
}

func values(texts []Text) []string {
	if texts == nil {
		return nil
	}
	vs := make([]string, len(texts))
	for i, t := range texts {
		vs[i] = t.Value
	}
	return vs
}

func grantOpening(g Grant) opening {
	o := opening{
		at: g.At, src: parseSelectors(g.Src), dst: parseSelectors(g.Dst),
		app: g.App, via: values(g.Via),
	}
	for _, t := range g.IP {
		if open, err := parseProtoPorts(t.Value); err == nil {
			o.allowed = append(o.allowed, open)
		}
	}
	return o
}

// aclOpenings is one opening per destination, for each names its own ports.
func aclOpenings(r ACL) []opening {
	protocols, err := parseProtocol(r.Proto.Value)
	if err != nil || r.Action.Value != "accept" {
		return nil
	}
	var openings []opening
	for _, d := range r.Dst {
		name, ports, err := splitHostPorts(d.Value)
		if err != nil {
			continue
		}
		openings = append(openings, opening{
			at:      r.At,
			src:     parseSelectors(r.Src),
			dst:     []selector{parseSelector(Text{Value: name, At: d.At})},
			allowed: []protoPorts{{protocols, ports}},
		})
	}
	return openings
}

// targets lists a destination's addresses: single ones for what names nodes,
// the declared ranges for what names addresses.
func (e *Evaluation) targets(s selector) []addrRange {
	switch {
	case s.kind == address, s.kind == network, s.kind == host, s.kind == ipset, s.kind == anyone,
		s.is(autogroupInternet), s.is(autogroupDangerAll):
		return e.resolver.resolve(s).ranges
	}
	single, ok := e.listed[s.name]
	if ok {
		return single
	}
	set := e.resolver.resolve(s)
	for _, n := range e.net.Nodes {
		for _, a := range n.Addrs {
			if set.Contains(a) {
				single = append(single, addrRange{a, a})
			}
		}
	}
	e.listed[s.name] = single
	return single
}

// reaches reports that traffic to the range can arrive at the node: for its
// own addresses, its approved subnets, or the internet behind an exit node.
func (p *place) reaches(r addrRange) bool {
	for _, a := range p.Addrs {
		if overlap(r, addrRange{a, a}) {
			return true
		}
	}
	return p.subnets.touchesRange(r) || p.exit && AddrSet{[]addrRange{r}}.within(internetRange())
}

// hasVia reports that the node carries one of the opening's via tags, or that
// there are none.
func (o opening) hasVia(n Node) bool {
	return len(o.via) == 0 || slices.ContainsFunc(o.via, n.hasTag)
}

// isExitNode reports a node that offers to be one and is approved: by hand or
// by autoApprovers.exitNode. Approving 0.0.0.0/0 as a route does not do it
// (0 of 528 recorded answers).
func (e *Evaluation) isExitNode(n Node) bool {
	byHand := slices.ContainsFunc(n.Approved, func(p netip.Prefix) bool { return p.Bits() == 0 && p.Addr().Is4() })
	return byHand || n.offersExit() && e.approvedBy(n, e.policy.AutoApprovers.ExitNode)
}

// approvedBy reports that the node is among the approvers.
func (e *Evaluation) approvedBy(n Node, approvers []Text) bool {
	for _, s := range parseSelectors(approvers) {
		if e.resolver.resolve(s).containsAny(n.Addrs) {
			return true
		}
	}
	return false
}

// Approves reports whether autoApprovers lets the node serve the route by
// itself: an approved route covers every smaller one inside it.
func (e *Evaluation) Approves(node int, route netip.Prefix) bool {
	n := e.net.Nodes[node]
	if route.Bits() == 0 {
		return e.approvedBy(n, e.policy.AutoApprovers.ExitNode)
	}
	for _, r := range e.policy.AutoApprovers.Routes {
		covering, err := netip.ParsePrefix(r.Name.Value)
		if err == nil && covering.Bits() <= route.Bits() && covering.Contains(route.Addr()) && e.approvedBy(n, r.Values) {
			return true
		}
	}
	return false
}

// ExitNodes returns the indexes of the nodes that the node may use as exit
// node: some rule must let it reach the internet, or everything, through them.
func (e *Evaluation) ExitNodes(node int) []int {
	n := e.net.Nodes[node]
	var exits []int
	for i, candidate := range e.places {
		if i == node || !candidate.exit {
			continue
		}
		if slices.ContainsFunc(e.openings, func(o opening) bool {
			return len(o.allowed) > 0 && o.from.containsAny(n.Addrs) && o.hasVia(candidate.Node) &&
				slices.ContainsFunc(o.dst, func(s selector) bool { return s.kind == anyone || s.is(autogroupInternet) })
		}) {
			exits = append(exits, i)
		}
	}
	return exits
}

// Attributes returns the attributes that nodeAttrs gives the node, sorted.
func (e *Evaluation) Attributes(node int) []string {
	n := e.net.Nodes[node]
	var attrs []string
	if e.policy.RandomizeClientPort {
		attrs = append(attrs, "randomize-client-port")
	}
	for _, a := range e.policy.NodeAttrs {
		if slices.ContainsFunc(a.Target, func(t Text) bool {
			return e.resolver.resolve(parseSelector(t)).containsAny(n.Addrs)
		}) {
			attrs = append(attrs, values(a.Attr)...)
		}
	}
	slices.Sort(attrs)
	return slices.Compact(attrs)
}
