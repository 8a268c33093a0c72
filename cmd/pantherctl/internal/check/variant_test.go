package check

import (
	"strings"
	"testing"
)

// variant returns a server, reached as access says, with further lines.
func variant(access string, host ...string) string {
	return `version: 1
fleet: example
nixos: "25.11"
users:
  admin:
    admin: true
    keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1oB8iXkr/Hag6I0bsFb8HpT2L8d3K3Rv2f3y7Obp+G admin
  guest:
    password: guest-password
  deploy:
    deploy: true
devices:
  phone: { user: admin, addresses: 100.101.1.9 }
access:
  - ` + access + `
hosts:
  box:
    system: x86_64-linux
    level: server
    host_keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINU7BEdrgfP0UvI4on1tBxUhzhfqSPhryFztjcldpdFd
    interfaces: { eth0: lan }
    secrets: { guest-password: {} }
    ` + strings.Join(host, "\n    ") + "\n"
}

// TestVariants judges what the fixtures of a rule leave open.
func TestVariants(t *testing.T) {
	const (
		lan      = "{ from: lan, to: box, allow: ssh }"
		everyone = "{ from: everyone, to: box, allow: ssh }"
		console  = "break_glass: serial console"
		tailnet  = "tailscale: { enable: true }"
		caKey    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcE52xK9Z1cvfUjNMpk/W+wLVqGuZUuU/gXZSiXXFJQ"
	)
	tests := []struct {
		name, rule, document string
		want                 int
	}{
		{"any service opens ssh", "L15", variant("{ from: phone, to: box, allow: any }", tailnet), 0},
		{"any service from the tailnet is no second way", "B1", variant("{ from: phone, to: box, allow: any }", tailnet), 1},
		{"a trusted interface opens ssh", "L15", variant("{ from: lan, to: box, allow: dns }", "firewall: { trusted_interfaces: [eth0] }"), 0},
		{"a trusted tailnet is no second way", "B1", variant("{ from: lan, to: box, allow: dns }", tailnet, "firewall: { trusted_interfaces: [tailscale0] }"), 1},
		{"ssh of tailscale is no second way", "B1", variant("{ from: lan, to: box, allow: dns }", "tailscale: { enable: true, ssh: true }", "ssh: { enable: false }"), 1},
		{"the break-glass port is a second way", "B1", variant(everyone, tailnet, "break_glass: { port: 2222 }"), 0},
		{"a blank console is none", "B1", variant(everyone, tailnet, `break_glass: " "`), 1},
		{"the membership outlives the boot", "A6", variant(everyone, tailnet, console, "persistence: { enable: true, root: tmpfs }"), 0},
		{"the membership is forgotten", "A6", variant(everyone, tailnet, console, "persistence: { enable: true, root: tmpfs, forget: { /var/lib/tailscale: none kept } }"), 1},
		{"the password of one who is no administrator", "U1", variant(lan), 1},
		{"the password of root", "U1", variant(lan, "accounts: { root_password: guest-password }"), 0},
		{"passwords set with passwd", "U1", variant(lan, "accounts: { mutable_users: true }"), 0},
		{"nobody types the password of deploy", "P3", variant(lan, "persistence: { enable: true, root: tmpfs }", "accounts: { mutable_users: true }"), 1},
		{"the deploy user has no key", "A2", variant(lan), 1},
		{"the deploy user has a certificate", "A2", variant(lan, "ssh: { certificates: { user_cas: "+caKey+", principals: { deploy: ci } } }"), 0},
		{"an authority for members without keys", "A3", variant(lan, "ssh: { members: [admin, guest], certificates: { user_cas: "+caKey+" } }"), 0},
		{"members without keys", "A3", variant(lan, "ssh: { members: [admin, guest] }"), 1},
		{"files are all that the only user gets", "A1", strings.Replace(variant(lan, "ssh: { sftp_only: { drop: { directory: /srv, members: admin } } }"), "admin: true", "admin: false", 1), 1},
		{"whose disk the passphrase opens is at the console", "A16", strings.Replace(variant(lan, "disk: { luks: { r: /dev/sda } }"), "level: server", "level: workstation", 1), 0},
		{"it restarts at night", "A16", variant(lan, console, "disk: { luks: { r: /dev/sda } }", "upgrade: { enable: true, flake: github:a/b, reboot: true }"), 1},
		{"the passphrase comes over SSH", "A16", variant(lan, "disk: { luks: { r: /dev/sda }, remote_unlock: { enable: true } }"), 0},
		{"root may log in", "A2", variant(lan, "ssh: { root_login: prohibit-password }"), 0},
		{"all Nix users", "L18", variant(lan, `accounts: { nix_users: ["*"] }`), 0},
		{"a module named with the other dash", "K015", variant(lan, "kernel: { features: [can], block: [can_raw, can-bcm] }"), 2},
		{"the interface's own forwarding", "K004", variant(lan, "tailscale: { enable: true, routes: [10.0.0.0/8] }", "kernel: { sysctl: { net.ipv4.conf.eth0/1.forwarding: 0 } }"), 1},
		{"more kernel panics than hardening asks for", "K022", variant(lan, "kernel: { hardening: basic, params: [oops=panic] }"), 1},
		{"a panic parameter", "K022", variant(lan, "kernel: { hardening: basic, params: [oops=panic, panic=30] }"), 0},
		{"the bits of another machine", "K024", strings.ReplaceAll(variant(lan, "kernel: { sysctl: { vm.mmap_rnd_bits: 33 } }"), "x86_64", "aarch64"), 0},
	}
	for _, test := range tests {
		t.Run(test.rule+" "+test.name, func(t *testing.T) {
			found := of(test.rule, Document(resolve(t, "security.yaml", []byte(test.document)), Input{}))
			if len(found) != test.want {
				t.Errorf("%d findings, want %d:\n%s", len(found), test.want, text(found))
			}
		})
	}
}
