package reach

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// entry is one entry of a verdict map that the packet may match.
type entry struct {
	ports   Ports
	verdict string
}

// matcher reads one rule from left to right.
type matcher struct {
	*walk
	words  []word
	ports  Ports   // that match so far
	mapped []entry // of a verdict map that ends the rule
}

func (m *matcher) take() word {
	if len(m.words) == 0 {
		return word{}
	}
	w := m.words[0]
	m.words = m.words[1:]
	return w
}

func (m *matcher) peek() string {
	if len(m.words) == 0 {
		return ""
	}
	return m.words[0].text
}

// step reads the next match, statement or verdict. ok is false for what it
// does not know.
func (m *matcher) step() (verdict, target string, ok bool) {
	switch w := m.take(); w.text {
	case "accept", "drop", "return", "continue":
		return w.text, "", true
	case "reject":
		return "drop", "", true
	case "dnat":
		for w := m.take(); w.text != "to" && w.text != ""; {
			w = m.take()
		}
		target = m.take().text
		m.words = nil
		return w.text, target, true
	case "jump", "goto":
		return w.text, m.take().text, true
	case "counter":
		for slices.Contains([]string{"packets", "bytes", "name"}, m.peek()) {
			m.take()
			m.take()
		}
	case "log":
		for slices.Contains([]string{"prefix", "level", "group", "flags"}, m.peek()) {
			m.take()
			m.take()
		}
	case "comment":
		m.take()
	case "limit":
		return "", "", m.limit()
	case "add", "update":
		m.take() // @set
		m.dynamic(m.take())
	case "meter":
		m.take()
		m.dynamic(m.take())
	default:
		return "", "", m.match(w.text)
	}
	return "", "", true
}

// limit reads "limit rate [over] 10/minute [burst 20 packets]".
func (m *matcher) limit() bool {
	if m.take().text != "rate" {
		return false
	}
	if m.peek() == "over" {
		m.take()
		m.ports = nil // nobody is over it yet
	}
	m.take()
	if m.peek() == "burst" {
		m.words = m.words[min(3, len(m.words)):]
	}
	return true
}

// dynamic reads the element that a rule adds to a set: it matches packets of
// its family, and nobody is over a limit, count or quota yet.
func (m *matcher) dynamic(w word) {
	element := strings.Join(w.set, " ")
	if strings.HasPrefix(element, "ip ") && !m.src.Is4() || strings.HasPrefix(element, "ip6 ") && m.src.Is4() || strings.Contains(element, " over ") {
		m.ports = nil
	}
}

// match reads one match and narrows the ports to those that do.
func (m *matcher) match(first string) bool {
	switch first {
	case "iifname", "iif":
		return m.compare(func(e string) (bool, bool) { return isName(e, m.in), true })
	case "oifname", "oif":
		return m.compare(func(e string) (bool, bool) { return isName(e, m.out), true })
	case "ip", "ip6":
		return m.address(first)
	case "tcp", "udp", "th":
		return m.port(first)
	case "icmp", "icmpv6":
		m.ports = nil
		return true
	case "ct":
		return m.conntrack(m.take().text)
	case "meta":
		return m.meta(m.take().text)
	case "pkttype", "l4proto", "nfproto", "mark":
		return m.meta(first)
	case "fib":
		return m.fib()
	}
	return false
}

// operators take a value apart or join it with the next. They are not judged,
// but for the mask of a mark.
var operators = []string{
	".", "-", "&", "|", "^", "<", ">", "<=", ">=", "<<", ">>",
	"and", "or", "xor", "lt", "gt", "le", "ge", "lshift", "rshift",
}

