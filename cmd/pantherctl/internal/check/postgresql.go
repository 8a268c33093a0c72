package check

import (
	"net/netip"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func postgresql(h *policy.Host) bool {
	return h.PostgreSQL.Mode.V == schema.Generate && h.PostgreSQL.Enable.V
}

// databaseForTailnet is E6.
func databaseForTailnet(s *subject) {
	whole := func(n netip.Prefix) bool { return !n.IsSingleIP() }
	if slices.ContainsFunc(s.DatabaseClients, whole) {
		s.report(s.PostgreSQL.Tailnet.From, s.Path("postgresql.tailnet"), "the database takes passwords from the whole tailnet: somebody whom access rules let at it has no declared address",
			"declare the addresses of all hosts and devices that may reach it")
	}
}
