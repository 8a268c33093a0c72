package rule

// disk returns the D rules: what a boot can end in, and who may take part in it.
func disk() []Rule {
	return []Rule{
		{
			ID: "D1", Title: "a failed mount leaves no way into the host",
			Severity: Error, Stages: []Stage{Document}, Concern: "disk",
			Rationale: "Without emergency mode a host boots on when a mount fails, so that SSH or a login at the " +
				"console can repair it. With neither, only another system can.",
			Fix:       "Keep SSH or a console login, or turn disk.emergency_mode on.",
			Reference: "NixOS systemd.enableEmergencyMode; systemd.special(7) emergency.target",
		},
		{
			ID: "D2", Title: "the boot loader lets anybody at the console become root",
			Severity: Warning, Stages: []Stage{Document}, Concern: "disk",
			Rationale: "The editor of systemd-boot takes init=/bin/sh as a kernel parameter. Secure Boot by " +
				"Lanzaboote does not turn it off.",
			Fix:       "Leave disk.boot_editor off.",
			Reference: "loader.conf(5) editor; NixOS boot.loader.systemd-boot.editor",
		},
		{
			ID: "D3", Title: "the host key of the remote unlock is not declared",
			Severity: Warning, Stages: []Stage{Document}, Concern: "disk",
			Rationale: "Whoever unlocks a disk types its passphrase into an SSH session. Without the public host " +
				"key no client can tell the initrd from a machine that took its address.",
			Fix:       "Write the public half of the key into disk.remote_unlock.public_key.",
			Reference: "ssh_config(5) HostKeyAlias, StrictHostKeyChecking; NixOS programs.ssh.knownHosts",
		},
		{
			ID: "D20", Title: "hibernation may write memory to the disk in the clear",
			Severity: Warning, Stages: []Stage{Document}, Concern: "swap",
			Rationale: "A hibernated host has all of its memory on the disk: keys of encrypted disks, passwords, " +
				"open documents. Encryption of the root does not cover a swap partition.",
			Fix:       "Let the host swap to an encrypted device: swap.by: luks.",
			Reference: "kernel Documentation/power/swsusp; NixOS boot.resumeDevice",
		},
		{
			ID: "D21", Title: "the TPM opens the disk for whatever system is started",
			Severity: Error, Stages: []Stage{Document}, Concern: "disk",
			Rationale: "A key in the TPM is given to a system that was started like the one it was enrolled on. " +
				"Without Secure Boot in register 7, and without a PIN, a stolen machine opens its own disk.",
			Fix:       "Turn disk.secure_boot on, or ask for a PIN: tpm2: { enable: true, pin: true }.",
			Reference: "systemd-cryptenroll(1) --tpm2-pcrs, --tpm2-with-pin; NixOS boot.initrd.luks.devices.<name>.crypttabExtraOpts",
		},
	}
}
