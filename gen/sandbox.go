package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// sandboxPriority is stronger than what the service's own module says and
// weaker than a user's mkForce.
const sandboxPriority = 90

// sandbox is the module of the services that systemd confines.
func sandbox(h *policy.Host) *nix.File {
	if len(h.Sandbox.Entries) == 0 {
		return nil
	}
	body := nix.AttrSet{}
	for _, e := range h.Sandbox.Entries {
		bind(&body, nix.Path("systemd.services").Append(e.Key, "serviceConfig"), confined(e.Value),
			"an exposure of "+target(e.Value).String()+" at most, by systemd-analyze security")
	}
	return &nix.File{Params: []string{"lib"}, Body: body}
}

func target(s schema.Sandbox) schema.Exposure {
	if s.Exposure.IsSet() {
		return s.Exposure.V
	}
	return policy.Exposure(s)
}

// confined are the settings of systemd.exec(5) that take from a service what
// the sandbox does not allow.
func confined(s schema.Sandbox) nix.AttrSet {
	set := nix.AttrSet{}
	force := func(name string, v nix.Expr, doc ...string) {
		set = append(set, nix.Bind(name, nix.Override(sandboxPriority, v), doc...))
	}
	for _, name := range []string{
		"LockPersonality", "NoNewPrivileges", "PrivateMounts", "PrivateTmp", "ProtectClock", "ProtectControlGroups", "ProtectHostname",
		"ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "RemoveIPC", "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID",
	} {
		force(name, nix.Bool(true))
	}
	force("KeyringMode", nix.String("private"))
	force("SystemCallArchitectures", nix.String("native"))
	force("UMask", nix.String("0077"))

	confinedFiles(s, &set, force)
	confinedRights(s, force)
	confinedNetwork(s, force)
	force("MemoryDenyWriteExecute", nix.Bool(!s.JIT.V))
	if s.Processes.V {
		force("ProtectProc", nix.String("default"), "it sees other processes")
		force("ProcSubset", nix.String("all"))
	} else {
		force("ProtectProc", nix.String("invisible"))
		force("ProcSubset", nix.String("pid"))
	}
	return set
}

// setting is one of a unit that wins over its module's.
type setting func(name string, v nix.Expr, doc ...string)

func confinedFiles(s schema.Sandbox, set *nix.AttrSet, force setting) {
	force("ProtectSystem", nix.String("strict"), "it writes nothing but what is named, and what systemd makes for it")
	if len(s.Write.Items) > 0 {
		*set = append(*set, nix.Bind("ReadWritePaths", nix.Strings(schema.Words(s.Write)...), "beside those of its module"))
	}
	if s.Home.V {
		force("ProtectHome", nix.String("read-only"))
	} else {
		force("ProtectHome", nix.String("tmpfs"), "homes look empty")
	}
	force("DevicePolicy", nix.String("closed"))
	force("PrivateDevices", nix.Bool(len(s.Devices.Items) == 0))
	if len(s.Devices.Items) == 0 {
		return
	}
	devices := nix.List{}
	for _, d := range s.Devices.Values() {
		devices = append(devices, nix.Element{Value: nix.String(string(d) + " rw")})
	}
	force("DeviceAllow", devices)
}

func confinedRights(s schema.Sandbox, force setting) {
	if len(s.Capabilities.Items) == 0 {
		force("CapabilityBoundingSet", nix.Strings(""), "nothing of what only root may")
		force("PrivateUsers", nix.Bool(true))
		force("SystemCallFilter", nix.Strings("@system-service", "~@privileged @resources"))
		return
	}
	force("CapabilityBoundingSet", nix.Strings(schema.Words(s.Capabilities)...))
	force("PrivateUsers", nix.Bool(false), "among users of its own a capability would do nothing")
	force("SystemCallFilter", nix.Strings("@system-service", "~@resources"))
}

func confinedNetwork(s schema.Sandbox, force setting) {
	if s.Network.V {
		force("PrivateNetwork", nix.Bool(false))
		force("RestrictAddressFamilies", nix.Strings("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"))
		return
	}
	force("PrivateNetwork", nix.Bool(true))
	force("IPAddressDeny", nix.Strings("any"))
	force("RestrictAddressFamilies", nix.Strings("AF_UNIX"))
}
