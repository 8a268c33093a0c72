package reach

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// Ports is a set of TCP and UDP ports: ranges sorted by protocol and number
// that neither overlap nor touch. Its zero value is the empty set.
type Ports []schema.Ports

// allPorts is every port of both protocols.
func allPorts() Ports {
	return Ports{{Protocol: "tcp", First: 1, Last: 65535}, {Protocol: "udp", First: 1, Last: 65535}}
}

// setOf returns the set of some ranges, in any order.
func setOf(ranges ...schema.Ports) Ports {
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b schema.Ports) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.First, b.First))
	})
	var set Ports
	for _, r := range sorted {
		if n := len(set) - 1; n >= 0 && set[n].Protocol == r.Protocol && int(r.First) <= int(set[n].Last)+1 {
			set[n].Last = max(set[n].Last, r.Last)
			continue
		}
		set = append(set, r)
	}
	return set
}

func (p Ports) union(q Ports) Ports {
	switch {
	case len(p) == 0:
		return q
	case len(q) == 0:
		return p
	}
	return setOf(slices.Concat(p, q)...)
}

func (p Ports) intersect(q Ports) Ports {
	var set Ports
	for _, a := range p {
		for _, b := range q {
			if a.Protocol == b.Protocol && a.First <= b.Last && b.First <= a.Last {
				set = append(set, schema.Ports{Protocol: a.Protocol, First: max(a.First, b.First), Last: min(a.Last, b.Last)})
			}
		}
	}
	return set // in order, as p and q are
}

func (p Ports) minus(q Ports) Ports {
	var set Ports
	for _, rest := range p {
		gone := false
		for _, b := range q {
			if b.Protocol != rest.Protocol || b.Last < rest.First || b.First > rest.Last {
				continue
			}
			if b.First > rest.First {
				set = append(set, schema.Ports{Protocol: rest.Protocol, First: rest.First, Last: b.First - 1})
			}
			if gone = b.Last >= rest.Last; gone {
				break
			}
			rest.First = b.Last + 1
		}
		if !gone {
			set = append(set, rest)
		}
	}
	return set
}

// has reports whether all of q is in p.
func (p Ports) has(q Ports) bool { return len(q.minus(p)) == 0 }

// String returns the set as a document spells it: "tcp/22, udp/60000-61000",
// "any" for all and "none" for nothing.
func (p Ports) String() string {
	switch {
	case len(p) == 0:
		return "none"
	case p.has(allPorts()):
		return "any"
	}
	words := make([]string, len(p))
	for i, r := range p {
		words[i] = r.String()
	}
	return strings.Join(words, ", ")
}

// Contains reports whether one port is in the set.
func (p Ports) Contains(protocol string, port schema.Port) bool {
	return slices.ContainsFunc(p, func(r schema.Ports) bool { return r.Protocol == protocol && r.First <= port && port <= r.Last })
}
