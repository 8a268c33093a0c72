package rule

// exposed returns the E rules: services that a host offers, and who comes to
// them.
func exposed() []Rule {
	return []Rule{
		{
			ID: "E1", Title: "a service listens for nobody",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "firewall",
			Rationale: "It listens on a side of the host from which no access rule lets anybody in. It runs for nobody " +
				"then, and stands open on the day that the firewall does.",
			Fix:       "Add an access rule that allows the service over that side, or have it listen on the host alone.",
			Reference: "NIST SP 800-123 4.2.1; PostgreSQL manual, listen_addresses",
		},
		{
			ID: "E2", Title: "a port is open where its service does not listen",
			Severity: Error, Stages: []Stage{Document}, Concern: "firewall",
			Rationale: "The access rule lets somebody at a port of the host on a side where the service is not. Nobody is " +
				"served, and whatever takes the port there later is open at once.",
			Fix:       "Have the service listen on that side, or take it off the access rule.",
			Reference: "NIST SP 800-41 rev. 1, 4.1; systemd.exec(5)",
		},
		{
			ID: "E3", Title: "the name server's web interface has no password",
			Severity: Warning, Stages: []Stage{Document}, Concern: "adguard",
			Rationale: "Every program of the host, and every page that gets one of them to send a request, can decide " +
				"what names mean for the whole network until the next start.",
			Fix:       "Name a secret with the hash of a password in adguard.password.",
			Reference: "AdguardTeam/AdGuardHome wiki, Configuration, users",
		},
		{
			ID: "E4", Title: "strangers can make accounts on the password server",
			Severity: Warning, Stages: []Stage{Document}, Concern: "vaultwarden",
			Rationale: "Whoever reaches Vaultwarden can sign up. That is needed for the first account alone, as there " +
				"is no admin page that could invite it.",
			Fix:       "Set vaultwarden.signups: false once the first accounts are made.",
			Reference: "dani-garcia/vaultwarden wiki, Hardening Guide; NixOS option services.vaultwarden.config",
		},
		{
			ID: "E5", Title: "a tunnel leads the internet to an administration page",
			Severity: Error, Stages: []Stage{Document}, Concern: "cloudflared",
			Rationale: "Requests come by the tunnel past the firewall and every access rule. A page from which others " +
				"are managed has then nothing but its own password between it and everybody.",
			Fix:       "Take the host name off cloudflared.ingress, and reach the page over the tailnet.",
			Reference: "developers.cloudflare.com, Cloudflare Tunnel, ingress rules",
		},
		{
			ID: "E6", Title: "a database takes passwords from the whole tailnet",
			Severity: Warning, Stages: []Stage{Document}, Concern: "postgresql",
			Rationale: "PostgreSQL lets a role in from the addresses of those whom access rules name. Where one of them " +
				"has none, every member of the tailnet that its rules let through may try passwords.",
			Fix:       "Declare the tailnet addresses of the hosts and devices that reach it.",
			Reference: "PostgreSQL manual, 21.1 The pg_hba.conf File",
		},
	}
}
