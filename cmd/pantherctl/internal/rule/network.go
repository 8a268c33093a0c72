package rule

// firewall returns the F rules: what lets in more than was declared.
func firewall() []Rule {
	return []Rule{
		{
			ID: "F1", Title: "a whole interface is trusted",
			Severity: Error, Stages: []Stage{Document, Evaluated, Live}, Concern: "firewall",
			Rationale: "trustedInterfaces is the first accept of the input chain: every port of every service, " +
				"ahead of logging and rate limits. On tailscale0 the tailnet policy is then all that " +
				"protects the host.",
			Fix:       "Remove the interface from the trusted list and open single services by access rules.",
			Reference: "NixOS networking.firewall.trustedInterfaces, networking.firewall.interfaces",
		},
		{
			ID: "F2", Title: "access to any service needs declared addresses",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "firewall",
			Rationale: "Port lists open a port to everyone on the interface. A rule for all ports can be limited " +
				"to its sources only by their addresses.",
			Fix:        "Declare the address of every source host, or name the services in the rule.",
			Guaranteed: "A document that lets any service in from sources without addresses is refused.",
			Reference:  "NixOS networking.firewall.extraInputRules; nft(8)",
		},
		{
			ID: "F3", Title: "a port is open on every interface that no access rule opens",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "firewall",
			Rationale: "Many NixOS services have an openFirewall of their own, which opens the port to the " +
				"internet and the LAN alike. The access rules of the document then say too little.",
			Fix:       "Set the service's openFirewall to false, and let an access rule open the port.",
			Reference: "NixOS networking.firewall.allowedTCPPorts, services.openssh.openFirewall",
		},
	}
}

// tailnet returns the T rules: where the tailnet policy, tailscaled and the host disagree.
func tailnet() []Rule {
	return []Rule{
		{
			ID: "T1", Title: "an exit node is offered that nobody may use",
			Severity: Warning, Stages: []Stage{Document}, Concern: "tailscale",
			Rationale: "Using an exit node needs a rule from the user's host to the internet. Without one no " +
				"client sees the exit node.",
			Fix:       "Add an access rule from a role to the internet, or stop offering the exit node.",
			Reference: "Tailscale documentation kb/1103; Tailscale policy autogroup:internet",
		},
		{
			ID: "T2", Title: "a host uses an exit node that is not offered to it",
			Severity: Error, Stages: []Stage{Document}, Concern: "tailscale",
			Rationale: "The client sends all traffic to a node that must advertise itself, be approved and be " +
				"permitted. If one is missing the host has no internet.",
			Fix:       "Make the named host an exit node and permit this host to use it.",
			Reference: "Tailscale documentation kb/1103; kb/1080 tailscale set --exit-node",
		},
		{
			ID: "T3", Title: "an exit node or route is advertised but not approved",
			Severity: Error, Stages: []Stage{Live}, Concern: "tailscale",
			Rationale: "Advertising is a request that the tailnet must approve. A routes approver for 0.0.0.0/0 " +
				"does not approve an exit node, only autoApprovers.exitNode does.",
			Fix: "Push the generated policy, or approve the node in the admin console.",
			Guaranteed: "The generated policy names the tag of every declared exit node and route in " +
				"autoApprovers.",
			Reference: "Tailscale policy autoApprovers; Tailscale documentation kb/1018",
		},
		{
			ID: "T4", Title: "an access rule is not open on the host's firewall",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "tailscale",
			Rationale: "The tailnet policy and the host's firewall must both accept a packet. The rule is " +
				"allowed in one place and dropped in the other.",
			Fix:        "Remove the firewall override, or withdraw the access rule.",
			Guaranteed: "Both sides are emitted from the same access rule.",
			Reference:  "NixOS networking.firewall.interfaces; Tailscale policy grants",
		},
		{
			ID: "T5", Title: "a port is open on the tailnet that no access rule uses",
			Severity: Warning, Stages: []Stage{Evaluated}, Concern: "tailscale",
			Rationale: "The host accepts what the tailnet policy denies today. One change of that policy exposes " +
				"the service.",
			Fix:        "Close the port in the firewall section, or add the access rule that uses it.",
			Guaranteed: "Ports are opened on the tailnet by access rules alone, unless F1 says otherwise.",
			Reference:  "NixOS networking.firewall.interfaces; Tailscale policy grants",
		},
		{
			ID: "T6", Title: "Tailscale SSH takes port 22 away from sshd",
			Severity: Warning, Stages: []Stage{Document, Evaluated, Live}, Concern: "tailscale",
			Rationale: "tailscaled answers port 22 on the tailnet address itself: sshd's keys, users and limits " +
				"do not apply there. Existing SSH connections to that address hang when it is turned on.",
			Fix:       "Turn one of them off: tailscale.ssh or ssh.enable.",
			Reference: "Tailscale documentation kb/1193; kb/1080 tailscale set --ssh",
		},
		{
			ID: "T7", Title: "a Tailscale flag holds a space",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "tailscale",
			Rationale: "Each list element becomes one argument, so \"--login-server URL\" is an unknown flag. The " +
				"autoconnect unit fails and the host does not join.",
			Fix:        "Write the flag as --name=value.",
			Guaranteed: "Every flag is emitted as a single --name=value element.",
			Reference:  "nixpkgs#399572; NixOS services.tailscale.extraUpFlags",
		},
		{
			ID: "T8", Title: "the auth key file lies in the Nix store",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "tailscale",
			Rationale: "A Nix path literal is copied to the store, where every user of the host can read the " +
				"key. The store copy stays until garbage collection.",
			Fix:        "Use a string such as config.age.secrets.NAME.path, and revoke the key.",
			Guaranteed: "Only run-time paths of declared secrets are emitted.",
			Reference:  "NixOS services.tailscale.authKeyFile; nixpkgs#24288",
		},
		{
			ID: "T9", Title: "the node key of the host expires",
			Severity: Warning, Stages: []Stage{Live}, Concern: "tailscale",
			Rationale: "Keys of untagged nodes expire after 180 days by default. The host then leaves the " +
				"tailnet, and with it goes a tailnet-only way in.",
			Fix:       "Tag the node, disable key expiry for it, or sign it in again before the date.",
			Reference: "Tailscale documentation kb/1028, kb/1068",
		},
		{
			ID: "T10", Title: "DNS is allowed over UDP only",
			Severity: Warning, Stages: []Stage{Document}, Concern: "firewall",
			Rationale: "A resolver repeats a query over TCP when the answer was truncated. Without TCP port 53 " +
				"large answers fail.",
			Fix:       "Add tcp/53 to the service.",
			Reference: "RFC 7766",
		},
		{
			ID: "T11", Title: "flags set later keep the host from signing in again",
			Severity: Warning, Stages: []Stage{Evaluated}, Concern: "tailscale",
			Rationale: "tailscale up refuses to run if it does not name every setting changed by tailscale set. " +
				"The autoconnect unit fails at the next login.",
			Fix:        "Add --reset to extraUpFlags and keep the rest in extraSetFlags.",
			Guaranteed: "extraUpFlags is emitted with --reset wherever extraSetFlags is not empty.",
			Reference:  "nixpkgs#509367; NixOS services.tailscale.extraSetFlags",
		},
	}
}
