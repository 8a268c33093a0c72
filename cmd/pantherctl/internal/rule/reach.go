package rule

// reach returns the R and X rules: permissions that lead nowhere or further
// than meant, and what the document expects of them.
func reach() []Rule {
	return []Rule{
		{
			ID: "R1", Title: "an access rule grants what the host refuses",
			Severity: Warning, Stages: []Stage{Document, Evaluated}, Concern: "firewall",
			Rationale: "The tailnet's policy allows it and the host's firewall does not, so nobody gets in. The day " +
				"the host opens the port for another reason, the forgotten permission holds.",
			Fix:       "Withdraw the service from the rule, or let the host offer it.",
			Reference: "Tailscale policy grants; NixOS networking.firewall.interfaces",
		},
		{
			ID: "R2", Title: "a host lets in what the tailnet grants nobody",
			Severity: Warning, Stages: []Stage{Document, Evaluated}, Concern: "firewall",
			Rationale: "Only the tailnet's policy stands between the port and every member of the tailnet. One " +
				"change of that policy opens it, and no change of the host is needed.",
			Fix:       "Withdraw the rule that opens the port, or name somebody in the tailnet who uses it.",
			Reference: "Tailscale policy grants; NixOS networking.firewall.interfaces",
		},
		{
			ID: "R3", Title: "an access rule that nobody can use",
			Severity: Warning, Stages: []Stage{Document}, Concern: "fleet",
			Rationale: "No member that the rule names can send to a host that it names. It was meant for " +
				"somebody who now goes without, or it waits for a host that gets more than was thought of.",
			Fix:       "Remove the rule, or name a side and members that meet.",
			Reference: "Tailscale policy grants; NIST SP 800-53 AC-6, least privilege",
		},
		{
			ID: "R4", Title: "the source's firewall refuses what an access rule lets in",
			Severity: Warning, Stages: []Stage{Document, Evaluated}, Concern: "firewall",
			Rationale: "The target is open for a host whose own firewall does not let the service out, because " +
				"egress is denied. The rule opens a port that the host it names cannot use.",
			Fix:       "Add the service to firewall.egress.allow of the source, or withdraw the rule.",
			Reference: "nft(8), output hook",
		},
		{
			ID: "X1", Title: "an expectation does not hold",
			Severity: Error, Stages: []Stage{Document, Evaluated, Live}, Concern: "fleet",
			Rationale: "The document states who must or must not reach whom, and its access rules, roles and " +
				"interfaces do otherwise. One of the two is a mistake.",
			Fix:       "Change the rule that the finding names, or the expectation if it asks too much.",
			Reference: "Tailscale policy tests; nft(8)",
		},
		{
			ID: "X2", Title: "an expectation that cannot fail",
			Severity: Warning, Stages: []Stage{Document}, Concern: "fleet",
			Rationale: "It names nobody who could send, or a way that no two of them have in common. It holds " +
				"whatever the rules say, and guards nothing.",
			Fix:       "Name members and a way that exist, or remove the statement.",
			Reference: "Tailscale policy tests",
		},
		{
			ID: "X3", Title: "an expectation that nobody can judge",
			Severity: Warning, Stages: []Stage{Document}, Concern: "fleet",
			Rationale: "It is about a host whose firewall is left to a module of its own. What that lets in is " +
				"not in the document.",
			Fix:       "Set firewall.mode: generate or report there, or give reach the facts of the evaluated host.",
			Reference: "NixOS networking.firewall",
		},
	}
}
