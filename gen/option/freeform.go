package option

// Values are free-form in two ways. Where the type of an option says which
// attributes it takes ("attribute set of string", "JSON value"), any name is
// allowed below it and the value is checked against that type, unless the name
// is declared with a type of its own: services.openssh.settings.X11Forwarding
// is a boolean, services.openssh.settings.MaxAuthTries whatever sshd_config(5)
// may hold. A name that differs from a declared one in case only is refused.
//
// Where the type says nothing, nothing may be written, except in the places
// that unchecked lists.

// unchecked returns why the option with this key may hold anything although
// its type does not say what; false if it may not.
func unchecked(key string) (reason string, ok bool) {
	switch key {
	case "_module.args":
		return "arguments of the modules themselves, of any kind", true
	case "boot.kernelPackages":
		return "a set of packages, named by a reference", true
	case "boot.kernelPatches.*.structuredExtraConfig", "boot.kernelPatches.*.extraStructuredConfig":
		return "kernel options by name, their values made by lib.kernel", true
	case "containers.<name>.specialArgs":
		return "arguments of the container's modules, of any kind", true
	case "disko.devices.disk.<name>.content", "disko.devices.lvm_vg.<name>.lvs.<name>.content",
		"disko.devices.mdadm.<name>.content", "disko.devices.zpool.<name>.datasets":
		return "one of several submodules, told apart by the value of their option type", true
	case "nixpkgs.config":
		return "settings of nixpkgs, which is not built of modules", true
	}
	return "", false
}
