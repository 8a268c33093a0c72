package check

import (
	"fmt"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func metrics(h *policy.Host) bool { return h.Metrics.Mode.V == schema.Generate && h.Metrics.Enable.V }

// figuresForNobody is O2.
func figuresForNobody(s *subject) {
	elsewhere := schema.Origin{}
	for _, o := range s.Openings {
		switch {
		case o.Side == schema.Tailnet && (o.Service == schema.Any || opens(o, "tcp", policy.MetricsPort)):
			return
		case opens(o, "tcp", policy.MetricsPort):
			elsewhere = o.From
		}
	}
	for _, t := range s.Firewall.Trusted.Values() {
		if t == policy.TailnetInterface {
			return
		}
	}
	message := "nobody may read the figures: no access rule lets anybody at node-exporter over the tailnet"
	if elsewhere.IsSet() {
		message += fmt.Sprintf("; the rule at %s opens the port where nothing listens", elsewhere.Pos)
	}
	s.report(s.Metrics.Enable.From, s.Path("metrics.enable"), message,
		fmt.Sprintf("add an access rule, { from: …, to: %s, allow: node-exporter }, or remove metrics", s.Name))
}