// operand reads [!=|vmap] and VALUE[,VALUE…], a set, or a named set or map. ok
// is false if more than that is compared.
func (m *matcher) operand() (relation string, elements []string, ok bool) {
	switch m.peek() {
	case "!=", "ne":
		relation = "!="
		m.take()
	case "==", "eq":
		m.take()
	case "vmap":
		relation = m.take().text
	}
	w := m.take()
	name, named := strings.CutPrefix(w.text, "@")
	switch {
	case named:
		elements = m.table.sets[name]
	case w.set != nil:
		elements = w.set
	default:
		elements = []string{w.text}
		for m.peek() == "," {
			m.take()
			elements = append(elements, m.take().text)
		}
	}
	return relation, elements, !slices.Contains(operators, w.text) && !slices.Contains(operators, m.peek())
}

// compare reads an operand and keeps the ports if the packet is among it. is
// reports whether one element is the packet's, and whether it knows.
func (m *matcher) compare(is func(element string) (bool, bool)) bool {
	relation, elements, ok := m.operand()
	if !ok {
		return false
	}
	if relation == "vmap" {
		for _, e := range elements {
			key, verdict := cutMap(e)
			hit, known := is(key)
			if !known {
				return false
			}
			if hit {
				m.mapped = append(m.mapped, entry{m.ports, verdict})
			}
		}
		if m.mapped == nil {
			m.ports = nil
		}
		return true
	}
	hit := false
	for _, e := range elements {
		h, known := is(e)
		if !known {
			return false
		}
		hit = hit || h
	}
	if hit == (relation == "!=") {
		m.ports = nil
	}
	return true
}

// cutMap splits "new : jump x" and "untracked: jump x".
func cutMap(element string) (key, verdict string) {
	i := strings.LastIndex(element, " : ")
	if i >= 0 {
		return strings.TrimSpace(element[:i]), strings.TrimSpace(element[i+3:])
	}
	key, verdict, _ = strings.Cut(element, ": ")
	return strings.TrimSpace(key), strings.TrimSpace(verdict)
}

// isName reports whether a pattern of interface names means one.
func isName(pattern, name string) bool {
	pattern = strings.Trim(pattern, `"`)
	if stem, wild := strings.CutSuffix(pattern, "*"); wild {
		return strings.HasPrefix(name, stem)
	}
	return pattern == name
}

func (m *matcher) address(family string) bool {
	if (family == "ip") != m.src.Is4() {
		m.ports = nil // whatever it asks of the header
		return true
	}
	field, of := m.take().text, m.src
	switch field {
	case "saddr":
	case "daddr":
		of = m.dst
	case "protocol", "nexthdr":
		return m.compare(m.isProtocol)
	default:
		return false
	}
	return m.compare(func(e string) (bool, bool) {
		s, known := parseSpan(e)
		return known && s.has(of), known
	})
}

// port reads "dport" with ports, a set or a verdict map.
func (m *matcher) port(protocol string) bool {
	if protocol != "th" && protocol != m.protocol {
		m.ports = nil // whatever it asks of the header
		return true
	}
	if m.take().text != "dport" {
		return false
	}
	relation, elements, ok := m.operand()
	switch {
	case !ok:
		return false
	case relation == "vmap":
		for _, e := range elements {
			key, verdict := cutMap(e)
			ports, ok := m.parse(key)
			if !ok {
				return false
			}
			m.mapped = append(m.mapped, entry{m.ports.intersect(ports), verdict})
		}
		if m.mapped == nil {
			m.ports = nil
		}
		return true
	}
	return m.narrow(elements, relation == "!=")
}

func (m *matcher) narrow(elements []string, not bool) bool {
	var listed Ports
	for _, e := range elements {
		ports, ok := m.parse(e)
		if !ok {
			return false
		}
		listed = listed.union(ports)
	}
	if not {
		m.ports = m.ports.minus(listed)
	} else {
		m.ports = m.ports.intersect(listed)
	}
	return true
}

