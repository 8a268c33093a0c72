package rule

// sshClient returns the C rules: what ssh does on a host.
func sshClient() []Rule {
	return []Rule{
		{
			ID: "C1", Title: "the agent of 1Password on a host without a desktop",
			Severity: Warning, Stages: []Stage{Document}, Concern: "sshclient",
			Rationale: "The agent runs inside the desktop application, and asks there whether a key may be used. " +
				"On a server nobody answers, and IdentityAgent hides every other agent.",
			Fix:       "Set agent: 1password on workstations only.",
			Reference: "ssh_config(5) IdentityAgent; 1Password developer documentation, SSH agent",
		},
	}
}
