package check

import (
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func authelia(h *policy.Host) bool {
	return h.Authelia.Mode.V == schema.Generate && h.Authelia.Enable.V
}

// guardsNothing is G5.
func guardsNothing(s *subject) {
	if !slices.ContainsFunc(s.Sites, func(site policy.Site) bool { return site.Auth == string(schema.ByAuthelia) }) {
		s.report(s.Authelia.Enable.From, s.Path("authelia.enable"), "no site asks Authelia before it lets a visitor in",
			"set auth: authelia for a site, or remove authelia")
	}
}
