package policy

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// Kept is a directory or file that survives a wiped root.
type Kept struct {
	Path string
	File bool
	Mode string // of a directory made for it; "" for 0755
	Why  string
}

// Keeps reports whether a project's module keeps the state of a host.
func (h *Host) Keeps(by schema.Keeper) bool {
	p := &h.Persistence
	return p.Enable.V && p.Mode.V == schema.Generate && p.By.V == by
}

// state finds what must survive on a host whose root is wiped.
func (r *resolver) state(h *Host) {
	p := &h.Persistence
	if !p.Enable.V {
		return
	}
	keep := func(k Kept) {
		if !p.Forget.Has(k.Path) && !slices.ContainsFunc(h.State, func(s Kept) bool { return s.Path == k.Path }) {
			h.State = append(h.State, k)
		}
	}
	for _, k := range h.Needed() {
		keep(k)
	}
	for _, d := range p.Directories.Items {
		r.kept(h, d, "directories")
		keep(Kept{Path: string(d.V), Why: "asked for by the document"})
	}
	for _, f := range p.Files.Items {
		r.kept(h, f, "files")
		keep(Kept{Path: string(f.V), File: true, Why: "asked for by the document"})
	}
	if p.Root.V == "btrfs" && !p.Device.IsSet() {
		r.report(p.Root.From, h.Path("persistence.device"), "the device of the btrfs root is missing", "name the device that holds the root subvolume, such as /dev/mapper/cryptroot")
	}
	if p.Root.V == "zfs" && !p.Dataset.IsSet() {
		r.report(p.Root.From, h.Path("persistence.dataset"), "the blank ZFS snapshot is missing", "name it: dataset: rpool/root@blank")
	}
}

// kept reports paths that cannot be kept.
func (r *resolver) kept(h *Host, path schema.Value[schema.AbsPath], list string) {
	mount := string(h.Persistence.Path.V)
	switch v := string(path.V); {
	case covers(mount, v) || v == "/":
		r.report(path.From, h.Path("persistence."+list), fmt.Sprintf("%s lies on the mount that survives", v), "name the path where programs look for it")
	case covers("/nix", v):
		r.report(path.From, h.Path("persistence."+list), v+" is a mount of its own", "remove it")
	}
}

// Needed returns the state of what the host runs, kept or not. A path is that
// of the service's StateDirectory or, where it has none, of its module.
func (h *Host) Needed() []Kept {
	kept := []Kept{
		{Path: "/var/lib/nixos", Why: "which user and group has which number, or files change owners"},
		{Path: "/var/lib/systemd", Why: "when timers ran last, the random seed, core dumps"},
		{Path: "/var/log", Why: "the evidence"},
		{Path: "/etc/machine-id", File: true, Why: "the journal and DHCP know the host by it"},
	}
	if h.Tailscale.Enable.V {
		kept = append(kept, Kept{Path: "/var/lib/tailscale", Mode: "0700", Why: "the node key, or every boot is a new machine"})
	}
	if h.Bans() {
		kept = append(kept, Kept{Path: banState, Mode: "0750", Why: "who was banned how often: bans grow"})
	}
	if h.Notify.Enable.V {
		kept = append(kept, Kept{Path: NotifyState, Mode: "0700", Why: "notifications that wait, and when the last ones went out"})
	}
	if h.Incident.Enable.V {
		kept = append(kept, Kept{Path: incidentState, Mode: "0700", Why: "whether the host is isolated, and the evidence"})
	}
	if h.SignsBoot() {
		kept = append(kept, Kept{Path: string(h.Disk.SecureBoot.PKIBundle.V), Mode: "0700", Why: "the keys that sign what boots, or the next system does not"})
	}
	for _, g := range h.SSH.SFTPOnly.Entries {
		if !h.SSH.Enable.V || covers(string(h.Persistence.Path.V), string(g.Value.Directory.V)) {
			continue
		}
		kept = append(kept, Kept{Path: string(g.Value.Directory.V), Why: "the files of " + g.Key})
	}
	if h.Authelia.Enable.V {
		kept = append(kept, Kept{Path: AutheliaState, Mode: "0700", Why: "second factors and sessions, or everybody enrols again"})
	}
	states := []struct {
		feature schema.Feature
		kept    Kept
	}{
		{"iwd", Kept{Path: "/var/lib/iwd", Mode: "0700", Why: "known networks"}},
		{"bluetooth", Kept{Path: "/var/lib/bluetooth", Mode: "0700", Why: "paired devices"}},
	}
	for _, s := range states {
		if slices.Contains(h.Features(), s.feature) {
			kept = append(kept, s.kept)
		}
	}
	return slices.Concat(kept, h.certificateState(), h.hostCertificate(), h.derpState(), h.backupState(), h.upgradeState(),
		h.containerState(), h.databaseState(), h.adGuardState(), h.vaultState(), h.timeState())
}
