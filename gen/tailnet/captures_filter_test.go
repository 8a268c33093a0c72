package tailnet

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// gradeFilter compares filters as sets of openings. Where they are written
// differently it compares what traffic they let pass.
func (c capture) gradeFilter(node string, got []FilterRule) []string {
	want, err := c.recordedFilter(node)
	if err != nil {
		return []string{node + ": unknown shape: " + err.Error()}
	}
	differences := setDifference(node+": filter", openings(got), openings(want))
	differences = append(differences, setDifference(node+": capabilities", capabilities(got), capabilities(want))...)
	if len(differences) > 0 && maps.Equal(capabilities(got), capabilities(want)) && sameTraffic(got, want) {
		return nil
	}
	return differences
}

func (c capture) recordedFilter(node string) ([]FilterRule, error) {
	var recorded []capturedRule
	if err := strictly(c.Caps[node], &recorded); err != nil {
		return nil, err
	}
	var rules []FilterRule
	for _, r := range recorded {
		src, err := recordedSet(r.SrcIPs...)
		if err != nil {
			return nil, err
		}
		if src.IsEmpty() {
			continue // nobody may use it
		}
		rule := FilterRule{Src: src}
		for _, p := range r.IPProto {
			rule.Protocols = append(rule.Protocols, Protocol(p))
		}
		for _, d := range r.DstPorts {
			dst, err := recordedSet(d.IP)
			if err != nil {
				return nil, err
			}
			rule.Dst = append(rule.Dst, DstPorts{dst, PortRange{d.Ports.First, d.Ports.Last}})
		}
		for _, g := range r.CapGrant {
			dst, err := recordedSet(g.Dsts...)
			if err != nil {
				return nil, err
			}
			for name, v := range g.CapMap {
				rule.Caps = append(rule.Caps, CapGrant{dst, name, string(v)})
			}
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// openings lists each source set, protocol set, destination and port range.
func openings(rules []FilterRule) map[string]bool {
	set := map[string]bool{}
	for _, r := range rules {
		for _, d := range r.Dst {
			for _, to := range d.Addrs.Strings() {
				set[fmt.Sprintf("%s -> %s %v %s", strings.Join(r.Src.Strings(), " "), to, r.Protocols, d.Ports)] = true
			}
		}
	}
	return set
}

// capabilities lists each source set, destination, capability and its values.
func capabilities(rules []FilterRule) map[string]bool {
	set := map[string]bool{}
	for _, r := range rules {
		for _, g := range r.Caps {
			for _, to := range g.Addrs.Strings() {
				set[fmt.Sprintf("%s -> %s %s %s", strings.Join(r.Src.Strings(), " "), to, g.Name, held(g.JSON))] = true
			}
		}
	}
	return set
}

// held is the values of a capability in one spelling: an empty list is none.
func held(text string) string {
	if values := canonical(text); values != "[]" && values != "" {
		return values
	}
	return "null"
}

// sameTraffic asks both filters about every combination that either could
// treat apart: of sources, destinations, protocols and ports it takes one of
// each stretch between the ends that the rules name. That is exact, not a
// sample.
func sameTraffic(a, b []FilterRule) bool {
	var sources, destinations []netip.Addr
	ports := []uint16{0}
	protocols := append([]Protocol{253}, defaultProtocols...) // 253 stands for those never named
	ends := func(into []netip.Addr, s AddrSet) []netip.Addr {
		for _, r := range s.ranges {
			into = append(into, r.from)
			if next := r.to.Next(); next.IsValid() {
				into = append(into, next)
			}
		}
		return into
	}
	for _, r := range slices.Concat(a, b) {
		sources = ends(sources, r.Src)
		protocols = append(protocols, r.Protocols...)
		for _, d := range r.Dst {
			destinations = ends(destinations, d.Addrs)
			ports = append(ports, d.Ports.First, d.Ports.Last+1)
		}
	}
	for _, from := range distinct(sources, netip.Addr.Compare) {
		for _, to := range distinct(destinations, netip.Addr.Compare) {
			for _, proto := range distinct(protocols, cmp.Compare) {
				for _, port := range distinct(ports, cmp.Compare) {
					if passes(a, from, to, proto, port) != passes(b, from, to, proto, port) {
						return false
					}
				}
			}
		}
	}
	return true
}

func distinct[T comparable](values []T, compare func(T, T) int) []T {
	slices.SortFunc(values, compare)
	return slices.Compact(values)
}

func passes(rules []FilterRule, from, to netip.Addr, proto Protocol, port uint16) bool {
	return slices.ContainsFunc(rules, func(r FilterRule) bool {
		protocols := r.Protocols
		if len(protocols) == 0 {
			protocols = defaultProtocols
		}
		return slices.Contains(protocols, proto) && r.Src.Contains(from) &&
			slices.ContainsFunc(r.Dst, func(d DstPorts) bool { return d.Addrs.Contains(to) && d.Ports.contains(port) })
	})
}

func setDifference(what string, got, want map[string]bool) []string {
	var differences []string
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if !want[k] {
			differences = append(differences, what+" has too much: "+k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if !got[k] {
			differences = append(differences, what+" lacks: "+k)
		}
	}
	return differences
}

// recordedSet reads what [parseRange] does and refuses anything else.
func recordedSet(texts ...string) (AddrSet, error) {
	var sets []AddrSet
	for _, text := range texts {
		set, err := parseRange(text)
		if err != nil {
			return AddrSet{}, err
		}
		sets = append(sets, set)
	}
	return union(sets...), nil
}

// canonical is JSON text with one spelling per value, to compare by.
func canonical(text string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	b, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(b)
}
