package check

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// listensForNobody is E1.
func listensForNobody(s *subject) {
	for _, offer := range s.Offers() {
		for _, side := range offer.Sides {
			meets := func(o policy.Opening) bool {
				return o.Side == side && (o.Service == schema.Any || offer.Meets(o))
			}
			if slices.ContainsFunc(s.Openings, meets) || s.trusts(side) {
				continue
			}
			s.report(offer.From, s.Path(offer.Setting), fmt.Sprintf("%s listens on the side %s, and no access rule lets anybody at it from there", offer.Service, side),
				fmt.Sprintf("add an access rule, { from: …, to: %s, allow: %s }, or have it listen on the host alone", s.Name, offer.Service))
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
	for _, offer := range s.Offers() {
		for _, o := range s.Openings {
			if o.Service == schema.Any || o.Service != offer.Service || slices.Contains(offer.Sides, o.Side) {
				continue
			}
			hint := "take it off the access rule"
			if len(offer.Sides) == 0 {
				hint += ": only the host itself reaches it, its proxy or tunnel too"
			}
			s.report(o.From, s.Path(offer.Setting), fmt.Sprintf("%s is open on the side %s, where it does not listen (%s)", offer.Service, o.Side, offer.From.Pos), hint)
		}
	}
}