// parse reads "22" or "60000-61000", and the names of services that NixOS and
// people write.
func (m *matcher) parse(text string) (Ports, bool) {
	first, last, ranged := strings.Cut(text, "-")
	if !ranged {
		last = first
	}
	named := map[string]string{"ssh": "22", "domain": "53", "http": "80", "https": "443"}
	number := func(s string) (schema.Port, bool) {
		s = strings.TrimSpace(s)
		if n, ok := named[s]; ok {
			s = n
		}
		n, err := strconv.ParseUint(s, 10, 16)
		return schema.Port(n), err == nil
	}
	from, ok := number(first)
	to, good := number(last)
	return setOf(schema.Ports{Protocol: m.protocol, First: from, Last: to}), ok && good
}

// conntrack reads what is known of a packet that begins a connection.
func (m *matcher) conntrack(field string) bool {
	oneOf := func(words ...string) func(string) (bool, bool) { // the first is the packet's
		return func(e string) (bool, bool) { return e == words[0], slices.Contains(words, e) }
	}
	switch field {
	case "state":
		return m.compare(oneOf("new", "established", "related", "invalid", "untracked"))
	case "status":
		return m.compare(func(e string) (bool, bool) {
			return e == "dnat" && m.moved, slices.Contains([]string{"expected", "seen-reply", "assured", "confirmed", "snat", "dnat", "dying"}, e)
		})
	case "direction":
		return m.compare(oneOf("original", "reply"))
	}
	return false
}

// isProtocol also takes the number of a protocol (IANA, protocol numbers).
func (m *matcher) isProtocol(e string) (is, known bool) {
	return e == m.protocol || e == map[string]string{"tcp": "6", "udp": "17"}[m.protocol], true
}

func (m *matcher) meta(field string) bool {
	switch field {
	case "l4proto":
		if m.peek() == "." { // l4proto . th dport @set
			return m.pairs()
		}
		return m.compare(m.isProtocol)
	case "nfproto":
		return m.compare(func(e string) (bool, bool) {
			return (e == "ipv4") == m.src.Is4(), e == "ipv4" || e == "ipv6"
		})
	case "pkttype":
		return m.compare(func(e string) (bool, bool) { return e == "host" || e == "unicast", true })
	case "iifname", "iif", "oifname", "oif":
		return m.match(field)
	case "mark":
		return m.mark()
	}
	return false
}

// pairs reads "meta l4proto . th dport @temp-ports", as newer NixOS writes.
func (m *matcher) pairs() bool {
	for _, want := range []string{".", "th", "dport"} {
		if m.take().text != want {
			return false
		}
	}
	relation, elements, ok := m.operand()
	if !ok || relation == "vmap" {
		return false
	}
	var ports []string
	for _, e := range elements {
		protocol, port, ok := strings.Cut(e, " . ")
		if !ok {
			return false
		}
		if same, _ := m.isProtocol(protocol); same {
			ports = append(ports, port)
		}
	}
	return m.narrow(ports, relation == "!=")
}

// mark compares the mark of a packet, which is 0 unless a rule sets it:
// tailscaled marks only its own.
func (m *matcher) mark() bool {
	if m.peek() == "&" || m.peek() == "and" {
		m.take()
		m.take()
	}
	if m.peek() == "set" {
		m.take()
		m.take()
		m.marked = true
		return true
	}
	return m.compare(func(e string) (bool, bool) {
		n, err := strconv.ParseUint(e, 0, 32)
		return n == 0, err == nil && !m.marked
	})
}

// fib reads "fib daddr type local", and "fib saddr . iif oif exists" if it is
// known by which interface answers leave.
func (m *matcher) fib() bool {
	of := m.take().text
	for m.peek() == "." {
		m.take()
		m.take()
	}
	switch asked := m.take().text; {
	case of == "daddr" && asked == "type":
		kind := "local"
		if m.hook == "forward" || m.hook == "output" {
			kind = "unicast"
		}
		return m.compare(func(e string) (bool, bool) { return e == kind, true })
	case of == "saddr" && asked == "oif" && m.routed:
		return m.compare(func(e string) (bool, bool) { return e == "exists", e == "exists" || e == "missing" })
	}
	return false
}
