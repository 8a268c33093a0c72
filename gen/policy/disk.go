package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// initrdKeyPath is where the initrd's host key lies unless told otherwise.
const initrdKeyPath = "/etc/ssh/initrd_ed25519_key"

// saysDisk reports whether the document says what the disks are like, whoever
// writes the module.
func (h *Host) saysDisk() bool { return h.Disk.Mode.V != schema.Own }

// Unlocks reports whether the passphrase of a disk can be typed over SSH.
func (h *Host) Unlocks() bool { return h.saysDisk() && h.Disk.RemoteUnlock.Enable.V }

// SignsBoot reports whether Lanzaboote signs what the host boots.
func (h *Host) SignsBoot() bool {
	return h.Disk.Mode.V == schema.Generate && h.Disk.SecureBoot.Enable.V
}

// WaitsForPassphrase reports whether every boot stops until somebody types a
// passphrase at the console.
func (h *Host) WaitsForPassphrase() bool {
	asks := func(e schema.Entry[schema.LUKS]) bool { return !e.Value.TPM2.Enable.V || e.Value.TPM2.PIN.V }
	return h.saysDisk() && slices.ContainsFunc(h.Disk.LUKS.Entries, asks) && !h.Unlocks()
}

// PCRs returns the registers that the key of a disk in the TPM is bound to, as
// systemd-cryptenroll takes them: 7, or 7+11. The disk that alone asks the TPM
// is bound to an empty register 15 too: systemd measures every disk that is
// opened into it, so whoever puts a disk of his own in the place of this one
// cannot have this one opened after it (crypttab(5), tpm2-measure-pcr=).
func (h *Host) PCRs(t schema.TPM2) string {
	numbers := []string{"7"}
	if t.PCRs.IsSet() {
		numbers = nil
		for _, p := range t.PCRs.Values() {
			numbers = append(numbers, strconv.Itoa(int(p)))
		}
	}
	asking := 0
	for _, e := range h.Disk.LUKS.Entries {
		if e.Value.TPM2.Enable.V {
			asking++
		}
	}
	if asking == 1 && !slices.Contains(numbers, "15") {
		numbers = append(numbers, "15:sha256="+strings.Repeat("0", 64))
	}
	return strings.Join(numbers, "+")
}

// InitrdKeyPath returns where the initrd's private host key lies.
func (h *Host) InitrdKeyPath() string {
	switch {
	case h.Disk.RemoteUnlock.HostKey.IsSet():
		return string(h.Disk.RemoteUnlock.HostKey.V)
	case h.Persistence.Enable.V:
		return string(h.Persistence.Path.V) + initrdKeyPath
	}
	return initrdKeyPath
}

// InitrdInterfaces returns the interfaces by which a host can be unlocked.
func (h *Host) InitrdInterfaces() []string {
	return append(h.InterfacesOf(schema.LAN), h.InterfacesOf(schema.WAN)...)
}

// Wireless reports whether an interface is called as systemd and the kernel
// call those of Wi-Fi (systemd.net-naming-scheme(7)).
func Wireless(name string) bool { return strings.HasPrefix(name, "wl") }

// disk checks the disks of a host and finds who may unlock them.
func (r *resolver) disk(h *Host) {
	if !h.saysDisk() {
		return
	}
	for _, e := range h.Disk.LUKS.Entries {
		if !e.Value.Device.IsSet() {
			r.report(e.From, h.Path("disk.luks."+e.Key), "the device is missing", "name it: "+e.Key+": /dev/disk/by-partlabel/root")
		}
	}
	for _, e := range h.Disk.LUKS.Entries {
		if t := e.Value.TPM2; !t.Enable.V && (t.PIN.V || t.PCRs.IsSet()) {
			r.report(e.From, h.Path("disk.luks."+e.Key+".tpm2"), "the TPM is not asked, so its PIN and its registers do nothing", "add enable: true, or remove it")
		}
	}
	r.unlock(h)
	for _, e := range h.Disk.Mounts.Entries {
		for i, o := range e.Value.Items {
			if reason := refusesMount(h, e.Key, o.V); reason != "" {
				r.report(o.From, h.Path(fmt.Sprintf("disk.mounts.%s[%d]", e.Key, i)), fmt.Sprintf("%s on %s: %s", o.V, e.Key, reason), "remove it")
			}
		}
	}
}

func (r *resolver) unlock(h *Host) {
	u := &h.Disk.RemoteUnlock
	if !u.Enable.V {
		return
	}
	path := func(setting string) string { return h.Path("disk.remote_unlock." + setting) }
	if len(h.Disk.LUKS.Entries) == 0 {
		r.report(u.Enable.From, path("enable"), "there is nothing to unlock", "name the encrypted device: disk.luks: { cryptroot: /dev/disk/by-partlabel/root }")
	}
	mainKeys := []string{hostKeyPath, h.HostKeyPath()}
	switch at := h.InitrdKeyPath(); {
	case slices.Contains(mainKeys, at):
		r.report(u.HostKey.From, path("host_key"), at+" is sshd's own host key, and would lie readable on the boot partition", "make another: ssh-keygen -t ed25519 -N '' -f "+initrdKeyPath)
	case strings.HasPrefix(at, "/nix/"):
		r.report(u.HostKey.From, path("host_key"), "everybody on the host can read what is in the Nix store", "name a path outside")
	}
	if slices.ContainsFunc(h.HostKeys, func(k schema.PublicKey) bool { return k.Blob == u.PublicKey.V.Blob }) {
		r.report(u.PublicKey.From, path("public_key"), "this is the host's own key: whoever takes the disk could pass for the host", "make another key for the initrd: ssh-keygen -t ed25519")
	}
	if slices.Contains(h.SSHPorts(), int(u.Port.V)) {
		r.report(u.Port.From, path("port"), fmt.Sprintf("sshd listens on port %d too, with another host key: clients could not tell the two apart", u.Port.V), "name another: disk.remote_unlock.port: 2233")
	}
	if !u.Keys.IsSet() {
		h.UnlockKeys = r.unlockers(h)
		return
	}
	for i, k := range u.Keys.Items {
		if len(k.V.Options) > 0 {
			r.report(k.From, path(fmt.Sprintf("keys[%d]", i)), "the options of this key would be lost: here a key unlocks the disk, and nothing else", "write the key without options")
		}
	}
	h.UnlockKeys = u.Keys.Values()
}

// unlockers returns the keys of a host's administrators, those without options.
func (r *resolver) unlockers(h *Host) []schema.PublicKey {
	var keys []schema.PublicKey
	for _, a := range h.Accounts {
		for _, k := range a.Keys.Values() {
			if a.Admin.V && len(k.Options) == 0 {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// refusesMount returns what a restriction of a mount would break, or "".
func refusesMount(h *Host, mount string, option schema.MountOption) string {
	switch {
	case covers("/nix", mount):
		if option == "noexec" {
			return "every program of the host lies below /nix"
		}
	case mount == "/" && option == "noexec" && (!h.Persistence.Enable.V || h.Persistence.Root.V != "tmpfs"):
		return "/nix may lie on the same file system, with every program"
	case covers("/run", mount):
		return "systemd and NixOS mount it themselves, and sudo lies below"
	case mount == "/dev" && option == "nodev":
		return "devices are what it is for"
	}
	return ""
}
