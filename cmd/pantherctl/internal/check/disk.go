package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// cannotUnlock is A14. That the initrd has a host key of its own is no
// question: the document is refused otherwise.
func cannotUnlock(s *subject) {
	u := s.Disk.RemoteUnlock
	path := func(setting string) string { return s.Path("disk.remote_unlock." + setting) }
	if len(s.UnlockKeys) == 0 {
		s.report(u.Enable.From, path("keys"), "nobody can unlock the disk over SSH: no administrator of the host has a key without options",
			"write the public keys: disk.remote_unlock.keys")
	}
	if len(u.NICModules.Items) == 0 {
		s.report(u.Enable.From, path("nic_modules"), "the initrd has no network: it does not know the driver of the card",
			"on the host, lspci -k names it: disk.remote_unlock.nic_modules: [e1000e]")
	}
	names := s.InitrdInterfaces()
	if wired := func(name string) bool { return !policy.Wireless(name) }; len(names) > 0 && !slices.ContainsFunc(names, wired) {
		s.report(u.Enable.From, path("enable"), fmt.Sprintf("the initrd joins no Wi-Fi, and the host has nothing but %s: nobody reaches it to unlock the disk", strings.Join(names, ", ")),
			"name the interface of a cable: interfaces: { enp1s0: lan }, or let the TPM unlock")
	}
}

// waitsForPassphrase is A16. A workstation has somebody in front of it, unless
// it restarts by itself at night.
func waitsForPassphrase(s *subject) {
	if !s.WaitsForPassphrase() {
		return
	}
	if u := s.Upgrade; upgrades(s.Host) && u.Reboot.V {
		s.report(u.Reboot.From, s.Path("upgrade.reboot"), fmt.Sprintf("the host restarts at night and waits for the passphrase of %s (%s), until somebody comes to its console", s.Disk.LUKS.Entries[0].Key, s.Disk.LUKS.Entries[0].From.Pos),
			"set disk.remote_unlock.enable: true, or upgrade.reboot: false")
		return
	}
	if e := s.Disk.LUKS.Entries[0]; s.Level.V != "workstation" && !s.hasConsole() {
		s.report(e.From, s.entry("disk.luks", e.Key),
			fmt.Sprintf("after a power cut or a panic the host waits for the passphrase of %s, at a console that the document does not name", e.Key),
			"set disk.remote_unlock.enable: true, or name the console in break_glass")
	}
}

// noWayAfterFailedMount is D1.
func noWayAfterFailedMount(s *subject) {
	ownSSH := s.SSH.Mode.V == schema.Own // may well run
	if d := s.Disk.EmergencyMode; !d.V && !ownSSH && !s.SSH.Enable.V && !s.Settings.Accounts.ConsoleRescue.V {
		s.report(d.From, s.Path("disk.emergency_mode"),
			"a host whose mount fails can be repaired by nobody: no emergency shell, no SSH, and no one to log in at the console",
			"set accounts.console_login: true with a password, or disk.emergency_mode: true")
	}
}

// editorOpen is D2.
func editorOpen(s *subject) {
	if d := s.Disk.BootEditor; d.V {
		s.report(d.From, s.Path("disk.boot_editor"), "whoever is at the console adds init=/bin/sh to the kernel's parameters and is root",
			"remove it: the rescue system of an installation medium does the same for you")
	}
}

// unknownUnlocker is D3.
func unknownUnlocker(s *subject) {
	if u := s.Disk.RemoteUnlock; !u.PublicKey.IsSet() {
		s.report(u.Enable.From, s.Path("disk.remote_unlock.public_key"),
			"nothing tells this initrd from another machine at its address: the passphrase goes to whoever answers",
			fmt.Sprintf("write what %s.pub on the host holds", s.InitrdKeyPath()))
	}
}

// unlocksForAnybody is D21. With Secure Boot the key is bound to what the host's
// own keys signed, as long as register 7 is among those that must be the same.
func unlocksForAnybody(s *subject) {
	const hint = "set disk.secure_boot: true, or tpm2: { enable: true, pin: true }"
	for _, e := range s.Disk.LUKS.Entries {
		t := e.Value.TPM2
		path := s.entry("disk.luks", e.Key) + ".tpm2"
		bound := !t.PCRs.IsSet() || slices.Contains(t.PCRs.Values(), 7)
		switch {
		case !t.Enable.V || t.PIN.V:
		case !s.Disk.SecureBoot.Enable.V:
			s.report(t.Enable.From, path, "whoever takes the machine starts another system on it, and its TPM opens the disk: nothing checks what is started", hint)
		case !bound:
			s.report(t.PCRs.From, path, "the key is not bound to Secure Boot: whoever turns it off in the firmware gets the disk opened", "add register 7 to pcrs, or set pin: true")
		}
	}
}
