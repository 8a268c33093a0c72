package rule

// secrets returns the S rules: secrets that are missing, or readable by all.
func secrets() []Rule {
	return []Rule{
		{
			ID: "S1", Title: "a declared secret has no .age file",
			Severity: Warning, Stages: []Stage{Document, Evaluated, Live}, Concern: "secrets",
			Rationale: "Nix cannot evaluate a host whose encrypted file is missing, or that git does not track " +
				"in a flake. On the host a secret that failed to decrypt is left out of /run/agenix.",
			Fix:       "Create the file with agenix -e and add it to git.",
			Reference: "agenix age.secrets.<name>.file; agenix#297",
		},
		{
			ID: "S2", Title: "a value looks like a secret in clear",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "secrets",
			Rationale: "Everything in the document ends in git and in the Nix store, which every local user can " +
				"read. Known prefixes such as tskey-, ops_ and AGE-SECRET-KEY- are recognised.",
			Fix:        "Revoke the value, store a new one as an encrypted secret and refer to it by name.",
			Guaranteed: "A document with such a value is refused when it is read.",
			Reference:  "nixpkgs#24288; Nix manual, secrets in the store",
		},
		{
			ID: "S3", Title: "a secret is not encrypted to the host's key",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "secrets",
			Rationale: "An .age file names its recipients. After a change of host_keys the old file still " +
				"evaluates, and the host cannot decrypt it at the next activation.",
			Fix:       "Run agenix --rekey after every change of host_keys or read_by.",
			Reference: "agenix --rekey; age(1) recipients; age specification, ssh-ed25519 recipient stanza",
		},
		{
			ID: "S4", Title: "1Password is reached with a token brought by hand",
			Severity: Warning, Stages: []Stage{Document}, Concern: "secrets",
			Rationale: "opnix reads the token of the service account from a file. If nobody has put it there, the " +
				"unit ends without an error and without secrets.",
			Fix:       "Declare the secret opnix-token, an .age file holding the token, or place /etc/opnix-token by hand.",
			Reference: "opnix services.onepassword-secrets.tokenFile",
		},
	}
}
