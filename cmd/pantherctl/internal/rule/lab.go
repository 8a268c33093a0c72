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
		{
			ID: "Y4", Title: "a rate limit is not what the document says",
			Severity: Error, Stages: []Stage{Lab}, Concern: "firewall",
			Rationale: "More of one source get through than the limit allows, as with a limit behind a rule that " +
				"accepts, or fewer, or one source uses up what belongs to all.",
			Fix:       "See which rule accepted the packet. A limit must come before every rule that accepts its port.",
			Reference: "nft(8) limit statement",
		},
		{
			ID: "Y5", Title: "a network setting of the kernel reads as something else",
			Severity: Error, Stages: []Stage{Lab}, Concern: "kernel",
			Rationale: "The kernel took the value and made another of it, or another setting of the same host " +
				"overwrites it, so what the document promises is not in force.",
			Fix:       "Find the other setting, or write the value that the kernel makes of it.",
			Reference: "kernel Documentation/networking/ip-sysctl.rst",
		},
		{
			ID: "Y6", Title: "sshd lets in whom the document does not, or refuses whom it does",
			Severity: Error, Stages: []Stage{Lab}, Concern: "ssh",
			Rationale: "A real sshd with the host's own configuration, accounts and groups decided otherwise than the " +
				"document: somebody gets in who should not, or nobody gets in at all.",
			Fix:       "Read the reason that sshd gives, and correct what sets that option, group or key.",
			Reference: "sshd_config(5) AllowUsers, AllowGroups, AuthorizedKeysFile",
		},
		{
			ID: "Y7", Title: "sshd offers what it should not, or cannot be spoken to",
			Severity: Error, Stages: []Stage{Lab}, Concern: "ssh",
			Rationale: "sshd does not start, has no host key that a client could check, offers passwords or weak key " +
				"exchanges, or forwards connections that the document forbids.",
			Fix:       "Read the reason that sshd gives, and correct what sets that option.",
			Reference: "RFC 4253 section 7.1; sshd_config(5)",
		},
		{
			ID: "Y8", Title: "fail2ban does not understand what sshd logs",
			Severity: Error, Stages: []Stage{Lab}, Concern: "fail2ban",
			Rationale: "The filter of the jail finds no failure in the lines that sshd really wrote for refused " +
				"logins, so nobody is ever banned.",
			Fix:       "Set ssh.log_level to VERBOSE, or give the jail a filter for this version of sshd.",
			Reference: "fail2ban-regex(1)",
		},
	}
}
