package check

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// funnelledUnsaid is T23. Access rules are not about the internet at large:
// an expectation says that it is meant to come.
func funnelledUnsaid(s *subject) {
	for _, served := range s.Served {
		name := served.Upstream.Service
		meant := func(e schema.Value[schema.Expectation]) bool {
			return slices.Contains(e.V.From.Values(), schema.Internet) && slices.Contains(e.V.Allow.Values(), name) &&
				slices.ContainsFunc(e.V.To.Values(), func(n schema.Member) bool { return standsFor(n, s.Host) })
		}
		if !served.Funnel || slices.ContainsFunc(s.fleet.Expect.Items, meant) {
			continue
		}
		s.report(served.From, s.servedAt(served)+".funnel", fmt.Sprintf("the whole internet reaches %s by https://%s", served.Upstream, served.Site),
			fmt.Sprintf("say that it is meant, expect: [{ from: internet, to: %s, allow: %s, via: tunnel }], or set funnel: false", s.Name, cmp.Or(string(name), "SERVICE")))
	}
}

// servedToNobody is T24.
func servedToNobody(s *subject) {
	for _, served := range s.Served {
		open := func(o policy.Opening) bool {
			return o.Side == schema.Tailnet && (o.Service == schema.Any || opens(o, "tcp", int(served.Port)))
		}
		if !served.Funnel && !slices.ContainsFunc(s.Openings, open) {
			s.report(served.From, s.servedAt(served), fmt.Sprintf("no access rule lets anybody in the tailnet use port %d, which tailscaled serves", served.Port),
				fmt.Sprintf("add one, { from: …, to: %s, allow: … }, for a service with tcp/%d", s.Name, served.Port))
		}
	}
}

func (s *subject) servedAt(served policy.Served) string {
	return s.entry("tailscale.serve", strconv.Itoa(int(served.Port)))
}
