package reach

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// packet is the first packet of a new connection, of many destination ports at
// once.
type packet struct {
	hook     string // of the chains that it meets
	in, out  string // interfaces; "" for none
	src, dst netip.Addr
	protocol string // tcp or udp
	moved    bool   // its destination was translated
	routed   bool   // answers to it leave by the interface that it came in by
	marked   bool   // by a rule: with what is not known
	only     Ports  // the destination ports; nil for every one
}

// through is what a hook lets through of a packet.
type through struct {
	doors   []Door
	unknown []string // rules that could decide and are not judged
	marked  bool     // a rule set its mark
}

// ports are those that the packet is sent to.
func (p packet) ports() Ports {
	if p.only != nil {
		return p.only
	}
	return setOf(schema.Ports{Protocol: p.protocol, First: 1, Last: 65535})
}

// arrive sends a packet to a host: through what it hands on to others, by
// translating the destination, and through what it takes itself.
func (r *Ruleset) arrive(p packet) through {
	own, handed, unknown := r.translate(p)
	result := through{unknown: unknown}
	for _, h := range handed {
		t := r.handOn(p, h)
		result.doors, result.unknown = append(result.doors, t.doors...), append(result.unknown, t.unknown...)
	}
	t := r.pass(p)
	result.unknown = append(result.unknown, t.unknown...)
	for _, d := range t.doors {
		if d.Ports = d.Ports.intersect(own); len(d.Ports) > 0 {
			result.doors = append(result.doors, d)
		}
	}
	return result
}

// translate returns which ports of a packet that comes in are still the host's
// own behind its nat chains, what is handed on to others, and the rules that
// could decide and are not judged.
func (r *Ruleset) translate(p packet) (own Ports, others []handed, unknown []string) {
	own = p.ports()
	for _, c := range r.base("prerouting", "nat", p.src) {
		w := &walk{packet: p, table: c.table}
		rest := w.chain(c.chain, own, 0)
		if !c.accepts {
			rest = nil
		}
		for _, d := range w.doors {
			rest = rest.union(d.Ports)
		}
		own, others, unknown = rest, append(others, w.handed...), append(unknown, w.unknown...)
	}
	return own, others, unknown
}

// handOn sends a packet whose destination was translated on to a container.
func (r *Ruleset) handOn(p packet, h handed) through {
	p.hook, p.out, p.moved = "forward", "ve-x", true // a container's, if it asks
	t := r.pass(p)
	result := through{unknown: t.unknown}
	for _, d := range t.doors {
		passed := h.ports.intersect(d.Ports)
		if h.port != 0 {
			passed = nil
			if d.Ports.Contains(p.protocol, h.port) {
				passed = h.ports
			}
		}
		if len(passed) > 0 {
			result.doors = append(result.doors, Door{Ports: passed, What: h.what})
		}
	}
	return result
}

// base is a chain that the kernel calls.
type base struct {
	*chain
	table *table
}

// base returns the chains of a hook and kind that see packets of a family, in
// order.
func (r *Ruleset) base(hook, kind string, addr netip.Addr) []base {
	var chains []base
	for _, t := range r.tables {
		if t.dormant || t.family != "inet" && (t.family != "ip" || !addr.Is4()) && (t.family != "ip6" || addr.Is4()) {
			continue
		}
		for _, name := range t.order {
			if c := t.chains[name]; c.hook == hook && c.kind == kind {
				chains = append(chains, base{c, t})
			}
		}
	}
	slices.SortStableFunc(chains, func(a, b base) int { return cmp.Compare(a.priority, b.priority) })
	return chains
}

// pass sends a packet through all filters of its hook. What limits rates is
// taken to let through, sets filled at run time to be empty.
func (r *Ruleset) pass(p packet) through {
	all := p.ports()
	result := through{doors: []Door{{Ports: all, What: "no chain of the firewall stops it"}}}
	for _, c := range r.base(p.hook, "filter", p.src) {
		w := &walk{packet: p, table: c.table}
		rest := w.chain(c.chain, all, 0)
		if c.accepts {
			w.doors = append(w.doors, Door{Ports: rest, What: acceptsRest})
		}
		p.marked = w.marked
		result.unknown = append(result.unknown, w.unknown...)
		result.doors = both(result.doors, w.doors)
	}
	result.marked = p.marked
	return result
}

