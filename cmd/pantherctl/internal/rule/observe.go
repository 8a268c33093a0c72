package rule

// observe returns the O rules: what is recorded, told and compared on a host.
func observe() []Rule {
	return []Rule{
		{
			ID: "O1", Title: "an audit rule floods the trail",
			Severity: Warning, Stages: []Stage{Document}, Concern: "audit",
			Rationale: "A desktop starts thousands of programs a minute, and a service without a login user any number. " +
				"Recording each fills the trail, overruns its limits and hides the rare event.",
			Fix: "Record execve on servers only, of people who logged in: -F auid>=1000 -F auid!=unset. " +
				"On a desktop add -F euid=0, what they run as root.",
			Reference: "audit.rules(7), performance tips; auditctl(8) -r",
		},
		{
			ID: "O2", Title: "nobody can read the figures of the node exporter",
			Severity: Error, Stages: []Stage{Document}, Concern: "metrics",
			Rationale: "The exporter listens on the tailnet address alone, and the firewall refuses what no access " +
				"rule lets in. It runs for nobody then, or the rule that opens it elsewhere opens nothing.",
			Fix:       "Add an access rule that allows node-exporter over the tailnet, or remove metrics.",
			Reference: "prometheus/node_exporter --web.listen-address; NixOS services.prometheus.exporters.node",
		},
		{
			ID: "O3", Title: "notifications cannot leave the host",
			Severity: Error, Stages: []Stage{Document}, Concern: "notify",
			Rationale: "With egress denied a program reaches only the services that the document names. " +
				"Notifications then wait for good, and silence looks like health.",
			Fix:       "Add https, or for mail submissions, to firewall.egress.allow.",
			Reference: "RFC 8314 3.3, submission with implicit TLS; docs.ntfy.sh, publishing",
		},
		{
			ID: "O4", Title: "a selfcheck that fails tells nobody",
			Severity: Warning, Stages: []Stage{Document}, Concern: "selfcheck",
			Rationale: "Its unit fails when the host is not as generated. Without notifications that shows only to " +
				"those who look.",
			Fix:       "Set notify.enable: true and name a target.",
			Reference: "systemd.unit(5) OnFailure",
		},
		{
			ID: "O5", Title: "a log file stays empty",
			Severity: Warning, Stages: []Stage{Document}, Concern: "logs",
			Rationale: "The program whose messages the file takes does not run on the host. An empty log reads as a " +
				"quiet one.",
			Fix:       "Enable the program, or remove the file.",
			Reference: "rsyslog property-based filters, programname; NIST SP 800-92",
		},
	}
}
