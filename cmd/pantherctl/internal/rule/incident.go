package rule

// incident returns the J rules: what makes an isolated host unreachable, or not isolated.
func incident() []Rule {
	return []Rule{
		{
			ID: "J1", Title: "operators could not come in while the host is isolated",
			Severity: Error, Stages: []Stage{Document}, Concern: "incident",
			Rationale: "The isolation keeps the way of its operators and opens none: the firewall and the tailnet " +
				"policy must let them reach sshd on that side anyway. Otherwise only the console is left.",
			Fix:       "Add an access rule that lets the operators use ssh on that side, or name those whom one lets in.",
			Reference: "nft(8), base chains: an accept holds for its own chain, a drop for good",
		},
		{
			ID: "J2", Title: "nobody is told that a host was isolated",
			Severity: Warning, Stages: []Stage{Document}, Concern: "incident",
			Rationale: "Whoever may start a unit can isolate the host, and a timer may end it. Without notifications " +
				"the others see only a host that does not answer.",
			Fix:       "Set notify.enable: true and name a target.",
			Reference: "NIST SP 800-61 rev. 2, 3.2.7",
		},
		{
			ID: "J3", Title: "Tailscale SSH goes past the isolation",
			Severity: Error, Stages: []Stage{Document}, Concern: "incident",
			Rationale: "tailscaled answers port 22 itself, before the kernel's packet filter sees a packet. An intruder " +
				"who came that way keeps the session and may open another.",
			Fix:       "Set tailscale.ssh: false on hosts that can be isolated.",
			Reference: "Tailscale documentation kb/1193; nft(8)",
		},
	}
}
