package rule

// web returns the G rules: sites, their certificates and who may see them.
func web() []Rule {
	return []Rule{
		{
			ID: "G1", Title: "nobody can reach the sites of a proxy",
			Severity: Error, Stages: []Stage{Document}, Concern: "caddy",
			Rationale: "The proxy listens on port 443, and the firewall refuses what no access rule lets in. Its sites " +
				"answer nobody then.",
			Fix:       "Add an access rule that allows https, or remove the proxy.",
			Reference: "NixOS networking.firewall; RFC 9110 4.2.2",
		},
		{
			ID: "G2", Title: "a site has no way to a certificate",
			Severity: Error, Stages: []Stage{Document}, Concern: "caddy",
			Rationale: "Without the DNS plugin Caddy proves a name by answering the authority on port 80 or 443. Where " +
				"the internet reaches neither, it never gets a certificate, and browsers get no answer.",
			Fix:       "Set caddy.plugin: true, or name the site in certificates.domains.",
			Reference: "RFC 8555 8.3 and 8.4; caddyserver.com, automatic HTTPS, ACME challenges",
		},
		{
			ID: "G3", Title: "requests of a site leave the host in clear",
			Severity: Warning, Stages: []Stage{Document}, Concern: "caddy",
			Rationale: "The proxy ends TLS and sends requests on to another machine by plain HTTP, passwords and " +
				"cookies with them. Whoever is on the way reads and changes them.",
			Fix:       "Write an https address, or one in the tailnet, which encrypts.",
			Reference: "RFC 9110 17.1; NIST SP 800-52 rev. 2",
		},
		{
			ID: "G4", Title: "a certificate that ends tells nobody",
			Severity: Warning, Stages: []Stage{Document}, Concern: "certificates",
			Rationale: "A timer looks for certificates that were not renewed, and its unit fails. Without notifications " +
				"that shows only to those who look.",
			Fix:       "Set notify.enable: true and name a target.",
			Reference: "systemd.unit(5) OnFailure; letsencrypt.org, integration guide",
		},
		{
			ID: "G5", Title: "Authelia guards nothing",
			Severity: Warning, Stages: []Stage{Document}, Concern: "authelia",
			Rationale: "No site asks Authelia before it lets a visitor in. It runs, and every site is open to whoever " +
				"reaches the proxy.",
			Fix:       "Set auth: authelia for the sites that it should guard, or remove Authelia.",
			Reference: "authelia.com, introduction to access control",
		},
		{
			ID: "G6", Title: "the release cannot build Caddy with a plugin",
			Severity: Error, Stages: []Stage{Document}, Concern: "caddy",
			Rationale: "Before 25.05 nixpkgs has no withPlugins. The configuration does not evaluate, and Caddy as it is " +
				"there cannot prove names by DNS.",
			Fix:       "Set caddy.plugin: false and keep certificates in certificates.domains, or move to 25.05.",
			Reference: "NixOS 25.05 release notes, caddy.withPlugins",
		},
		{
			ID: "G7", Title: "a guarded service can be reached past its guard",
			Severity: Warning, Stages: []Stage{Document}, Concern: "authelia",
			Rationale: "One site asks Authelia, and another, a tunnel or tailscaled leads to the same service and asks " +
				"nobody. Only proxies take Remote-User from what a visitor sends, so he can say himself who he is.",
			Fix:       "Lead the tunnel to the proxy, guard the other site too, or accept it with a waiver.",
			Reference: "authelia.com, Integration, Trusted Header SSO",
		},
	}
}
