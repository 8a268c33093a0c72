package reach

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// span is the addresses that an element of a rule means.
type span struct {
	prefix      netip.Prefix // or else
	first, last netip.Addr
}

// parseSpan reads an address, a prefix or a range, "10.0.0.1-10.0.0.9".
func parseSpan(element string) (s span, ok bool) {
	if prefix, err := netip.ParsePrefix(element); err == nil {
		return span{prefix: prefix}, true
	}
	from, to, ranged := strings.Cut(element, "-")
	if !ranged {
		to = from
	}
	first, err := netip.ParseAddr(from)
	last, err2 := netip.ParseAddr(to)
	return span{first: first, last: last}, err == nil && err2 == nil
}

func (s span) has(a netip.Addr) bool {
	if s.prefix.IsValid() {
		return s.prefix.Contains(a)
	}
	return s.first.Compare(a) <= 0 && a.Compare(s.last) <= 0
}

// spans returns all that rules compare addresses with, each once.
func spans(rules map[string]*Ruleset) []span {
	var all []span
	seen, read := map[string]bool{}, map[*Ruleset]bool{nil: true}
	add := func(elements []string) {
		for _, e := range elements {
			key, _ := cutMap(e) // of a verdict map
			for _, e := range []string{e, key} {
				if s, ok := parseSpan(e); ok && !seen[e] {
					seen[e] = true
					all = append(all, s)
				}
			}
		}
	}
	for _, r := range rules {
		if read[r] {
			continue
		}
		read[r] = true
		for _, t := range r.tables {
			for _, elements := range t.sets {
				add(elements)
			}
			for _, c := range t.chains {
				for _, s := range c.rules {
					for _, w := range s.words {
						add(w.set)
						add(strings.Split(w.text, ","))
					}
				}
			}
		}
	}
	return all
}

// place is equal for addresses that no span tells apart.
func place(a netip.Addr, all []span) string {
	var b strings.Builder
	fmt.Fprint(&b, " ", family(a))
	for i, s := range all {
		if s.has(a) {
			fmt.Fprint(&b, ",", i)
		}
	}
	return b.String()
}

// alike is equal for members that have the same rules and interfaces, and
// addresses that no rule of the given ones tells apart. Whose rules are not known
// is like nobody.
func (f *filters) alike(m *Member, told []span) string {
	var b strings.Builder
	if h := m.Host; h != nil {
		if r := f.rules[h.Name]; r != nil {
			fmt.Fprintf(&b, "%p", r)
		} else {
			b.WriteString(h.Name)
		}
		fmt.Fprint(&b, h.Network.IPv6.V)
		for _, side := range []schema.Side{schema.Tailnet, schema.LAN, schema.WAN, schema.Container} {
			fmt.Fprintf(&b, "%q", h.InterfacesOf(side))
		}
	}
	for _, side := range []schema.Side{schema.Tailnet, schema.LAN, schema.WAN} {
		fmt.Fprint(&b, ";")
		for _, a := range m.on(side) {
			b.WriteString(place(a.V.Addr, told))
		}
	}
	return b.String()
}
