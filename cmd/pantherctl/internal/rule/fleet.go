package rule

// fleet returns the B, M, U and W rules: ways back in, and how far a verdict reaches.
func fleet() []Rule {
	return []Rule{
		{
			ID: "B1", Title: "the host is reachable only through the tailnet",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "fleet",
			Rationale: "An expired key, a logout or a wrong policy then ends every remote access. Only a way in " +
				"that was declared beforehand is known to exist.",
			Fix:       "Declare break_glass for the host: a console, or SSH on a second interface.",
			Reference: "Tailscale documentation kb/1028; NixOS networking.firewall.interfaces",
		},
		{
			ID: "M1", Title: "a concern left to your own module is not checked",
			Severity: Info, Stages: []Stage{Document}, Concern: "fleet",
			Rationale: "With mode own the generator emits nothing for it and no stage judges it. A mistake there " +
				"is found when it bites.",
			Fix:       "Nothing to do, or set mode report to have the evaluated and the live host judged.",
			Reference: "NixOS manual, writing NixOS modules",
		},
		{
			ID: "U1", Title: "no administrator can log in at the console",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "users",
			Rationale: "SSH keys do not open a console. If the network is lost, a host without any password can " +
				"only be rescued by booting another system.",
			Fix:       "Give one admin a password secret, or set console_login: false if a rescue system does instead.",
			Reference: "NixOS users.users.<name>.hashedPasswordFile; login(1)",
		},
		{
			ID: "W1", Title: "a waiver has expired",
			Severity: Error, Stages: []Stage{Document}, Concern: "fleet",
			Rationale: "A waiver accepts a finding up to its date. After that date the finding counts again.",
			Fix:       "Fix the finding, or renew the date with a reason.",
			Reference: "NIST SP 800-53 CA-5, plan of action and milestones",
		},
		{
			ID: "W2", Title: "a waiver is not used",
			Severity: Warning, Stages: []Stage{Document, Evaluated, Live}, Concern: "fleet",
			Rationale: "No finding of the rules judged so far matches it. A waiver left behind would hide the " +
				"same finding when it returns.",
			Fix:       "Remove the waiver.",
			Reference: "NIST SP 800-53 CA-5, plan of action and milestones",
		},
		{
			ID: "W3", Title: "a waiver names an unknown rule or host",
			Severity: Error, Stages: []Stage{Document}, Concern: "fleet",
			Rationale: "Such a waiver never matches. The finding it was meant for is reported as if nobody had " +
				"decided.",
			Fix:       "Write the suggested rule or host name.",
			Reference: "NIST SP 800-53 CA-5, plan of action and milestones",
		},
	}
}
