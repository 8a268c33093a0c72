package tailnet

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// AddrSet is a set of addresses of both families: sorted ranges that neither
// overlap nor touch. The zero AddrSet is empty; an AddrSet never changes.
type AddrSet struct {
	ranges []addrRange
}

// addrRange is every address from..to of one family, both included.
type addrRange struct {
	from, to netip.Addr
}

func setOf(prefixes ...netip.Prefix) AddrSet {
	ranges := make([]addrRange, 0, len(prefixes))
	for _, p := range prefixes {
		ranges = append(ranges, addrRange{p.Masked().Addr(), lastAddr(p)})
	}
	return normal(ranges)
}

func setOfAddrs(addrs ...netip.Addr) AddrSet {
	ranges := make([]addrRange, 0, len(addrs))
	for _, a := range addrs {
		ranges = append(ranges, addrRange{a, a})
	}
	return normal(ranges)
}

// union is every address in any of the sets.
func union(sets ...AddrSet) AddrSet {
	if len(sets) == 1 {
		return sets[0]
	}
	var ranges []addrRange
	for _, s := range sets {
		ranges = append(ranges, s.ranges...)
	}
	return normal(ranges)
}

// normal sorts ranges and joins those that overlap or touch.
func normal(ranges []addrRange) AddrSet {
	slices.SortFunc(ranges, func(a, b addrRange) int { return a.from.Compare(b.from) })
	joined := ranges[:0:0]
	for _, r := range ranges {
		if n := len(joined); n > 0 && touches(joined[n-1], r) {
			if joined[n-1].to.Less(r.to) {
				joined[n-1].to = r.to
			}
			continue
		}
		joined = append(joined, r)
	}
	return AddrSet{joined}
}

// touches reports that b, which does not begin before a, begins within a or
// right after it.
func touches(a, b addrRange) bool {
	if a.to.Is4() != b.from.Is4() {
		return false
	}
	return !a.to.Less(b.from) || a.to.Next() == b.from
}

// minus is the set without the addresses of other.
func (s AddrSet) minus(other AddrSet) AddrSet {
	left := s.ranges
	for _, cut := range other.ranges {
		var kept []addrRange
		for _, r := range left {
			if !overlap(r, cut) {
				kept = append(kept, r)
				continue
			}
			if r.from.Less(cut.from) {
				kept = append(kept, addrRange{r.from, cut.from.Prev()})
			}
			if cut.to.Less(r.to) {
				kept = append(kept, addrRange{cut.to.Next(), r.to})
			}
		}
		left = kept
	}
	return AddrSet{left}
}

func overlap(a, b addrRange) bool {
	return a.from.Is4() == b.from.Is4() && !a.to.Less(b.from) && !b.to.Less(a.from)
}

// IsEmpty reports a set without any address.
func (s AddrSet) IsEmpty() bool { return len(s.ranges) == 0 }

// Contains reports whether a is in the set.
func (s AddrSet) Contains(a netip.Addr) bool {
	i, found := slices.BinarySearchFunc(s.ranges, a, func(r addrRange, a netip.Addr) int { return r.from.Compare(a) })
	if found {
		return true
	}
	return i > 0 && overlap(s.ranges[i-1], addrRange{a, a})
}

func (s AddrSet) containsAny(addrs []netip.Addr) bool {
	return slices.ContainsFunc(addrs, s.Contains)
}

// touchesRange reports an address of the set in the range.
func (s AddrSet) touchesRange(r addrRange) bool {
	return slices.ContainsFunc(s.ranges, func(own addrRange) bool { return overlap(own, r) })
}

// within reports that every address of s is in other.
func (s AddrSet) within(other AddrSet) bool {
	return s.minus(other).IsEmpty()
}

// Strings writes the set as the service does: an address, a CIDR where the
// range is one, or FIRST-LAST.
func (s AddrSet) Strings() []string {
	texts := make([]string, 0, len(s.ranges))
	for _, r := range s.ranges {
		texts = append(texts, r.String())
	}
	return texts
}

func (r addrRange) String() string {
	if r.from == r.to {
		return r.from.String()
	}
	for bits := 0; bits < r.from.BitLen(); bits++ {
		p := netip.PrefixFrom(r.from, bits)
		if p.Masked().Addr() == r.from && lastAddr(p) == r.to {
			return p.String()
		}
	}
	return r.from.String() + "-" + r.to.String()
}

// lastAddr is the highest address of a prefix.
func lastAddr(p netip.Prefix) netip.Addr {
	bytes := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

// ParseAddrSet reads what [AddrSet.Strings] writes, and "*" for every address.
// Texts that are none of these add nothing.
func ParseAddrSet(texts ...string) AddrSet {
	var sets []AddrSet
	for _, text := range texts {
		if set, err := parseRange(text); err == nil {
			sets = append(sets, set)
		}
	}
	return union(sets...)
}

func parseRange(text string) (AddrSet, error) {
	if text == "*" {
		return everywhere(), nil
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		return setOf(p), nil
	}
	first, last, ok := strings.Cut(text, "-")
	if !ok {
		last = first
	}
	from, err := netip.ParseAddr(first)
	if err != nil {
		return AddrSet{}, err
	}
	to, err := netip.ParseAddr(last)
	if err != nil {
		return AddrSet{}, err
	}
	if from.Is4() != to.Is4() || to.Less(from) {
		return AddrSet{}, fmt.Errorf("%q is no range", text)
	}
	return AddrSet{[]addrRange{{from, to}}}, nil
}
