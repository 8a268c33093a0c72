package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// verifyStore compares every path of the store with the hash it was registered
// with. Signatures are no part of it: what a host builds itself has none.
const verifyStore = "/bin/nix --extra-experimental-features nix-command store verify --all --no-trust"

// integrity is the module of the timer that verifies the store.
func integrity(h *policy.Host) *nix.File {
	i := h.Integrity
	if !i.Enable.V {
		return nil
	}
	service := nix.AttrSet{
		nix.Bind("Type", nix.String("oneshot")),
		nix.Bind("ExecStart", nix.Template{nix.Ref{"config", "nix", "package"}, nix.String(verifyStore)}, "fails, and says which, if a path differs"),
		nix.Bind("Environment", nix.Strings("NIX_REMOTE=daemon", "XDG_CACHE_HOME=/tmp"), "the daemon reads the store: this process needs no right to write there"),
	}
	for _, b := range []struct {
		key   string
		value nix.Expr
		why   string
	}{
		{"IOSchedulingClass", nix.String("idle"), "whatever else the host does comes first"},
		{"CPUSchedulingPolicy", nix.String("idle"), ""},
		{"CapabilityBoundingSet", nix.String(""), "it only talks to the daemon"},
		{"NoNewPrivileges", nix.Bool(true), ""},
		{"PrivateNetwork", nix.Bool(true), ""},
		{"PrivateTmp", nix.Bool(true), ""},
		{"PrivateDevices", nix.Bool(true), ""},
		{"ProtectHome", nix.Bool(true), ""},
		{"ProtectSystem", nix.String("strict"), ""},
		{"ProtectKernelTunables", nix.Bool(true), ""},
		{"ProtectKernelModules", nix.Bool(true), ""},
		{"ProtectControlGroups", nix.Bool(true), ""},
		{"RestrictAddressFamilies", nix.Strings("AF_UNIX"), ""},
		{"RestrictNamespaces", nix.Bool(true), ""},
		{"LockPersonality", nix.Bool(true), ""},
		{"SystemCallArchitectures", nix.String("native"), ""},
	} {
		if b.why == "" {
			service = append(service, nix.Bind(b.key, b.value))
			continue
		}
		bind(&service, nix.Path(b.key), b.value, b.why)
	}
	timer := nix.AttrSet{
		nix.Bind("wantedBy", nix.Strings("timers.target")),
		nix.Bind("timerConfig", nix.AttrSet{
			nix.Bind("OnCalendar", nix.String(i.Every.V), why(i.Every.From)),
			nix.Bind("Persistent", nix.Bool(true), "a run that was missed is made up for"),
			nix.Bind("RandomizedDelaySec", nix.String("1h"), "hosts that share a disk do not all read at once"),
		}),
	}
	body := nix.AttrSet{
		nix.Bind("systemd.services."+policy.IntegrityUnit, nix.AttrSet{
			nix.Bind("description", nix.String("Verify the Nix store")),
			nix.Bind("serviceConfig", service),
		}, why(i.Enable.From)),
	}
	bind(&body, nix.Path("systemd.timers."+policy.IntegrityUnit), timer)
	return &nix.File{Params: []string{"config"}, Body: body}
}
