package gen

import (
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// askPassphrase is all that a key can do in the initrd: answer what systemd
// asks. It ends when nothing is left to ask, and the boot goes on.
const askPassphrase = `restrict,pty,command="/bin/systemd-tty-ask-password-agent --query" `

// disks is the module of encryption, boot loader and mount options.
func disks(h *policy.Host) *nix.File {
	d := h.Disk
	f := &nix.File{}
	body := nix.AttrSet{}
	if len(d.LUKS.Entries) > 0 {
		bind(&body, nix.Path("boot.initrd.systemd.enable"), nix.Bool(true), "systemd asks for the passphrase, wherever somebody can type it")
	}
	for _, e := range d.LUKS.Entries {
		device := nix.AttrSet{nix.Bind("device", nix.String(e.Value.Device.V))}
		if e.Value.Discards.IsSet() {
			device = append(device, nix.Bind("allowDiscards", nix.Bool(e.Value.Discards.V), why(e.Value.Discards.From)))
		}
		if e.Value.TPM2.Enable.V {
			device = append(device, nix.Bind("crypttabExtraOpts", nix.Strings("tpm2-device=auto", "tpm2-measure-pcr=yes"), enrolment(h, e.Value)...))
		}
		bind(&body, nix.Path("boot.initrd.luks.devices").Append(e.Key), device)
	}
	if h.Unlocks() {
		remoteUnlock(h, &body)
	}
	if h.SignsBoot() {
		secureBoot(h, f, &body)
	}
	bind(&body, nix.Path("boot.loader.systemd-boot.editor"), nix.Bool(d.BootEditor.V), why(d.BootEditor.From))
	if !d.EmergencyMode.V {
		bind(&body, nix.Path("systemd.enableEmergencyMode"), nix.Bool(false), why(d.EmergencyMode.From))
		body = append(body, nix.Bind("boot.initrd.systemd.emergencyAccess", nix.Bool(false), "no root shell at the console before the disks are there"))
	}
	mounts(h, &body)
	f.Body = body
	return f
}

// enrolment tells how the TPM gets its key: by hand, once, as no module can.
func enrolment(h *policy.Host, d schema.LUKS) []string {
	command := "systemd-cryptenroll --tpm2-device=auto --tpm2-pcrs=" + h.PCRs(d.TPM2)
	if d.TPM2.PIN.V {
		command += " --tpm2-with-pin=yes"
	}
	return []string{"once, on the host:", command + " " + string(d.Device.V)}
}

// remoteUnlock is the SSH server of the initrd.
func remoteUnlock(h *policy.Host, body *nix.AttrSet) {
	u := h.Disk.RemoteUnlock
	keys := nix.List{}
	for _, k := range h.UnlockKeys {
		line := askPassphrase + k.Type + " " + k.Blob
		if k.Comment != "" {
			line += " " + k.Comment
		}
		keys = append(keys, nix.Element{Value: nix.String(line)})
	}
	bind(body, nix.Path("boot.initrd.network"), nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("ssh", nix.AttrSet{
			nix.Bind("enable", nix.Bool(true)),
			nix.Bind("port", nix.Int(u.Port.V), why(u.Port.From)),
			nix.Bind("hostKeys", nix.Strings(h.InitrdKeyPath()), "not sshd's: it ends up readable on the boot partition"),
			nix.Bind("authorizedKeys", keys, "they answer systemd's question for the passphrase, and open no shell"),
		}),
	})
	if drivers := schema.Words(u.NICModules); len(drivers) > 0 {
		bind(body, nix.Path("boot.initrd.availableKernelModules"), nix.Strings(drivers...), "the network card's")
	}
	match := nix.Bind("matchConfig.Type", nix.String("ether"))
	if names := h.InitrdInterfaces(); len(names) > 0 {
		match = nix.Bind("matchConfig.Name", nix.String(strings.Join(names, " ")))
	}
	bind(body, nix.Path("boot.initrd.systemd.network.networks").Append("10-unlock"), nix.AttrSet{
		match, nix.Bind("networkConfig.DHCP", nix.String("yes")),
	})
}

// secureBoot puts Lanzaboote in the place of systemd-boot's installer.
func secureBoot(h *policy.Host, f *nix.File, body *nix.AttrSet) {
	s := h.Disk.SecureBoot
	needs(f, "lib")
	loader := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("pkiBundle", nix.String(s.PKIBundle.V), why(s.PKIBundle.From)),
		nix.Bind("autoGenerateKeys.enable", nix.Bool(s.Enroll.V), why(s.Enroll.From)),
	}
	if s.Enroll.V {
		loader = append(loader, nix.Bind("autoEnrollKeys", nix.AttrSet{
			nix.Bind("enable", nix.Bool(true), "does nothing unless the firmware is in setup mode"),
			nix.Bind("includeMicrosoftKeys", nix.Bool(s.Microsoft.V), why(s.Microsoft.From)),
		}))
	}
	bind(body, nix.Path("boot.lanzaboote"), loader)
	bind(body, nix.Path("boot.loader.systemd-boot.enable"), nix.Call("lib.mkForce", nix.Bool(false)),
		"Lanzaboote installs systemd-boot itself, signed")
}

// mounts restricts file systems that the host has. Those of the kernel have an
// option of their own.
func mounts(h *policy.Host, body *nix.AttrSet) {
	for i, e := range h.Disk.Mounts.Entries {
		if len(e.Value.Items) == 0 {
			continue
		}
		path := nix.Path("fileSystems").Append(e.Key, "options")
		if e.Key == "/dev/shm" {
			path = nix.Path("boot.specialFileSystems").Append(e.Key, "options")
		}
		*body = append(*body, nix.Binding{Path: path, Value: nix.Strings(schema.Words(e.Value)...), Blank: i == 0, Doc: []string{why(e.Value.From)}})
	}
}
