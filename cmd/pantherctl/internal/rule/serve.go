package rule

// serves returns the T rules from T23 on: what tailscaled answers itself.
func serves() []Rule {
	return []Rule{
		{
			ID: "T23", Title: "Tailscale Funnel opens a service to the internet, and nothing says that it is meant",
			Severity: Error, Stages: []Stage{Document}, Concern: "tailscale",
			Rationale: "Requests of anybody reach the service, past the packet filter and the access rules. Its own login is " +
				"all that guards it, and its name stands in the public logs of certificates.",
			Fix:       "Expect it, { from: internet, to: HOST, allow: SERVICE, via: tunnel }, or set funnel: false.",
			Reference: "Tailscale documentation kb/1223",
		},
		{
			ID: "T24", Title: "tailscaled serves what nobody may reach",
			Severity: Warning, Stages: []Stage{Document}, Concern: "tailscale",
			Rationale: "What tailscaled serves is in the tailnet like any other port: its policy decides, which is written from " +
				"the access rules. No rule lets anybody use this one.",
			Fix:       "Add an access rule to the host that allows a service with the port, or serve nothing.",
			Reference: "Tailscale documentation kb/1312",
		},
	}
}