// acceptsRest is the door that a chain's policy is.
const acceptsRest = "the chain accepts what no rule names"

// both are the ports that two chains let through, with the rule of the later
// one unless that lets everything pass.
func both(before, after []Door) []Door {
	var doors []Door
	for _, b := range before {
		for _, a := range after {
			d := a
			if d.Ports = a.Ports.intersect(b.Ports); len(d.Ports) == 0 {
				continue
			}
			if a.What == acceptsRest {
				d.What = b.What
			}
			doors = append(doors, d)
		}
	}
	return doors
}

// walk is a packet on its way through one base chain.
type walk struct {
	packet
	table   *table
	doors   []Door
	handed  []handed
	unknown []string
	lost    bool // its jumps lead deeper than the kernel goes
}

// handed are ports that a rule hands on to others.
type handed struct {
	ports Ports
	port  schema.Port // that they get there, 0 for their own
	what  string
}

// maxDepth bounds jumps; the kernel allows 16.
const maxDepth = 16

// chain sends ports through a chain and returns those that come out of it.
func (w *walk) chain(c *chain, ports Ports, depth int) Ports {
	var returned Ports
	for _, s := range c.rules {
		if len(ports) == 0 || w.lost {
			break
		}
		var back Ports
		ports, back = w.rule(s, ports, depth)
		returned = returned.union(back)
	}
	return ports.union(returned)
}

// rule sends ports through a rule and returns those that go on to the next,
// and those that it sends back to where the chain was called.
func (w *walk) rule(s statement, ports Ports, depth int) (rest, back Ports) {
	m := &matcher{walk: w, words: s.words, ports: ports}
	for len(m.words) > 0 && len(m.ports) > 0 {
		verdict, target, ok := m.step()
		switch {
		case !ok:
			w.unknown = append(w.unknown, s.text)
			return ports, nil
		case m.mapped != nil:
			return w.vmap(m, s, ports, depth)
		case verdict != "":
			return w.verdict(verdict, target, s, m.ports, ports, depth)
		}
	}
	return ports, nil
}

// verdict does what a rule says with the ports that it matched.
func (w *walk) verdict(verdict, target string, s statement, matched, ports Ports, depth int) (rest, back Ports) {
	rest = ports.minus(matched)
	switch verdict {
	case "accept":
		w.doors = append(w.doors, Door{Ports: matched, What: s.text})
	case "dnat":
		port, ok := translated(target)
		if !ok {
			w.unknown = append(w.unknown, s.text)
		}
		w.handed = append(w.handed, handed{matched, port, s.text})
	case "jump", "goto":
		c := w.table.chains[target]
		w.lost = w.lost || depth == maxDepth
		if c == nil || w.lost {
			w.unknown = append(w.unknown, s.text)
			return ports, nil
		}
		out := w.chain(c, matched, depth+1)
		if verdict == "goto" {
			return rest, out
		}
		rest = rest.union(out)
	case "return":
		back = matched
	case "continue":
		rest = ports
	}
	return rest, back
}

// translated returns the port that a destination is translated to, 0 for none:
// "10.0.0.1:8080", "[fd00::1]:8080" or ":8080".
func translated(to string) (port schema.Port, ok bool) {
	if _, err := netip.ParseAddr(strings.Trim(to, "[]")); err == nil {
		return 0, true
	}
	n, err := strconv.ParseUint(to[strings.LastIndexByte(to, ':')+1:], 10, 16)
	return schema.Port(n), err == nil && strings.Contains(to, ":")
}

// vmap does what the entry of a verdict map says.
func (w *walk) vmap(m *matcher, s statement, ports Ports, depth int) (rest, back Ports) {
	rest = ports
	for _, e := range m.mapped {
		verdict, target, _ := strings.Cut(e.verdict, " ")
		if matched := e.ports.intersect(rest); len(matched) > 0 {
			var some Ports
			rest, some = w.verdict(verdict, target, s, matched, rest, depth)
			back = back.union(some)
		}
	}
	return rest, back
}
