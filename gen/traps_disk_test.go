package gen_test

import (
	"slices"
	"strings"
	"testing"
)

func diskTraps() []trap {
	return []trap{
		{"T27 an initrd with a key of its own, a network and a narrow door", func(_ *testing.T, b built) (string, bool) {
			u := b.facts.RemoteUnlock
			switch {
			case u.Port == 0:
				return "", false
			case !u.Network || !b.facts.Boot.SystemdInitrd || u.Networks["10-unlock"] == nil:
				return "SSH in the initrd without its network is silently nothing", true
			case slices.ContainsFunc(b.facts.SSHD.HostKeys, func(k struct{ Path, Type string }) bool { return slices.Contains(u.HostKeys, k.Path) }):
				return "the host's own key lies on the boot partition", true
			case len(u.HostKeys) == 0 || strings.HasPrefix(u.HostKeys[0], "/nix/"):
				return "no host key, or one in the store", true
			case slices.Contains(b.SSHPorts(), u.Port):
				return "one port has two host keys", true
			case !strings.Contains(b.modules["disk"], "boot.initrd.availableKernelModules = [ "):
				return "the network card has no driver", true
			}
			for _, k := range u.AuthorizedKeys {
				if !strings.HasPrefix(k, `restrict,pty,command="/bin/systemd-tty-ask-password-agent --query" ssh-`) {
					return "a key opens more than the disk: " + k, true
				}
			}
			return onlyIf(len(u.AuthorizedKeys) > 0, "nobody can unlock"), true
		}},
		{"T40 nobody edits the kernel's parameters", func(_ *testing.T, b built) (string, bool) {
			return onlyIf(!b.facts.Boot.Editor && b.facts.SecureBoot.Loader["editor"] != true, "init=/bin/sh makes root"), true
		}},
		{"Secure Boot and systemd-boot exclude each other", func(_ *testing.T, b built) (string, bool) {
			s := b.facts.SecureBoot
			return onlyIf(!b.facts.Boot.SystemdBoot && s.Enroll && s.MicrosoftKeys && (!b.Persistence.Enable.V || b.persists(s.PKIBundle)),
				"unsigned entries, or keys that nobody enrols or keeps"), s.Enable
		}},
		{"encrypted devices are opened by systemd", func(_ *testing.T, b built) (string, bool) {
			for _, e := range b.Disk.LUKS.Entries {
				if b.facts.Boot.LUKS[e.Key] != string(e.Value.Device.V) {
					return e.Key + " is not opened", true
				}
			}
			return onlyIf(b.facts.Boot.SystemdInitrd, "the old initrd asks at the console only"), len(b.Disk.LUKS.Entries) > 0
		}},
		{"a server boots on past a failed mount, to where people can get in", func(_ *testing.T, b built) (string, bool) {
			good := !b.facts.Boot.EmergencyMode && b.facts.Boot.InitrdEmergencyAccess == false && b.facts.SSHD.Enable
			return onlyIf(good, "an emergency shell waits at its console"), b.Level.V != "workstation"
		}},
		{"mounts have the options they were given", func(_ *testing.T, b built) (string, bool) {
			for _, e := range b.Disk.Mounts.Entries {
				got := b.facts.FileSystems[e.Key].Options
				if e.Key == "/dev/shm" {
					got = b.facts.Boot.ShmOptions
				}
				for _, o := range e.Value.Values() {
					if !slices.Contains(got, string(o)) {
						return e.Key + " lacks " + string(o), true
					}
				}
			}
			return "", len(b.Disk.Mounts.Entries) > 0
		}},
	}
}
