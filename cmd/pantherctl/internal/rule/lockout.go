package rule

// lockout returns A1 to A19: what would lock the operator out of a host, or let it
// believe in a protection that is not there.
func lockout() []Rule {
	return []Rule{
		{
			ID: "A1", Title: "no user can log in over SSH",
			Severity: Error, Stages: []Stage{Document, Evaluated, Live}, Concern: "ssh",
			Rationale: "AllowUsers, AllowGroups, the Deny lists, the key and the login shell must all accept the " +
				"same user. sshd -t accepts a configuration that admits nobody.",
			Fix: "Give at least one user of the host an SSH key and access to the ssh service.",
			Reference: "sshd_config(5) AllowUsers, AllowGroups, DenyUsers; NixOS " +
				"users.users.<name>.openssh.authorizedKeys",
		},
		{
			ID: "A2", Title: "root login is off and no deploy user can take its place",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "users",
			Rationale: "A deployment needs root on the target. With PermitRootLogin no it needs a user who may " +
				"log in and may become root without a terminal: sudo without one fails with \"a password " +
				"is required\".",
			Fix: "Give one user the deploy role: an SSH key, membership of wheel, and sudo without a " +
				"password or a password secret.",
			Reference: "sshd_config(5) PermitRootLogin; sudoers(5) NOPASSWD; NixOS " +
				"security.sudo.wheelNeedsPassword",
		},
		{
			ID: "A3", Title: "a user relies on keys in the home directory, which sshd ignores",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "ssh",
			Rationale: "With authorizedKeysInHomedir off, sshd reads /etc/ssh/authorized_keys.d alone. A key " +
				"that exists only in ~/.ssh stops working at the next switch.",
			Fix:       "Write the user's public keys in the users section.",
			Reference: "NixOS services.openssh.authorizedKeysInHomedir",
		},
		{
			ID: "A4", Title: "a chroot or an unusable host key algorithm breaks every session",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "ssh",
			Rationale: "A global ChrootDirectory passes sshd -t and ends every session after login. A " +
				"certificate algorithm without a host certificate leaves no key exchange to agree on.",
			Fix: "Move ChrootDirectory under a Match block, and offer ssh-ed25519 with an ed25519 host " +
				"key.",
			Guaranteed: "ChrootDirectory is emitted for files-only groups alone, and the offered algorithms follow the " +
				"host keys.",
			Reference: "sshd_config(5) ChrootDirectory, HostKeyAlgorithms, HostCertificate",
		},
		{
			ID: "A5", Title: "MaxAuthTries is smaller than the number of keys a user may offer",
			Severity: Warning, Stages: []Stage{Document, Evaluated}, Concern: "ssh",
			Rationale: "An agent offers its keys in order, and each refused key counts as a try. Up to OpenSSH " +
				"10.0 the Nth key works if and only if N is at most MaxAuthTries.",
			Fix: "Raise the limit in the ssh section, or set IdentitiesOnly and IdentityFile on the " +
				"client.",
			Reference: "sshd_config(5) MaxAuthTries; ssh_config(5) IdentitiesOnly",
		},
		{
			ID: "A6", Title: "the only way in is the tailnet, and the host cannot join it",
			Severity: Error, Stages: []Stage{Document, Evaluated, Live}, Concern: "tailscale",
			Rationale: "A port opened on tailscale0 is out of reach until tailscaled has logged in. Without an " +
				"auth key or kept state it never does.",
			Fix:       "Enable tailscale with an auth key secret, or open the ssh service on another interface.",
			Reference: "NixOS services.tailscale.authKeyFile, networking.firewall.interfaces",
		},
		{
			ID: "A7", Title: "firewall rules are written for nftables, which is off",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "firewall",
			Rationale: "extraInputRules and extraForwardRules are ignored without an assertion unless nftables " +
				"is on. With the iptables backend tailscaled also accepts all of tailscale0 before the " +
				"NixOS rules.",
			Fix:        "Remove the override that sets networking.nftables.enable to false.",
			Guaranteed: "Every generated firewall turns networking.nftables.enable on.",
			Reference:  "NixOS networking.nftables.enable, networking.firewall.extraInputRules",
		},
		{
			ID: "A8", Title: "a rate limit is never reached because the port is already open",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "firewall",
			Rationale: "The port accepts of nixos-fw come before extraInputRules, so the limit never sees a " +
				"packet. The sshd module opens its port on every interface by default.",
			Fix: "Remove the port from allowedTCPPorts and keep services.openssh.openFirewall false.",
			Guaranteed: "A rate-limited port is left out of every port list, and openFirewall is emitted as " +
				"false.",
			Reference: "NixOS networking.firewall.extraInputRules, services.openssh.openFirewall; nft(8)",
		},
		{
			ID: "A9", Title: "forwarded traffic is filtered and nothing lets it through",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "firewall",
			Rationale: "filterForward drops what no rule of its own chain accepts. An accept in the tables of " +
				"tailscaled, docker or systemd-nspawn does not save the packet.",
			Fix:        "Add an extraForwardRules line for the exit node, the containers or the NAT in question.",
			Guaranteed: "A declared exit node or subnet router is emitted together with its forward rule.",
			Reference:  "NixOS networking.firewall.filterForward, networking.firewall.extraForwardRules; nft(8)",
		},
		{
			ID: "A10", Title: "the egress policy blocks traffic that the host itself needs",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "firewall",
			Rationale: "A dropping output chain without loopback, DHCP, DNS, NTP, IPv6 neighbour discovery and " +
				"tailscaled's own packets cuts the host off. The output chain does not see container " +
				"traffic.",
			Fix: "Allow the missing port or protocol in the egress part of the firewall section.",
			Guaranteed: "The egress chain always holds the base set, and the tailscaled mark where tailscale is " +
				"on.",
			Reference: "nft(8); RFC 4890; Tailscale documentation kb/1082",
		},
		{
			ID: "A11", Title: "an exit node or its client lacks the routing it needs",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "tailscale",
			Rationale: "An exit node without forwarding loses all transit traffic. A client with a strict " +
				"reverse path filter loses every answer; useRoutingFeatures = \"server\" alone leaves the " +
				"filter strict.",
			Fix:        "Remove the override of useRoutingFeatures, checkReversePath or the forwarding sysctl.",
			Guaranteed: "Forwarding and the reverse path mode are derived from the declared exit node role.",
			Reference: "NixOS services.tailscale.useRoutingFeatures, networking.firewall.checkReversePath; " +
				"tailscale#4432",
		},
		{
			ID: "A12", Title: "fail2ban may ban the tailnet",
			Severity: Warning, Stages: []Stage{Evaluated}, Concern: "firewall",
			Rationale: "A few failed logins from one admin's machine ban its tailnet address. On a host reached " +
				"only through the tailnet that is a lock-out for the ban time.",
			Fix:        "Add 100.64.0.0/10 and fd7a:115c:a1e0::/48 to services.fail2ban.ignoreIP.",
			Guaranteed: "Both tailnet ranges are emitted wherever the generator enables fail2ban.",
			Reference:  "NixOS services.fail2ban.ignoreIP; jail.conf(5) ignoreip",
		},
		{
			ID: "A13", Title: "host identity is lost or unreadable on an ephemeral root",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "persistence",
			Rationale: "agenix decrypts before impermanence mounts /etc/ssh, so a host key kept there is not yet " +
				"present and no secret appears. Losing /var/lib/nixos reassigns numeric ids, losing " +
				"machine-id splits the journal.",
			Fix: "Put host keys and age identities on a file system with neededForBoot, and persist " +
				"machine-id, /var/lib/nixos and /var/lib/tailscale.",
			Guaranteed: "Host key paths lie below the persistent directory, and the three state paths are always " +
				"persisted.",
			Reference: "agenix#219, impermanence#301; NixOS fileSystems.<name>.neededForBoot",
		},
		{
			ID: "A14", Title: "remote unlock of the disk would fail or expose the host key",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "ssh",
			Rationale: "The initrd sshd needs its own key, an authorized key, the network by cable and the driver of " +
				"the card. Its host key is copied to an unencrypted boot partition, so reusing the main key " +
				"gives the host's identity away.",
			Fix: "Name the keys and the network driver in disk.remote_unlock; in your own module, give " +
				"boot.initrd.network.ssh its own host key, keys and port.",
			Reference: "NixOS boot.initrd.network.ssh.hostKeys, boot.initrd.availableKernelModules; " +
				"nixpkgs#34262",
		},
		{
			ID: "A15", Title: "lockdown or module signing is requested but not in force",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "kernel",
			Rationale: "Stock NixOS kernels have neither MODULE_SIG nor the lockdown LSM. The parameters show up " +
				"in /proc/cmdline and do nothing.",
			Fix: "Build a kernel with both features, or use security.lockKernelModules and " +
				"security.protectKernelImage.",
			Reference: "nixpkgs#251159; kernel_lockdown(7); /sys/kernel/security/lockdown",
		},
		{
			ID: "A16", Title: "an unattended reboot would wait for a disk passphrase",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "fleet",
			Rationale: "A power cut, a panic or autoUpgrade with allowReboot restarts the host on its own. An encrypted " +
				"root without remote or automatic unlock then stays down until somebody types at the console.",
			Fix:       "Enable disk.remote_unlock, name the console, or set system.autoUpgrade.allowReboot to false.",
			Reference: "NixOS system.autoUpgrade.allowReboot, boot.initrd.luks.devices",
		},
		{
			ID: "A17", Title: "auditd runs while kernel auditing is off",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "kernel",
			Rationale: "On 24.11 security.auditd.enable alone starts the daemon, and audit.service then turns " +
				"kernel auditing off. Nothing is recorded.",
			Fix:        "Set security.audit.enable next to security.auditd.enable.",
			Guaranteed: "The two options are only ever emitted together.",
			Reference:  "NixOS security.audit.enable, security.auditd.enable; auditctl(8)",
		},
		{
			ID: "A18", Title: "one sysctl key is defined twice",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "kernel",
			Rationale: "Two definitions of one key at the same priority end the evaluation, even with equal " +
				"values. Numbers and strings of the same value conflict as well.",
			Fix: "Remove the key from your own module, or raise its priority with lib.mkForce and declare " +
				"a waiver.",
			Guaranteed: "Keys are collected in one map per host, and each is emitted once with lib.mkOverride " +
				"900.",
			Reference: "NixOS boot.kernel.sysctl; sysctl.d(5)",
		},
		{
			ID: "A19", Title: "the deployment has no automatic way back",
			Severity: Warning, Stages: []Stage{Live}, Concern: "fleet",
			Rationale: "No NixOS option undoes a switch that cut the operator off. A transient timer that " +
				"reactivates the old generation does, unless a fresh login stops it first.",
			Fix:       "Deploy with the confirmed activation, which arms a systemd-run timer before the switch.",
			Reference: "systemd-run(1) --on-active; nixos-rebuild(8) test",
		},
	}
}
