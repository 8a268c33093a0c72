package rule

// evaluated returns the V rules: where an evaluated host is not what its policy
// says, and no rule of the concern itself says so.
func evaluated() []Rule {
	return []Rule{
		{
			ID: "V1", Title: "an option is not what the policy says",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "fleet",
			Rationale: "Another module sets it with a stronger priority, or the generated module is not imported. " +
				"What the document promises is then not what the host does.",
			Fix:       "Remove the other definition, say it in the document, or waive the finding with a reason.",
			Reference: "NixOS manual, lib.mkForce and lib.mkOverride; nixpkgs lib/modules.nix",
		},
		{
			ID: "V2", Title: "an option of a generated module does not exist",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "fleet",
			Rationale: "The module that declares it is not among the host's imports. Whatever it protects is not " +
				"there.",
			Fix:       "Import the generated folder with the inputs that its default.nix names.",
			Reference: "NixOS manual, modularity",
		},
		{
			ID: "V3", Title: "another module adds to what the policy lets in",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "fleet",
			Rationale: "Lists and texts of several modules are joined. A rule, key or setting that is added " +
				"there counts as much as those the document asks for.",
			Fix:       "Remove what is added, or say it in the document.",
			Reference: "NixOS manual, option types: listOf, lines and attrsOf",
		},
		{
			ID: "V4", Title: "an account has rights that the document does not give",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "users",
			Rationale: "Who can log in and who can become root is what the document is for. An account beside it " +
				"is in nobody's review.",
			Fix:       "Remove the account or its group, or write it in the document.",
			Reference: "NixOS users.users.<name>.extraGroups, users.groups",
		},
		{
			ID: "V5", Title: "everybody on the host can read a secret",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "secrets",
			Rationale: "The store is readable by every user and every service, and a path literal copies its " +
				"file there. So does a mode that lets others read.",
			Fix:       "Name the path of a secret as a string, leave its mode at 0400, and change what was readable.",
			Reference: "nixpkgs#24288; NixOS users.users.<name>.hashedPasswordFile",
		},
		{
			ID: "V6", Title: "an assertion of the host fails",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "fleet",
			Rationale: "NixOS refuses to build the host until the assertion holds. No change reaches it before.",
			Fix:       "Do what the assertion says.",
			Reference: "NixOS manual, assertions",
		},
		{
			ID: "V7", Title: "the guard is turned off",
			Severity: Warning, Stages: []Stage{Evaluated}, Concern: "fleet",
			Rationale: "The guard refuses to build a host that has drifted from its policy. Without it a plain " +
				"rebuild takes whatever the modules say.",
			Fix:       "Remove pantherctl.guard.enable = false, and waive single findings where they are meant.",
			Reference: "nixmodules/guard.nix",
		},
		{
			ID: "V8", Title: "the policy of a host could not be compared",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "fleet",
			Rationale: "Nothing is known of what was not looked at. A host that cannot be evaluated cannot be " +
				"built either.",
			Fix:       "Do what the message says, then check again.",
			Reference: "nix3-eval(1)",
		},
		{
			ID: "V9", Title: "NixOS warns of the host",
			Severity: Info, Stages: []Stage{Evaluated}, Concern: "fleet",
			Rationale: "The host builds. What the warning names is often a protection that has moved or is " +
				"about to go.",
			Fix:       "Do what the warning says.",
			Reference: "NixOS manual, warnings",
		},
	}
}
