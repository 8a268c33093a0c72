package rule

// lab returns the Y rules: what real packets showed.
func lab() []Rule {
	return []Rule{
		{
			ID: "Y1", Title: "packets get through where reach says it is closed",
			Severity: Error, Stages: []Stage{Lab}, Concern: "firewall",
			Rationale: "The kernel, given the host's own ruleset, lets in what no access rule opens. The story " +
				"names the rule that accepted the packet.",
			Fix:       "Find the module that adds that rule, with pantherctl check, and take it out.",
			Reference: "nft(8) monitor trace",
		},
		{
			ID: "Y2", Title: "packets are kept out where reach says it is open",
			Severity: Error, Stages: []Stage{Lab}, Concern: "firewall",
			Rationale: "What an access rule promises does not arrive, so a service or the way to administer the " +
				"host is lost. The story names the rule that dropped the packet.",
			Fix:       "Find the module that adds that rule, with pantherctl check, and take it out.",
			Reference: "nft(8) monitor trace",
		},
		{
			ID: "Y3", Title: "the kernel refuses a ruleset",
			Severity: Error, Stages: []Stage{Lab}, Concern: "firewall",
			Rationale: "A ruleset is loaded as a whole or not at all. The host would start without a firewall, or " +
				"with that of its last start.",
			Fix:       "Correct the rule that nft names.",
			Reference: "nft(8); NixOS networking.nftables.checkRuleset",
		},
	}
}
