package rule

// kernel returns K001 to K024: kernel settings that do nothing, or break a feature of
// the host.
func kernel() []Rule {
	return []Rule{
		{
			ID: "K001", Title: "a kernel feature is set that the stock kernel does not have",
			Severity: Error, Stages: []Stage{Document}, Concern: "kernel",
			Rationale: "Stock NixOS kernels lack module signing, lockdown and kCFI. Such parameters have no " +
				"effect on them, fail nowhere and still satisfy scanners.",
			Fix: "Declare kernel.custom with the feature, or use locked modules and the protected kernel " +
				"image instead.",
			Reference: "nixpkgs#251159; nix-mineral#125; kernel_lockdown(7)",
		},
		{
			ID: "K002", Title: "a boot parameter is newer than the kernel",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "kernel",
			Rationale: "The kernel prints an unknown plain parameter once and hands it to user space. One with a " +
				"dot is dropped without a word.",
			Fix:        "Choose a newer kernel package, or drop the parameter.",
			Guaranteed: "Parameters with a minimum version are emitted behind lib.versionAtLeast.",
			Reference:  "Linux Documentation/admin-guide/kernel-parameters.rst",
		},
		{
			ID: "K003", Title: "an unknown kernel parameter or sysctl key is set",
			Severity: Error, Stages: []Stage{Document, Evaluated, Live}, Concern: "kernel",
			Rationale: "systemd-sysctl ignores a missing key and exits with success, and the kernel ignores an " +
				"unknown parameter. Misspelt keys in public hardening lists do nothing for years.",
			Fix: "Write the suggested name, or remove the line.",
			Reference: "sysctl.d(5); Linux Documentation/admin-guide/sysctl; " +
				"Documentation/networking/ip-sysctl.rst",
		},
		{
			ID: "K004", Title: "an override turns forwarding off on a host that routes",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "kernel",
			Rationale: "net.ipv4.ip_forward and net.ipv4.conf.all.forwarding are one switch. NixOS writes keys " +
				"in order, so ip_forward = 0 comes last and wins, and the exit node stops without a " +
				"warning.",
			Fix:       "Remove the forwarding key from the kernel section: the role of the host decides it.",
			Reference: "Linux Documentation/networking/ip-sysctl.rst ip_forward; sysctl.d(5)",
		},
		{
			ID: "K005", Title: "an exit node client has a strict reverse path filter",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "kernel",
			Rationale: "Answers through the exit node arrive on an interface the route does not name, and a " +
				"strict filter drops them. rp_filter = 1 without a glob has no effect, since systemd sets " +
				"2 per interface.",
			Fix:       "Leave reverse_path at auto, and remove the net.ipv4.conf.*.rp_filter key.",
			Reference: "tailscale#4432, tailscale#3310; Linux Documentation/networking/ip-sysctl.rst rp_filter",
		},
		{
			ID: "K006", Title: "an exit node has IPv6 turned off",
			Severity: Warning, Stages: []Stage{Document, Evaluated}, Concern: "kernel",
			Rationale: "Clients of the exit node lose IPv6, or send it past the tunnel. The exit node offers " +
				"both address families.",
			Fix: "Leave IPv6 on for hosts that are exit nodes.",
			Reference: "Linux Documentation/networking/ip-sysctl.rst disable_ipv6; Tailscale documentation " +
				"kb/1103",
		},
		{
			ID: "K007", Title: "router advertisements are off and nothing else configures IPv6",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "kernel",
			Rationale: "With accept_ra 0 the kernel takes no address or route from a router. Without networkd, " +
				"NetworkManager, dhcpcd or a static address the host has no IPv6; NAT sets 2, against the " +
				"level.",
			Fix:       "Let a network daemon manage the interface, or set the IPv6 address and route statically.",
			Reference: "Linux Documentation/networking/ip-sysctl.rst accept_ra; NixOS networking.nat.enableIPv6",
		},
		{
			ID: "K008", Title: "user namespaces are off and a service needs them",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "kernel",
			Rationale: "Units with PrivateUsers, rootless containers, Flatpak, Steam and Chromium's sandbox fail " +
				"without user namespaces. user.max_user_namespaces = 0 stops root as well.",
			Fix:       "Leave user namespaces on for this host, or disable the listed services.",
			Reference: "NixOS security.allowUserNamespaces; user_namespaces(7); systemd#34983",
		},
		{
			ID: "K009", Title: "a raw key is set where NixOS has an option",
			Severity: Error, Stages: []Stage{Document}, Concern: "kernel",
			Rationale: "The option carries assertions and dependent settings that the raw key leaves out. Raw " +
				"user.max_user_namespaces passes an evaluation that the option would stop.",
			Fix: "Use the field of the kernel section that stands for the NixOS option.",
			Reference: "NixOS security.allowUserNamespaces, security.lockKernelModules, " +
				"security.protectKernelImage",
		},
		{
			ID: "K010", Title: "hibernation is configured and the kernel refuses it",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "kernel",
			Rationale: "security.protectKernelImage adds nohibernate, and a kernel that is locked down refuses to write " +
				"its memory to a disk. With boot.resumeDevice set it evaluates without a warning, and the machine never hibernates.",
			Fix:       "Turn off the protected kernel image or the lockdown on this host, or remove boot.resumeDevice.",
			Reference: "NixOS security.protectKernelImage, boot.resumeDevice; kernel_lockdown(7)",
		},
		{
			ID: "K011", Title: "kexec is disabled and something relies on it",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "kernel",
			Rationale: "kexec_load_disabled cannot be cleared until the next boot. Crash dumps and installers " +
				"that use kexec are refused.",
			Fix: "Turn boot.crashDump off, or allow kexec in the kernel section.",
			Reference: "Linux Documentation/admin-guide/sysctl/kernel.rst kexec_load_disabled; NixOS " +
				"boot.crashDump.enable",
		},
		{
			ID: "K012", Title: "modules are locked before a needed one is loaded",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "kernel",
			Rationale: "After the lock no module loads until the next boot: no tun for Tailscale, no veth for " +
				"containers, no nft extension for a new firewall. A switch that needs one leaves the old " +
				"firewall or none.",
			Fix:        "List the module in boot.kernelModules, and deploy to this host with boot and a reboot.",
			Guaranteed: "The modules of every feature the generator emits are listed in boot.kernelModules.",
			Reference:  "NixOS security.lockKernelModules, boot.kernelModules; nixpkgs#76487, nixpkgs#97677",
		},
		{
			ID: "K013", Title: "a one-way kernel setting is relaxed without a reboot",
			Severity: Warning, Stages: []Stage{Live}, Concern: "kernel",
			Rationale: "ptrace_scope 3, locked modules, disabled kexec and unprivileged_bpf_disabled 1 hold " +
				"until reboot. A refused write leaves systemd-sysctl.service failed after the switch.",
			Fix: "Plan a reboot, and expect the failed unit until then.",
			Reference: "Linux Documentation/admin-guide/LSM/Yama.rst; " +
				"Documentation/admin-guide/sysctl/kernel.rst",
		},
		{
			ID: "K014", Title: "32-bit programs are needed and 32-bit system calls are off",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "kernel",
			Rationale: "ia32_emulation=0 ends every i686 program with an exec format error. Steam, Wine and i686 " +
				"builds need it.",
			Fix: "Leave 32-bit emulation on for this host, or remove the 32-bit software.",
			Reference: "Linux Documentation/admin-guide/kernel-parameters.rst ia32_emulation; NixOS " +
				"hardware.graphics.enable32Bit",
		},
		{
			ID: "K015", Title: "a blocked module is needed by the host",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "kernel",
			Rationale: "An install line blocks a module and all that depend on it. Blocking llc stops bridge, " +
				"gnss stops the ice driver, and the algif modules stop iwd.",
			Fix:       "Take the module or its family off the block list in the kernel section.",
			Reference: "modprobe.d(5) install; depmod(8); NixOS boot.kernelModules",
		},
		{
			ID: "K016", Title: "one boot parameter has two values",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "kernel",
			Rationale: "boot.kernelParams concatenates, and the kernel keeps the last value of most parameters. " +
				"Which is last depends on the order of modules; console= may repeat.",
			Fix:       "Remove one of the two values.",
			Reference: "NixOS boot.kernelParams; Linux Documentation/admin-guide/kernel-parameters.rst",
		},
		{
			ID: "K017", Title: "a sysctl differs from the level and no waiver says why",
			Severity: Error, Stages: []Stage{Evaluated, Live}, Concern: "kernel",
			Rationale: "Other NixOS modules write the same keys at a higher priority, and the later file in " +
				"sysctl.d wins at boot. The level then promises a value the host does not have.",
			Fix:       "Remove the other definition, or add a waiver that names the key and the reason.",
			Reference: "NixOS boot.kernel.sysctl; sysctl.d(5)",
		},
		{
			ID: "K018", Title: "coredumps are off, and systemd's sysctl defaults with them",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "kernel",
			Rationale: "On 24.11 systemd.coredump.enable = false also removes 50-default.conf with its source " +
				"route, rp_filter and protected file settings.",
			Fix:        "Leave systemd.coredump.enable true and set Storage=none.",
			Guaranteed: "Coredumps are turned off by Storage=none alone.",
			Reference:  "NixOS systemd.coredump.enable; coredump.conf(5) Storage",
		},
		{
			ID: "K019", Title: "early PCI DMA is disabled on a host without a console",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "kernel",
			Rationale: "efi=disable_early_pci_dma keeps some machines from booting. Without a console nobody can " +
				"remove the parameter.",
			Fix:       "Name the console of the host in break_glass, or drop the parameter.",
			Reference: "Linux Documentation/admin-guide/kernel-parameters.rst efi=",
		},
		{
			ID: "K020", Title: "a removed hardened kernel or profile is used",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "kernel",
			Rationale: "nixpkgs dropped linux_hardened and the hardened profile in 2026. A configuration that " +
				"names them does not evaluate on 26.05.",
			Fix:        "Remove the profile and linuxPackages_hardened: the level replaces them.",
			Guaranteed: "The generator never names the hardened kernel or profile.",
			Reference:  "nixpkgs#501199, nixpkgs#502342",
		},
		{
			ID: "K021", Title: "simultaneous multithreading stays on",
			Severity: Warning, Stages: []Stage{Document}, Concern: "kernel",
			Rationale: "Sibling threads share caches and buffers, which the level would close with nosmt. " +
				"Keeping them changes 17 checks of kernel-hardening-checker, 16 of which the kernel sets " +
				"by default.",
			Fix:       "Drop smt: keep, or record the decision as a waiver.",
			Reference: "NixOS security.allowSimultaneousMultithreading; Linux Documentation/admin-guide/hw-vuln",
		},
		{
			ID: "K022", Title: "a kernel panic would leave a remote host down",
			Severity: Warning, Stages: []Stage{Document, Evaluated}, Concern: "kernel",
			Rationale: "oops=panic and the oops and warn limits turn a fault into a panic. With kernel.panic = 0 " +
				"the host then halts until somebody resets it.",
			Fix:       "Set kernel.panic to a number of seconds, such as 60.",
			Reference: "Linux Documentation/admin-guide/sysctl/kernel.rst panic, oops_limit, warn_limit",
		},
		{
			ID: "K023", Title: "a module is blocked with a program outside the store",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "kernel",
			Rationale: "NixOS has no /bin/false. A store path keeps the line right in the initrd and in every " +
				"generation.",
			Fix:        "Write install lines with ${pkgs.coreutils}/bin/false.",
			Guaranteed: "Install lines are emitted with ${pkgs.coreutils}/bin/false.",
			Reference:  "modprobe.d(5) install; NixOS boot.extraModprobeConfig",
		},
		{
			ID: "K024", Title: "vm.mmap_rnd_bits does not fit the architecture",
			Severity: Error, Stages: []Stage{Document, Evaluated}, Concern: "kernel",
			Rationale: "The largest value depends on architecture and page size, and the kernel refuses a larger " +
				"one. systemd-sysctl.service then fails and the switch reports failure.",
			Fix: "Remove the key from the kernel section, or set the value for this architecture.",
			Reference: "Linux Documentation/admin-guide/sysctl/vm.rst mmap_rnd_bits; nix-mineral#56, " +
				"nixpkgs#513512",
		},
	}
}
