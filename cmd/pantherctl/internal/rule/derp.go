package rule

// relays returns the T rules from T20 on: relays of the fleet's own, and SSH
// by the tailnet alone.
func relays() []Rule {
	return []Rule{
		{
			ID: "T20", Title: "a DERP server is in no region",
			Severity: Warning, Stages: []Stage{Document}, Concern: "tailscale",
			Rationale: "Clients use the relays of the tailnet's derpMap and know no other. A server that is not in it " +
				"runs for nobody, and is one more service on the internet.",
			Fix:       "Name the host in a region of derp.regions, or remove tailscale.relay.",
			Reference: "Tailscale documentation kb/1118",
		},
		{
			ID: "T21", Title: "clients cannot reach a DERP server",
			Severity: Error, Stages: []Stage{Document}, Concern: "tailscale",
			Rationale: "Clients need a relay before they reach the tailnet, by TCP 443 and for STUN by UDP 3478. Port 80 " +
				"is where Let's Encrypt looks before it gives a certificate.",
			Fix:       "Add an access rule from wan to the host that allows derp.",
			Reference: "Tailscale documentation kb/1118; NixOS services.tailscale.derper",
		},
		{
			ID: "T22", Title: "Tailscale SSH is the way in, and lets nobody in",
			Severity: Error, Stages: []Stage{Document}, Concern: "tailscale",
			Rationale: "With sshd off tailscaled alone answers. It lets in whom the tailnet's ssh rules name and denies " +
				"everybody else, whatever keys they hold.",
			Fix:       "Add an access rule that lets a user of the document use ssh on the host, or enable sshd.",
			Reference: "Tailscale documentation kb/1193; Tailscale policy ssh",
		},
	}
}
