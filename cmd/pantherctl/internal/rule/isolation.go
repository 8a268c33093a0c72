package rule

// isolation returns the I rules: services that are not kept apart from the
// host, or less than it says.
func isolation() []Rule {
	return []Rule{
		{
			ID: "I1", Title: "an exposed service outside a container",
			Severity: Error, Stages: []Stage{Document}, Concern: "containers",
			Rationale: "The document says that whatever others reach runs in a container. Who takes over a service " +
				"outside is on the host itself.",
			Fix:       "Let a container serve it, take it out of the access rules, or waive the finding with the reason.",
			Reference: "systemd-nspawn(1); NixOS containers.<name>.privateNetwork",
		},
		{
			ID: "I2", Title: "root of a container is root of the host",
			Severity: Warning, Stages: []Stage{Document, Evaluated}, Concern: "containers",
			Rationale: "Before 25.05 NixOS gives containers no users of their own. One step out of the container is " +
				"root of the host, and the host's Nix daemon trusts it already.",
			Fix:       "Upgrade the host to NixOS 25.05 or newer, where its users are nobody on the host.",
			Reference: "nixpkgs#362210; systemd-nspawn(1) --private-users",
		},
		{
			ID: "I3", Title: "a sandbox that allows nearly everything",
			Severity: Warning, Stages: []Stage{Document}, Concern: "sandbox",
			Rationale: "What it allows comes to an exposure of 5.0 or more, which systemd itself calls medium. " +
				"It reads as a protection and is hardly one.",
			Fix:       "Allow what the service needs alone, or remove the sandbox.",
			Reference: "systemd-analyze(1) security; systemd.exec(5)",
		},
		{
			ID: "I4", Title: "Docker beside the firewall",
			Severity: Error, Stages: []Stage{Evaluated}, Concern: "firewall",
			Rationale: "Docker forwards its published ports by rules of its own, ahead of those that access rules " +
				"make. Everybody who reaches the host reaches them.",
			Fix:        "Use Podman, or a NixOS container.",
			Guaranteed: "The firewall turns Docker off: a module that turns it on does not evaluate.",
			Reference:  "NixOS virtualisation.docker.enable; Docker documentation, packet filtering and firewalls",
		},
	}
}
