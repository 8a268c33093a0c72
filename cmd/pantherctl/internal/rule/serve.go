package rule

// serves returns the T rules from T23 on: what tailscaled answers itself, and
// networks behind routers.
func serves() []Rule {
	return []Rule{
		{
			ID: "T23", Title: "the internet reaches a service by Tailscale Funnel, unsaid",
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
		{
			ID: "T25", Title: "a subnet router carries what nobody may send",
			Severity: Warning, Stages: []Stage{Document}, Concern: "tailscale",
			Rationale: "A route opens nothing: the tailnet's policy does. Without an access rule no member is offered the way, " +
				"and the host forwards for the day on which somebody else's rule is too wide.",
			Fix:       "Name the network in networks and in an access rule, or take it off tailscale.routes.",
			Reference: "Tailscale documentation kb/1019",
		},
		{
			ID: "T26", Title: "an access rule leads to a network that no router does",
			Severity: Error, Stages: []Stage{Document}, Concern: "tailscale",
			Rationale: "The tailnet grants it, and nobody gets there. Whoever comes to advertise the network carries the " +
				"traffic that is meant for it.",
			Fix:       "Add the network to tailscale.routes of the host that is in it, or remove the rule.",
			Reference: "Tailscale documentation kb/1019",
		},
	}
}
