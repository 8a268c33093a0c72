package rule

// upkeep returns the H rules: backups, upgrades, the journal and Wi-Fi.
func upkeep() []Rule {
	return []Rule{
		{
			ID: "H1", Title: "the host's upkeep needs a service that its egress refuses",
			Severity: Error, Stages: []Stage{Document}, Concern: "firewall",
			Rationale: "Backups and upgrades run at night and fail by a timeout. The host looks healthy until " +
				"the backup is needed or the hole in old software is used.",
			Fix:       "Add the service to firewall.egress.allow.",
			Reference: "NixOS services.restic.backups, system.autoUpgrade; nft(8)",
		},
		{
			ID: "H2", Title: "only the host itself can decrypt its backup's password",
			Severity: Error, Stages: []Stage{Document}, Concern: "backup",
			Rationale: "A backup is for the day the host is lost, and the key that decrypts its secrets is lost " +
				"with it. restic has no way around the password.",
			Fix:       "Encrypt the password to a key that lies elsewhere: an administrator's, or one in read_by.",
			Reference: "restic documentation, Preparing a new repository; agenix publicKeys",
		},
		{
			ID: "H3", Title: "the host can remove its own backups",
			Severity: Warning, Stages: []Stage{Document}, Concern: "backup",
			Rationale: "restic forget --prune needs the right to delete, and so the credential on the host has " +
				"it. Ransomware with root's rights removes the backups first.",
			Fix:       "Use storage that only accepts new data, let it remove old snapshots, and set backup.prune: false.",
			Reference: "restic documentation, Removing backup snapshots, Append-only mode; rest-server --append-only",
		},
		{
			ID: "H4", Title: "timers on a wiped root fire again at every boot",
			Severity: Warning, Stages: []Stage{Document, Evaluated}, Concern: "persistence",
			Rationale: "With Persistent=true systemd runs what it missed, and it knows by a stamp in " +
				"/var/lib/systemd/timers. Without the stamps every boot starts a backup and an upgrade.",
			Fix:       "Keep /var/lib/systemd.",
			Reference: "systemd.timer(5) Persistent; impermanence README",
		},
		{
			ID: "H5", Title: "the upgrade runs outside the window it may reboot in",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "upgrade",
			Rationale: "NixOS compares the clock with the window after the build. Outside it and with a new " +
				"kernel it skips the reboot and the switch alike, so fixes are never in use.",
			Fix:       "Move the upgrade into the window, with room for its random delay and the build.",
			Reference: "NixOS system.autoUpgrade.rebootWindow, system.autoUpgrade.dates",
		},
		{
			ID: "H6", Title: "the host upgrades itself from a pinned flake",
			Severity: Warning, Stages: []Stage{Document, Evaluated}, Concern: "upgrade",
			Rationale: "A reference with a revision always gives the same system. The timer succeeds every week " +
				"and the software stays as old as it was.",
			Fix:       "Name a protected branch, and let CI update its lock file.",
			Reference: "Nix manual, flake references; NixOS system.autoUpgrade.flake",
		},
		{
			ID: "H20", Title: "an unattended upgrade is neither confirmed nor taken back",
			Severity: Warning, Stages: []Stage{Document}, Concern: "upgrade",
			Rationale: "An upgrade at night changes sshd, the firewall and the tailnet with nobody watching. A " +
				"mistake in it stays until somebody notices, perhaps by being locked out.",
			Fix: "Let the selfcheck confirm it: upgrade.confirm: true. The host otherwise returns to the system " +
				"that it ran before.",
			Reference: "NixOS system.autoUpgrade; nixos-rebuild(8) --rollback",
		},
		{
			ID: "H21", Title: "no restore of the backup is ever tried",
			Severity: Warning, Stages: []Stage{Document}, Concern: "backup",
			Rationale: "A wrong path, a lost password or a full disk leaves backups that look well and hold " +
				"nothing. Only a restore shows it.",
			Fix:       "Name a sample in backup.drill: a timer restores it, compares it and tells when it differs.",
			Reference: "NIST SP 800-34 rev. 1, 3.5; restic documentation, Restoring from backup",
		},
		{
			ID: "H22", Title: "too few time servers to outvote one that is wrong",
			Severity: Warning, Stages: []Stage{Document}, Concern: "time",
			Rationale: "NTS proves who answers, and not that his clock is right. chrony follows the majority, and " +
				"of two servers neither has it.",
			Fix:       "Name three or more servers of different operators in time.servers.",
			Reference: "RFC 8915; chrony.conf(5) minsources; RFC 5905 11.2",
		},
		{
			ID: "H7", Title: "the journal of a server is gone at a reboot",
			Severity: Warning, Stages: []Stage{Document, Evaluated}, Concern: "journal",
			Rationale: "Storage=volatile keeps the journal in memory. After a crash or an intruder's reboot " +
				"nobody can tell what happened.",
			Fix:       "Keep the journal on disk, or send it to another host.",
			Reference: "journald.conf(5) Storage; systemd-journal-upload(8)",
		},
		{
			ID: "H8", Title: "a fixed address depends on a hardware address that changes",
			Severity: Warning, Stages: []Stage{Document}, Concern: "wifi",
			Rationale: "Routers give fixed leases by hardware address. With a new one at every start the host " +
				"gets another address, and rules that let it in by the declared one do not apply.",
			Fix:       "Set wifi.mac: network, which keeps one address for each network.",
			Reference: "iwd.config(5) AddressRandomization",
		},
		{
			ID: "H9", Title: "two programs remove old generations",
			Severity: Warning, Stages: []Stage{Evaluated}, Concern: "upgrade",
			Rationale: "nh clean and nix.gc run on timers of their own. The one that keeps less decides how far " +
				"back the host can go.",
			Fix:        "Turn one of them off.",
			Guaranteed: "nix.gc is emitted only for hosts without nh.",
			Reference:  "NixOS programs.nh.clean.enable, nix.gc.automatic",
		},
	}
}
