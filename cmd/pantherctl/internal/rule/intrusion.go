package rule

// intrusion returns the N rules: what was meant to keep intruders out or to
// notice them, and does not.
func intrusion() []Rule {
	return []Rule{
		{
			ID: "N1", Title: "IPv6 is turned off in the kernel only",
			Severity: Warning, Stages: []Stage{Document}, Concern: "network",
			Rationale: "The firewall, sshd, resolvers and the tailnet still count on IPv6. With ipv6.disable=1 " +
				"not even its sysctls exist.",
			Fix:       "Set network.ipv6: false, which all of them follow.",
			Reference: "NixOS networking.enableIPv6; Linux Documentation/networking/ipv6.rst disable",
		},
		{
			ID: "N2", Title: "the internet reaches sshd and nobody is banned",
			Severity: Warning, Stages: []Stage{Document}, Concern: "fail2ban",
			Rationale: "Whoever guesses may go on for ever: sshd itself makes an address wait, and forgets it " +
				"within minutes.",
			Fix:       "Set fail2ban.when: auto, or take sshd off the internet.",
			Reference: "jail.conf(5) bantime.increment; sshd_config(5) PerSourcePenalties",
		},
		{
			ID: "N3", Title: "AppArmor is on and confines nothing",
			Severity: Warning, Stages: []Stage{Document, Evaluated}, Concern: "apparmor",
			Rationale: "NixOS ships no policy. Without one the kernel loads AppArmor and every program stays " +
				"unconfined.",
			Fix:       "Name the packages to confine in apparmor.policies, or turn it off.",
			Reference: "NixOS security.apparmor.policies; apparmor.d(5)",
		},
		{
			ID: "N4", Title: "a host of high security never verifies its programs",
			Severity: Warning, Stages: []Stage{Document}, Concern: "integrity",
			Rationale: "A program changed in the store, by a fault of the disk or by an intruder, runs until " +
				"somebody looks.",
			Fix:       "Set integrity.enable: true.",
			Reference: "Nix manual, nix store verify",
		},
	}
}
