package rule

// ssh returns L1 to L23: single sshd settings that refuse a login sshd -t promises.
func ssh() []Rule {
	return []Rule{
		{
			ID: "L1", Title: "a required user passes one of AllowUsers and AllowGroups only",
			Severity: Error, Stages: []Stage{Document, Evaluated, Live}, Concern: "ssh",
			Rationale: "sshd requires both lists where both are set, and DenyUsers and DenyGroups win over them. " +
				"An empty allowed group beside AllowUsers locks everybody out.",
			Fix:       "Leave AllowUsers out, or put the user in the allowed group too.",
			Reference: "sshd_config(5) AllowUsers, AllowGroups, DenyUsers, DenyGroups",
		},
		{
			ID: "L2", Title: "an allowed group has no member or does not exist",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "ssh",
			Rationale: "AllowGroups compares names exactly, with case, against the primary and the extra groups. " +
				"A name that does not exist is accepted by sshd -t and matches nobody.",
			Fix:        "Correct the name, or add the group to users.users.<name>.extraGroups.",
			Guaranteed: "The login group and its members are emitted from the same list of users.",
			Reference:  "sshd_config(5) AllowGroups; NixOS users.users.<name>.extraGroups",
		},
		{
			ID: "L3", Title: "root may log in, yet is not among the allowed users",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "ssh",
			Rationale: "AllowUsers and AllowGroups apply to root too. AllowGroups wheel refuses root even with " +
				"PermitRootLogin prohibit-password.",
			Fix:       "Give root access to the ssh service, or turn root login off in the ssh section.",
			Reference: "sshd_config(5) PermitRootLogin, AllowGroups",
		},
		{
			ID: "L4", Title: "an AllowUsers pattern matches nobody or not the deploy address",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "ssh",
			Rationale: "USER@CIDR admits a user from that network only. The list is split at spaces, so an entry " +
				"with a comma matches nobody.",
			Fix:        "Write one entry per name, and let the firewall restrict source addresses.",
			Guaranteed: "No AllowUsers patterns are emitted: sources are restricted by the firewall.",
			Reference:  "sshd_config(5) AllowUsers, PATTERNS in ssh_config(5)",
		},
		{
			ID: "L5", Title: "the deployment logs in as root, which sshd refuses",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "ssh",
			Rationale: "PermitRootLogin no refuses root with any key. forced-commands-only refuses a plain root " +
				"login as well.",
			Fix:        "Name a deploy user other than root for the host.",
			Guaranteed: "Deployments log in as the declared deploy user, who is never root.",
			Reference:  "sshd_config(5) PermitRootLogin; nixos-rebuild(8) --target-host",
		},
		{
			ID: "L6", Title: "a required user has no usable key",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "ssh",
			Rationale: "A key counts only if it parses, its blob has the declared type, and no option such as " +
				"command=, a past expiry-time or a foreign from= stands in the way. sshd skips a bad line " +
				"without failing.",
			Fix:       "Write a complete public key line for the user, without options that restrict the login.",
			Reference: "sshd(8) AUTHORIZED_KEYS FILE FORMAT",
		},
		{
			ID: "L7", Title: "a user's key algorithm or size is not accepted",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "ssh",
			Rationale: "A list of Ed25519 alone refuses the ECDSA keys of phones and every RSA key. RSA keys " +
				"below RequiredRSASize are refused too.",
			Fix:       "Give the user an Ed25519 key, or one on a security key.",
			Reference: "sshd_config(5) PubkeyAcceptedAlgorithms, RequiredRSASize",
		},
		{
			ID: "L8", Title: "sshd looks for keys where NixOS does not write them",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "ssh",
			Rationale: "NixOS writes declared keys to /etc/ssh/authorized_keys.d/%u. An AuthorizedKeysFile " +
				"without that path, or with an unknown token, passes sshd -t and refuses every key.",
			Fix:        "Remove the override of services.openssh.authorizedKeysFiles.",
			Guaranteed: "AuthorizedKeysFile is left to the NixOS module, which names the right path.",
			Reference:  "sshd_config(5) AuthorizedKeysFile, StrictModes, TOKENS",
		},
		{
			ID: "L9", Title: "PAM is off and a user's password is locked",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "ssh",
			Rationale: "Without PAM sshd treats a locked password as a locked account and refuses the key. NixOS " +
				"locks the password of every user who has none.",
			Fix:        "Remove the override that sets services.openssh.settings.UsePAM to false.",
			Guaranteed: "UsePAM is never emitted as false.",
			Reference:  "sshd_config(5) UsePAM; shadow(5)",
		},
		{
			ID: "L10", Title: "a required user has no working login shell",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "users",
			Rationale: "sshd refuses a user whose shell does not exist on the host. A nologin shell ends the " +
				"session at once.",
			Fix:        "Enable the shell's program in NixOS, or leave the user's shell at its default.",
			Guaranteed: "A declared shell is emitted together with the option that installs it.",
			Reference:  "NixOS users.users.<name>.shell, programs.fish.enable, programs.zsh.enable",
		},
		{
			ID: "L11", Title: "AuthenticationMethods asks for what no user can give",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "ssh",
			Rationale: "publickey,publickey asks for two different keys and passes sshd -t. A method that is " +
				"disabled keeps sshd from starting.",
			Fix:        "Set AuthenticationMethods to publickey, or give the users what the list asks for.",
			Guaranteed: "AuthenticationMethods is always emitted as publickey.",
			Reference:  "sshd_config(5) AuthenticationMethods",
		},
		{
			ID: "L12", Title: "HostKeyAlgorithms matches no configured host key",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "ssh",
			Rationale: "sshd starts and every client ends with no matching host key type. A certificate " +
				"algorithm needs a host certificate.",
			Fix:        "Add the algorithm of a configured host key, such as ssh-ed25519.",
			Guaranteed: "The list is derived from the types of the emitted host keys.",
			Reference:  "sshd_config(5) HostKeyAlgorithms, HostKey; ssh(1) -Q HostKeyAlgorithms",
		},
		{
			ID: "L13", Title: "sshd has no usable host key",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "ssh",
			Rationale: "sshd exits if no private key can be loaded, and ignores one that others may read. sshd " +
				"-G does not load keys, so the build does not notice.",
			Fix:        "Keep one ed25519 host key in services.openssh.hostKeys, readable by root alone.",
			Guaranteed: "One ed25519 host key is always emitted.",
			Reference:  "sshd_config(5) HostKey; NixOS services.openssh.hostKeys",
		},
		{
			ID: "L14", Title: "sshd listens only on an address that appears later",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "ssh",
			Rationale: "sshd exits with \"Cannot bind any address\" if none of its addresses exists at start. A " +
				"tailnet address appears only once tailscaled is connected.",
			Fix:        "Remove ListenAddress and restrict the interface with the firewall.",
			Guaranteed: "No ListenAddress is emitted: the firewall decides per interface.",
			Reference:  "sshd_config(5) ListenAddress; NixOS services.openssh.listenAddresses",
		},
		{
			ID: "L15", Title: "no interface lets a port of sshd in",
			Severity: Error, Stages: []Stage{Document, Evaluated, Live}, Concern: "firewall",
			Rationale: "sshd runs, and the firewall drops every connection to it. With openFirewall false the " +
				"port must be opened by name on some interface.",
			Fix:       "Let an access rule open the ssh service on an interface of this host.",
			Reference: "NixOS services.openssh.ports, networking.firewall.interfaces",
		},
		{
			ID: "L16", Title: "an SSH limit is too low to work with",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "ssh",
			Rationale: "MaxSessions 0 gives nobody a shell and passes sshd -t. LoginGraceTime of a second or two ends each login, MaxStartups 1 or " +
				"PerSourceMaxStartups 1 lets one half-open connection block everyone, or everyone at that " +
				"address.",
			Fix:       "Keep MaxSessions at 4 or more and MaxStartups near 10:30:60 in the ssh section.",
			Reference: "sshd_config(5) MaxSessions, MaxStartups, PerSourceMaxStartups",
		},
		{
			ID: "L17", Title: "a global directive takes every session or key away",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "ssh",
			Rationale: "ForceCommand and ChrootDirectory outside a Match block hit the deploy user too. If the " +
				"RevokedKeys file is missing, sshd refuses all keys.",
			Fix:        "Move the directive under a Match block, and install the file that RevokedKeys names.",
			Guaranteed: "Only Match Group sections of files-only groups hold two of them; RevokedKeys is never emitted.",
			Reference:  "sshd_config(5) ForceCommand, ChrootDirectory, RevokedKeys",
		},
		{
			ID: "L18", Title: "the deploy user cannot activate a new system",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "users",
			Rationale: "Nix refuses unsigned paths from a user who is not trusted, and the client only reports " +
				"an unexpected end of file. sudo needs NOPASSWD or a password on stdin, and execWheelOnly " +
				"needs wheel.",
			Fix: "Put the deploy user in wheel with passwordless sudo, and sign the paths or trust the " +
				"user.",
			Reference: "NixOS nix.settings.trusted-users, security.sudo.execWheelOnly; nixos-rebuild(8)",
		},
		{
			ID: "L19", Title: "no key exchange is shared with a client that must connect",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "ssh",
			Rationale: "A post-quantum list shuts out OpenSSH before 8.5 and many phone applications. The initrd " +
				"sshd inherits the list, so the unlock fails as well.",
			Fix:       "Choose the compatible key exchange list in the ssh section, or update the client.",
			Reference: "sshd_config(5) KexAlgorithms; OpenSSH 8.5 release notes",
		},
		{
			ID: "L20", Title: "a value holds a line break or another control character",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "ssh",
			Rationale: "The sshd module writes values unchanged and sshd takes the first of two equal keywords. " +
				"A line break in AuthenticationMethods turned root login on and passed every assertion.",
			Fix:        "Remove the control character from the quoted value.",
			Guaranteed: "A document with a control character in any value is refused when it is read.",
			Reference:  "sshd_config(5); NixOS services.openssh.settings",
		},
		{
			ID: "L21", Title: "extraConfig holds a character that the shell expands",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "ssh",
			Rationale: "The sshd module passes extraConfig through an unquoted shell here-document. A dollar " +
				"sign or a backtick in it was replaced at build time.",
			Fix:        "Use settings, or write the value without dollar sign, backtick and backslash.",
			Guaranteed: "Emitted extraConfig never holds a dollar sign, a backtick or a backslash.",
			Reference:  "NixOS services.openssh.extraConfig",
		},
		{
			ID: "L22", Title: "a directive after a Match block has lost its effect",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "ssh",
			Rationale: "Lines after Match belong to it, up to the next Match. settings come before extraConfig " +
				"and the first value wins, so extraConfig cannot change a setting.",
			Fix:        "Move global directives to settings, and end every Match section with Match all.",
			Guaranteed: "All Match blocks are emitted last, in one block that ends with Match all.",
			Reference:  "sshd_config(5) Match",
		},
		{
			ID: "L23", Title: "fewer SSH sessions than people share a connection for",
			Severity: Warning, Stages: []Stage{Document, Evaluated}, Concern: "ssh",
			Rationale: "MaxSessions counts the shells, file transfers and commands within one connection. A " +
				"client that shares connections is refused the next one, while a deployment still works.",
			Fix:       "Set max_sessions to 4 or more in the ssh section.",
			Reference: "sshd_config(5) MaxSessions; ssh_config(5) ControlMaster",
		},
	}
}
