package check

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// listensForNobody is E1.
func listensForNobody(s *subject) {
	for _, l := range s.Listeners() {
		for _, side := range l.Sides {
			meets := func(o policy.Opening) bool {
				return o.Side == side && (o.Service == schema.Any || l.Meets(o))
			}
			if slices.ContainsFunc(s.Openings, meets) || s.trusts(side) {
				continue
			}
			s.report(l.From, s.Path(l.Setting), fmt.Sprintf("%s listens on the side %s, and no access rule lets anybody at it from there", l.Service, side),
				fmt.Sprintf("add an access rule, { from: …, to: %s, allow: %s }, or have it listen on the host alone", s.Name, l.Service))
		}
	}
}

// trusts reports whether the firewall lets everything in on a side.
func (s *subject) trusts(side schema.Side) bool {
	for _, t := range s.Firewall.Trusted.Values() {
		if slices.Contains(s.InterfacesOf(side), string(t)) {
			return true
		}
	}
	return false
}

// nothingListens is E2.
func nothingListens(s *subject) {
	for _, l := range s.Listeners() {
		for _, o := range s.Openings {
			if o.Service == schema.Any || o.Service != l.Service || slices.Contains(l.Sides, o.Side) {
				continue
			}
			hint := "take it off the access rule"
			if l.HTTP.IsValid() {
				hint += ", and let a proxy or tunnel of the host bring requests"
			}
			s.report(o.From, s.Path(l.Setting), fmt.Sprintf("%s is open on the side %s, where it does not listen", l.Service, o.Side), hint)
		}
	}
}
