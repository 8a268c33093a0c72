package reach

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// Answer is what became of one expectation.
type Answer struct {
	Index   int // in expect
	From    schema.Origin
	Pairs   int      // of members it speaks of
	Broken  []Breach // where it does not hold
	Unknown []Breach // where a firewall is not pantherctl's to judge
	Meets   bool     // some pair has the service, and a side of the way that is named
}

// Breach is one service between two classes of members.
type Breach struct {
	Src, Dst *Member // the first of their classes
	Pairs    int     // that are like them
	Service  string
	Side     schema.Side
	Why      string
}

// Expectations holds every expectation of the document against the network.
func (n *Network) Expectations() []Answer {
	answers := make([]Answer, len(n.Fleet.Expect.Items))
	for i, e := range n.Fleet.Expect.Items {
		answers[i] = n.answer(i, e)
	}
	return answers
}

func (n *Network) answer(index int, e schema.Value[schema.Expectation]) Answer {
	a := Answer{Index: index, From: e.From}
	for _, from := range n.sources {
		if !means(e.V.From, from.Members[0]) {
			continue
		}
		for _, to := range n.targets {
			src, dst := Differ(from.Members, to.Members)
			if src == nil || !means(e.V.To, dst) || dst.isInternet() && src.isInternet() {
				continue
			}
			pairs := len(from.Members)*len(to.Members) - shared(from, to)
			a.Pairs += pairs
			n.hold(&a, e.V, src, dst, pairs)
		}
	}
	return a
}

// means reports whether a list of names means a member. In expectations as in
// access rules everyone is every host and device, and no stranger.
func means(list schema.List[schema.Member], m *Member) bool {
	for _, name := range list.Values() {
		if m.Means(string(name)) {
			return true
		}
	}
	return false
}

// shared counts the members that two classes have in common.
func shared(from, to *Class) int {
	count := 0
	for _, m := range from.Members {
		if m.to == to.index {
			count++
		}
	}
	return count
}

// hold holds one expectation against one pair.
func (n *Network) hold(a *Answer, e schema.Expectation, src, dst *Member, pairs int) {
	links := n.Links(src, dst)
	via := string(e.Via.V)
	breach := func(service string, side schema.Side, why string) Breach {
		return Breach{Src: src, Dst: dst, Pairs: pairs, Service: service, Side: side, Why: why}
	}
	for _, s := range e.Deny.Values() {
		ports := n.denied(dst, string(s), e)
		a.Meets = a.Meets || via == "" && len(ports) > 0
		for i := range links {
			l := &links[i]
			if !relevant(l, via) {
				continue
			}
			for j := range l.Ways {
				if w := &l.Ways[j]; l.leads(w, string(s), e.Except.Values()) {
					a.Meets = true
					a.Broken = append(a.Broken, breach(w.Service, l.Side, w.Why()))
				}
			}
			if len(ports) > 0 {
				a.Meets = true
				if l.Unknown != "" {
					a.Unknown = append(a.Unknown, breach(string(s), l.Side, l.Unknown))
				}
				if f, open := l.first(ports, via); len(open) > 0 {
					a.Broken = append(a.Broken, breach(serviceOf(string(s), open), l.Side, f.Why()))
				}
			}
		}
	}
	for _, s := range e.Allow.Values() {
		a.Meets = true
		ok, why, side := n.allowed(links, src, dst, string(s), via)
		switch {
		case ok == Unknown:
			a.Unknown = append(a.Unknown, breach(string(s), side, why))
		case ok != Open:
			a.Broken = append(a.Broken, breach(string(s), side, why))
		}
	}
}

// serviceOf names what is open of a service that is denied.
func serviceOf(service string, open Ports) string {
	if service == schema.Any {
		return open.String()
	}
	return service
}

// denied returns the ports that a denied service means on a target.
func (n *Network) denied(dst *Member, service string, e schema.Expectation) Ports {
	ports := n.ServicePorts(dst, service)
	for _, x := range e.Except.Values() {
		ports = ports.minus(n.ServicePorts(dst, string(x)))
	}
	return ports
}

// relevant reports whether a link can carry what goes by a side or a host.
func relevant(l *Link, via string) bool {
	switch via {
	case "", string(l.Side):
		return true
	case string(schema.Tailnet), string(schema.LAN), string(schema.WAN), string(schema.Container), string(Tunnel):
		return false
	}
	return true
}

// first returns the first flow that carries some of the ports, and all that
// are open.
func (l *Link) first(ports Ports, via string) (first *Flow, open Ports) {
	for i := range l.Flows {
		f := &l.Flows[i]
		if p := f.Ports.intersect(ports); f.carries(l.Side, via) && len(p) > 0 {
			if first == nil {
				first = f
			}
			open = open.union(p)
		}
	}
	return first, open
}

// allowed reports whether a service gets through by any link, and if not why.
func (n *Network) allowed(links []Link, src, dst *Member, service, via string) (state State, why string, side schema.Side) {
	state, why = Closed, fmt.Sprintf("%s and %s have no side in common", src.Title(), dst.Title())
	if via != "" {
		why = "nothing leads that way"
	}
	for i := range links {
		l := &links[i]
		if !relevant(l, via) {
			continue
		}
		if slices.ContainsFunc(l.Ways, func(w Way) bool { return l.leads(&w, service, nil) && service != schema.Any }) {
			return Open, "", l.Side
		}
		if n.State(l, dst, service) == Open && l.anyBy(n.ServicePorts(dst, service), via) {
			return Open, "", l.Side
		}
		if l.Unknown != "" {
			state = Unknown
		}
		if side == "" || l.Side == schema.Tailnet {
			why, side = n.WhyNot(l, src, dst, service), l.Side
		}
	}
	return state, why, side
}

func (l *Link) anyBy(ports Ports, via string) bool {
	_, open := l.first(ports, via)
	return len(open) > 0
}
