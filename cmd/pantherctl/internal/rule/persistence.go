package rule

// persistence returns the P rules: what an ephemeral root file system loses.
func persistence() []Rule {
	return []Rule{
		{
			ID: "P1", Title: "the state of an enabled service would be wiped",
			Severity: Error, Stages: []Stage{Document, Evaluated, Live}, Concern: "persistence",
			Rationale: "A service's StateDirectory below an ephemeral root is empty after every boot. Databases, " +
				"certificates and ban lists go with it, and neither NixOS nor impermanence warns.",
			Fix:       "Add the directory to the persistence section, or declare that its loss is accepted.",
			Reference: "systemd.exec(5) StateDirectory; impermanence#10",
		},
		{
			ID: "P2", Title: "a dynamic user's state is persisted at the wrong path",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "persistence",
			Rationale: "With DynamicUser the state lives in /var/lib/private/NAME, and /var/lib/NAME must be " +
				"systemd's own link. A bind mount there keeps the service from starting.",
			Fix:       "Persist /var/lib/private/NAME, with /var/lib/private at mode 0700.",
			Reference: "systemd.exec(5) DynamicUser; impermanence#93, impermanence#230",
		},
		{
			ID: "P3", Title: "passwords would not survive a reboot",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "persistence",
			Rationale: "/etc/shadow is replaced by rename, so it cannot be persisted as a file. A password set " +
				"with passwd is gone after the next boot of an ephemeral root.",
			Fix:       "Give users a password secret, and take the file off the persistence section.",
			Reference: "NixOS users.mutableUsers, users.users.<name>.hashedPasswordFile; impermanence#122",
		},
		{
			ID: "P4", Title: "the root is rolled back before a resume from hibernation",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "persistence",
			Rationale: "Changing a file system that a hibernated kernel still has mounted corrupts it. The " +
				"rollback must come after the resume, which local-fs-pre.target orders.",
			Fix:        "Order the rollback unit after local-fs-pre.target, or remove the resume device.",
			Guaranteed: "The emitted rollback unit is ordered after local-fs-pre.target.",
			Reference:  "impermanence#250; bootup(7); systemd.special(7) local-fs-pre.target",
		},
	}
}
