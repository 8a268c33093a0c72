package rule

// running returns the Q rules: where a running host is not what was built for
// it, has failed or has grown old.
func running() []Rule {
	return []Rule{
		{
			ID: "Q1", Title: "sshd is not configured as the policy says",
			Severity: Error, Stages: []Stage{Live}, Concern: "ssh",
			Rationale: "The file that sshd reads was changed, or is that of another system. Who may log in, and how, is no " +
				"longer what the document says.",
			Fix:       "Deploy the host again, and find out who changed it.",
			Reference: "sshd(8), options -T and -G; sshd_config(5)",
		},
		{
			ID: "Q2", Title: "the loaded packet filter is not the one that was built",
			Severity: Error, Stages: []Stage{Live}, Concern: "firewall",
			Rationale: "Rules that somebody adds by hand count as much as those of the document, and last until the next " +
				"reload. Nobody reviews them.",
			Fix:       "Load the declared ruleset with systemctl reload nftables, and find out who changed it.",
			Reference: "nft(8), list ruleset",
		},
		{
			ID: "Q3", Title: "a boot parameter is not in force",
			Severity: Error, Stages: []Stage{Live}, Concern: "kernel",
			Rationale: "The kernel reads its parameters once. Until it is started with them, what they protect is open.",
			Fix:       "Restart the host. If that does not help, look at the entry of the boot loader.",
			Reference: "Linux Documentation/admin-guide/kernel-parameters.txt; proc_cmdline(5)",
		},
		{
			ID: "Q4", Title: "a blocked kernel module is loaded",
			Severity: Error, Stages: []Stage{Live}, Concern: "kernel",
			Rationale: "Modules are blocked because of the holes they have had. One that is loaded all the same was loaded " +
				"by root, or before the block.",
			Fix:       "Find out who loaded it, remove it with modprobe -r, or restart the host.",
			Reference: "modprobe.d(5); proc_modules(5)",
		},
		{
			ID: "Q5", Title: "a program listens where no access rule lets anybody in",
			Severity: Warning, Stages: []Stage{Live}, Concern: "firewall",
			Rationale: "The firewall keeps it from being reached, as long as it is loaded and nobody is inside its lines. A " +
				"program that nobody asked for is also how an intruder stays.",
			Fix:       "Stop the program, have it listen on 127.0.0.1, or write an access rule.",
			Reference: "ss(8)",
		},
		{
			ID: "Q6", Title: "a unit has failed",
			Severity: Error, Stages: []Stage{Live}, Concern: "fleet",
			Rationale: "What the unit does is not done: nothing is filtered, backed up, fetched or told, depending on which " +
				"it is.",
			Fix:       "Read systemctl status and the journal of the unit.",
			Reference: "systemctl(1), list-units",
		},
		{
			ID: "Q7", Title: "the host is not in the tailnet as the document says",
			Severity: Error, Stages: []Stage{Live}, Concern: "tailscale",
			Rationale: "Access rules open ports in the tailnet, by addresses. Nobody comes in by them if the host is not " +
				"there, or has another address.",
			Fix:       "Log in at the host's console, and read what tailscale status says.",
			Reference: "Tailscale CLI, tailscale status",
		},
		{
			ID: "Q8", Title: "a certificate has expired",
			Severity: Error, Stages: []Stage{Live}, Concern: "secrets",
			Rationale: "Clients refuse the server from then on. Users who learn to click that away are easy prey.",
			Fix:       "Renew it, and find out why nothing did.",
			Reference: "RFC 5280, section 4.1.2.5; ssh-keygen(1), certificates",
		},
		{
			ID: "Q9", Title: "a certificate expires soon",
			Severity: Warning, Stages: []Stage{Live}, Concern: "secrets",
			Rationale: "What renews it should have done so by now.",
			Fix:       "Read the journal of what renews it.",
			Reference: "RFC 5280, section 4.1.2.5; NixOS security.acme",
		},
		{
			ID: "Q10", Title: "the host does not run what the document says",
			Severity: Error, Stages: []Stage{Live}, Concern: "fleet",
			Rationale: "A change of the document protects nothing before it is generated, evaluated, built and activated. " +
				"One that is not the default is gone after a restart.",
			Fix:       "Do what the message says for the step that is missing.",
			Reference: "NixOS manual, changing the configuration",
		},
		{
			ID: "Q11", Title: "the host has to be restarted",
			Severity: Warning, Stages: []Stage{Live}, Concern: "fleet",
			Rationale: "A running kernel does not change. The holes that the new one closes are open until the host is " +
				"restarted with it.",
			Fix:       "Restart the host at a time that suits its users.",
			Reference: "NixOS /run/booted-system and /run/current-system",
		},
		{
			ID: "Q12", Title: "the last backup is too old",
			Severity: Error, Stages: []Stage{Live}, Concern: "backup",
			Rationale: "What was written since is lost with the disk. A backup that stopped in silence is found on the day " +
				"it is needed.",
			Fix:       "Read the journal of the backup, and start it.",
			Reference: "NixOS services.restic.backups; systemd.timer(5)",
		},
		{
			ID: "Q13", Title: "an account, a membership or a key is missing",
			Severity: Error, Stages: []Stage{Live}, Concern: "users",
			Rationale: "Somebody whom the document lets in cannot log in or become root. It may be the one who would deploy " +
				"the cure.",
			Fix:       "Deploy the host again.",
			Reference: "NixOS users.users; sshd(8), AUTHORIZED_KEYS FILE FORMAT",
		},
		{
			ID: "Q14", Title: "the host is isolated",
			Severity: Warning, Stages: []Stage{Live}, Concern: "incident",
			Rationale: "An operator cut it off because somebody may have broken in. Until it is released it serves nobody.",
			Fix:       "Look into it, and release it: pantherctl incident release.",
			Reference: "systemctl status pantherctl-lockdown",
		},
		{
			ID: "Q15", Title: "the host has not been restarted since it changed",
			Severity: Info, Stages: []Stage{Live}, Concern: "fleet",
			Rationale: "Kernel, initrd and modules are those it was started with, so nothing is open. Only a restart shows " +
				"that the new system starts.",
			Fix:       "Nothing needs to be done.",
			Reference: "NixOS /run/booted-system and /run/current-system",
		},
	}
}
