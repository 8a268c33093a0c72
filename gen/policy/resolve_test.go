package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOuk1z7AnAIYCxdqfVV5OYFfmbcOLyTduj6jJqd61bX"

// resolve resolves a document and fails on problems of its shape.
func resolve(t *testing.T, doc string) (*policy.Fleet, schema.Diagnostics) {
	t.Helper()
	f, problems := schema.Load("f.yaml", []byte("version: 1\nfleet: t\nnixos: '25.11'\n"+doc), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	fleet, problems := policy.Resolve(f)
	return fleet, problems
}

func TestLayers(t *testing.T) {
	fleet, problems := resolve(t, `
roles:
  base: {level: server, ssh: {max_sessions: 4}, firewall: {egress: {allow: {append: [smtp]}}}}
  more: {ssh: {max_auth_tries: 5}, firewall: {egress: {allow: {append: [git]}}}}
hosts:
  a: {system: x86_64-linux, roles: [base, more], ssh: {max_auth_tries: 3}}
  b: {system: x86_64-linux, roles: base, level: workstation}
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	show := func(name string, paths ...string) string {
		h, _ := fleet.Host(name)
		var lines []string
		for _, s := range h.All() {
			for _, p := range paths {
				if s.Path == p {
					lines = append(lines, fmt.Sprintf("%s = %s, %s", s.Path, s.Text, s.From[len(s.From)-1]))
				}
			}
		}
		return strings.Join(lines, "\n")
	}
	paths := []string{"ssh.max_sessions", "ssh.max_auth_tries", "ssh.ports", "firewall.egress.policy", "firewall.egress.allow"}
	want := `firewall.egress.policy = deny, level server
firewall.egress.allow = [dns, http, https, smtp, git], f.yaml:7:73
ssh.ports = [22], every level
ssh.max_auth_tries = 3, f.yaml:9:72
ssh.max_sessions = 4, f.yaml:6:45`
	if diff := cmp.Diff(want, show("a", paths...)); diff != "" {
		t.Errorf("host a (-want +got):\n%s", diff)
	}
	want = `firewall.egress.policy = allow, every level
firewall.egress.allow = [smtp], f.yaml:6:86
ssh.ports = [22], every level
ssh.max_auth_tries = 6, every level
ssh.max_sessions = 4, f.yaml:6:45`
	if diff := cmp.Diff(want, show("b", paths...)); diff != "" {
		t.Errorf("host b (-want +got):\n%s", diff)
	}
}

func TestProblems(t *testing.T) {
	tests := map[string]struct{ doc, want string }{
		"roles disagree": {
			"roles:\n  a: {level: server, ssh: {ports: 22}}\n  b: {ssh: {ports: 2222}}\nhosts:\n  h: {system: x86_64-linux, roles: [a, b]}",
			"hosts.h.ssh.ports: two roles of the host set this differently, the other at f.yaml:5:35",
		},
		"the host decides": {
			"roles:\n  a: {level: server, ssh: {ports: 22}}\n  b: {ssh: {ports: 2222}}\nhosts:\n  h: {system: x86_64-linux, roles: [a, b], ssh: {ports: 22}}",
			"",
		},
		"no level": {"hosts:\n  h: {system: x86_64-linux}", "hosts.h: the host has no level"},
		"any without addresses": {
			"access:\n  - {from: a, to: b, allow: any}\nhosts:\n  a: {system: x86_64-linux, level: server, tailscale: {enable: true}}\n" +
				"  b: {system: x86_64-linux, level: server, tailscale: {enable: true}}",
			"access[0].allow: any over the tailnet is let in by source address, and none is declared for a",
		},
		"any for a whole side": {
			"access:\n  - {from: lan, to: b, allow: any}\nhosts:\n  b: {system: x86_64-linux, level: server, interfaces: {eth0: lan}}",
			"access[0].allow: any service for all of lan would open every port of b",
		},
		"no way in": {
			"access:\n  - {from: everyone, to: b, allow: dns}\nhosts:\n  b: {system: x86_64-linux, level: server}",
			"access[0].to[0]: b has no way in from the side tailnet",
		},
		"secret nobody declared": {
			"hosts:\n  b: {system: x86_64-linux, level: server, secrets: {tailnet-key: {}}, host_keys: " + key + ", tailscale: {enable: true, auth_key: tailnetkey}}",
			`hosts.b.tailscale.auth_key: host b has no secret called "tailnetkey"`,
		},
		"two secrets with one name in opnix": {
			"hosts:\n  b: {system: x86_64-linux, level: server, secrets: {db-1: op://v/i/f, db1: op://v/i/g, db2: op://v/i/h}}",
			"hosts.b.secrets.db1: opnix, which knows no dashes, has one name for db-1 and db1",
		},
		"boot secret from 1Password": {
			"hosts:\n  b: {system: x86_64-linux, level: server, secrets: {k: op://v/i/f}, tailscale: {enable: true, auth_key: k}}",
			`hosts.b.tailscale.auth_key: secret "k" comes from 1Password, which needs the network that is not up yet when b is read`,
		},
		"secret without a host key": {
			"hosts:\n  b: {system: x86_64-linux, level: server, secrets: {k: {}}}",
			`hosts.b.host_keys: secret "k" cannot be encrypted to this host without its ed25519 host key`,
		},
		"exit node that is none": {
			"hosts:\n  a: {system: x86_64-linux, level: server, tailscale: {enable: true, use_exit_node: b}}\n  b: {system: x86_64-linux, level: server}",
			"hosts.a.tailscale.use_exit_node: b is no exit node",
		},
		"nothing to unlock": {
			"hosts:\n  b: {system: x86_64-linux, level: server, disk: {remote_unlock: {enable: true}}}",
			"hosts.b.disk.remote_unlock.enable: there is nothing to unlock",
		},
		"the initrd has sshd's key": {
			"hosts:\n  b: {system: x86_64-linux, level: server, disk: {luks: {r: /dev/sda}, remote_unlock: {enable: true, host_key: /etc/ssh/ssh_host_ed25519_key}}}",
			"hosts.b.disk.remote_unlock.host_key: /etc/ssh/ssh_host_ed25519_key is sshd's own host key, and would lie readable on the boot partition",
		},
		"the initrd's key in the store": {
			"hosts:\n  b: {system: x86_64-linux, level: server, disk: {luks: {r: /dev/sda}, remote_unlock: {enable: true, host_key: /nix/store/key}}}",
			"hosts.b.disk.remote_unlock.host_key: everybody on the host can read what is in the Nix store",
		},
		"sshd's key as the initrd's": {
			"hosts:\n  b: {system: x86_64-linux, level: server, host_keys: " + key + ", disk: {luks: {r: /dev/sda}, remote_unlock: {enable: true, public_key: " + key + "}}}",
			"hosts.b.disk.remote_unlock.public_key: this is the host's own key: whoever takes the disk could pass for the host",
		},
		"one port, two host keys": {
			"hosts:\n  b: {system: x86_64-linux, level: server, disk: {luks: {r: /dev/sda}, remote_unlock: {enable: true, port: 22}}}",
			"hosts.b.disk.remote_unlock.port: sshd listens on port 22 too, with another host key: clients could not tell the two apart",
		},
		"a key whose options would be lost": {
			"hosts:\n  b: {system: x86_64-linux, level: server, disk: {luks: {r: /dev/sda}, remote_unlock: {enable: true, keys: no-pty " + key + "}}}",
			"hosts.b.disk.remote_unlock.keys[0]: the options of this key would be lost: here a key unlocks the disk, and nothing else",
		},
		"LUKS without a device": {
			"hosts:\n  b: {system: x86_64-linux, level: server, disk: {luks: {r: {allow_discards: true}}}}",
			"hosts.b.disk.luks.r: the device is missing",
		},
		"noexec on the store": {
			"hosts:\n  b: {system: x86_64-linux, level: server, disk: {mounts: {/nix/store: noexec}}}",
			"hosts.b.disk.mounts./nix/store[0]: noexec on /nix/store: every program of the host lies below /nix",
		},
		"noexec on the root": {
			"hosts:\n  b: {system: x86_64-linux, level: server, disk: {mounts: {/: [nodev, noexec]}}}",
			"hosts.b.disk.mounts./[1]: noexec on /: /nix may lie on the same file system, with every program",
		},
		"a wiped root in memory holds no programs": {
			"hosts:\n  b: {system: x86_64-linux, level: server, persistence: {enable: true}, disk: {mounts: {/: noexec}}}",
			"",
		},
		"nodev on devices": {
			"hosts:\n  b: {system: x86_64-linux, level: server, disk: {mounts: {/dev: nodev}}}",
			"hosts.b.disk.mounts./dev[0]: nodev on /dev: devices are what it is for",
		},
		"nosuid where sudo lies": {
			"hosts:\n  b: {system: x86_64-linux, level: server, disk: {mounts: {/run/wrappers: nosuid}}}",
			"hosts.b.disk.mounts./run/wrappers[0]: nosuid on /run/wrappers: systemd and NixOS mount it themselves, and sudo lies below",
		},
		"files only, without sftp": {
			"hosts:\n  b: {system: x86_64-linux, level: server, ssh: {sftp: false, sftp_only: {drop: {directory: /srv, members: []}}}}",
			"hosts.b.ssh.sftp_only.drop: sftp is off on this host",
		},
		"files only, for everybody": {
			"hosts:\n  b: {system: x86_64-linux, level: server, ssh: {sftp_only: {ssh-users: {directory: /srv, members: []}}}}",
			"hosts.b.ssh.sftp_only.ssh-users: ssh-users has other members, who would lose their shells",
		},
		"files only, for who deploys": {
			"users: {d: {deploy: true, keys: " + key + "}}\nhosts:\n  b: {system: x86_64-linux, level: server, ssh: {sftp_only: {drop: {directory: /srv, members: d}}}}",
			"hosts.b.ssh.sftp_only.drop.members[0]: d administers or deploys, which takes a shell",
		},
		"files only, without a key": {
			"users: {d: {}}\nhosts:\n  b: {system: x86_64-linux, level: server, ssh: {sftp_only: {drop: {directory: /srv, members: d}}}}",
			"hosts.b.ssh.sftp_only.drop.members[0]: d is not let in at all: no key, or not among ssh.members",
		},
		"files only, no account": {
			"users: {d: {keys: " + key + ", hosts: []}}\nhosts:\n  b: {system: x86_64-linux, level: server, ssh: {sftp_only: {drop: {directory: /srv, members: d}}}}",
			"hosts.b.ssh.sftp_only.drop.members[0]: \"d\" has no account on this host",
		},
		"a host named like an alias": {
			"hosts:\n  b: {system: x86_64-linux, level: server, disk: {luks: {r: /dev/sda}, remote_unlock: {enable: true}}}\n  b-initrd: {system: x86_64-linux, level: server}",
			"hosts.b-initrd: b-initrd is also the name by which the disk of b is unlocked",
		},
		"a service that goes round a limit": {
			"services: {git: tcp/20-30}\naccess:\n  - {from: lan, to: b, allow: [ssh, git]}\nhosts:\n  b: {system: x86_64-linux, level: server, interfaces: {eth0: lan}}",
			"hosts.b.firewall.rate_limits.ssh: git opens tcp/22 for lan without the limit that ssh has there",
		},
		"a user without devices": {
			"users: {ann: {}}\naccess:\n  - {from: ann, to: b, allow: https, over: lan}\nhosts:\n  b: {system: x86_64-linux, level: server, interfaces: {eth0: lan}}",
			"access[0].from: ann is let in over the lan by the addresses of devices, and has none",
		},
		"exit node without a way out": {
			"hosts:\n  a: {system: x86_64-linux, level: server, interfaces: {eth0: lan}, tailscale: {enable: true, exit_node: true}}",
			"hosts.a.tailscale.exit_node: an exit node needs an interface to the internet, or it would carry the tailnet into the LAN",
		},
		"IPv6 address without IPv6": {
			"hosts:\n  a: {system: x86_64-linux, level: server, network: {ipv6: false}, addresses: {lan: [192.168.1.2, 'fd00::2']}}",
			"hosts.a.addresses.lan[1]: fd00::2 is an IPv6 address, and IPv6 is off at f.yaml:5:60",
		},
		"IPv6 route without IPv6": {
			"hosts:\n  a: {system: x86_64-linux, level: server, network: {ipv6: false}, tailscale: {enable: true, routes: 'fd00:7::/64'}}",
			"hosts.a.tailscale.routes[0]: fd00:7::/64 is an IPv6 network, and IPv6 is off at f.yaml:5:60",
		},
		"IPv6 off and on": {
			"hosts:\n  a: {system: x86_64-linux, level: server, network: {ipv6: false}, kernel: {sysctl: {net.ipv6.conf.eth0.disable_ipv6: 0}}}",
			"hosts.a.kernel.sysctl.\"net.ipv6.conf.eth0.disable_ipv6\": this turns IPv6 on, and IPv6 is off at f.yaml:5:60",
		},
		"one sysctl twice": {
			"hosts:\n  a: {system: x86_64-linux, level: server, firewall: {connection_tracking: {max: 1000}}, kernel: {sysctl: {net.netfilter.nf_conntrack_max: 5000}}}",
			"hosts.a.kernel.sysctl.\"net.netfilter.nf_conntrack_max\": firewall.connection_tracking.max sets this to 1000 (f.yaml:5:82)",
		},
		"nobody without IPv6": {
			"access:\n  - {from: a, to: b, allow: dns, over: lan}\nhosts:\n  a: {system: x86_64-linux, level: server, addresses: {lan: 'fd00::2'}}\n" +
				"  b: {system: x86_64-linux, level: server, interfaces: {eth0: lan}, network: {ipv6: false}}",
			"access[0].allow: a has IPv6 addresses only, and b has no IPv6 (f.yaml:8:85)",
		},
		"NAT for no container": {
			"hosts:\n  a: {system: x86_64-linux, level: server, interfaces: {eth0: wan}, network: {container_nat: true}}",
			"hosts.a.network.container_nat: the host names no interface of containers",
		},
		"NAT by either of two": {
			"hosts:\n  a: {system: x86_64-linux, level: server, interfaces: {eth0: wan, eth1: wan, br0: container}, network: {container_nat: true}}",
			"hosts.a.network.container_nat: by which interface containers get out is not clear",
		},
		"NAT beside another firewall": {
			"hosts:\n  a: {system: x86_64-linux, level: server, interfaces: {eth0: wan, br0: container}, network: {container_nat: true}, firewall: {mode: own}}",
			"hosts.a.network.container_nat: NAT needs the firewall that pantherctl writes, and the host has its own",
		},
		"uplink to containers": {
			"hosts:\n  a: {system: x86_64-linux, level: server, interfaces: {br0: container}, network: {uplink: br0}}",
			"hosts.a.network.uplink: br0 is no interface of this host that leads outside",
		},
		"limit of no ping": {
			"hosts:\n  a: {system: x86_64-linux, level: server, firewall: {ping: false, ping_limit: 5/second}}",
			"hosts.a.firewall.ping_limit: the limit counts nothing: the host answers no echo request",
		},
		"bans without sshd": {
			"hosts:\n  a: {system: x86_64-linux, level: workstation, fail2ban: always}",
			"hosts.a.fail2ban.when: fail2ban watches sshd, and the host runs none",
		},
		"bans that shrink": {
			"hosts:\n  a: {system: x86_64-linux, level: server, fail2ban: {ban_time: 8d}}",
			"hosts.a.fail2ban.max_ban_time: the longest ban is shorter than the first",
		},
		"bans of nobody": {
			"hosts:\n  a: {system: x86_64-linux, level: server, fail2ban: {ignore: 0.0.0.0/0}}",
			"hosts.a.fail2ban.ignore: this is every address: nobody would ever be banned",
		},
		"policy without AppArmor": {
			"hosts:\n  a: {system: x86_64-linux, level: server, apparmor: {policies: {mpv: enforce}}}",
			"hosts.a.apparmor.policies: no policy is loaded: AppArmor is off",
		},
		"scanner that never runs": {
			"hosts:\n  a: {system: x86_64-linux, level: server, integrity: {by: store}}",
			"hosts.a.integrity.by: nothing is looked for: integrity is off",
		},
		"audit without rules": {
			"hosts:\n  a: {system: x86_64-linux, level: server, audit: {enable: true}}",
			"hosts.a.audit.rules: the audit trail has no rules: it would record nothing but logins",
		},
		"no log files": {
			"hosts:\n  a: {system: x86_64-linux, level: server, logs: {enable: true}}",
			"hosts.a.logs.files: no log file is named",
		},
		"log files of two kinds and none": {
			"hosts:\n  a: {system: x86_64-linux, level: server, logs: {files: {a: {facilities: auth, program: sshd}, b: {}, c: {program: sshd, least: info}}}}",
			"hosts.a.logs.files.a: a log file takes facilities or a program, not both\n" +
				"hosts.a.logs.files.b: nothing says which messages the file takes\n" +
				"hosts.a.logs.files.c: least goes with facilities",
		},
		"notifications to nobody": {
			"hosts:\n  a: {system: x86_64-linux, level: server, notify: {enable: true}}",
			"hosts.a.notify.target: nothing says where notifications go",
		},
		"notifications to a secret nobody declared": {
			"hosts:\n  a: {system: x86_64-linux, level: server, notify: {enable: true, target: ntfy}}",
			`hosts.a.notify.target: host a has no secret called "ntfy"`,
		},
		"figures without a tailnet": {
			"hosts:\n  a: {system: x86_64-linux, level: server, metrics: {enable: true}}",
			"hosts.a.metrics.enable: figures are offered in the tailnet only, and the host is not in it",
		},
		"figures without an address": {
			"hosts:\n  a: {system: x86_64-linux, level: server, tailscale: {enable: true}, metrics: {enable: true}}",
			"hosts.a.addresses.tailnet: the node exporter listens on the host's tailnet address, and none is declared",
		},
		"a selfcheck without end": {
			"hosts:\n  a: {system: x86_64-linux, level: server, selfcheck: {enable: true, every: 9m}}",
			"hosts.a.selfcheck.every: a check takes minutes, as it reads the whole system",
		},
		"certificates signed by nobody, or by what sshd does not take": {
			"hosts:\n  a: {system: x86_64-linux, level: server, ssh: {certificates: {principals: {u: u}, host_certificate: /etc/ssh/k-cert.pub}}}\n" +
				"  b: {system: x86_64-linux, level: server, login: [], ssh: {certificates: {principals: {u: u}, user_cas: [ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFw2PQN51TTZJmGgMv7TNCk0BWhFdxmofQC5MSoj75kHY6YbBfdC0LvuYTrDxf0jna3kSENv3FmY4520AFELq6g=, 'no-pty ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcE52xK9Z1cvfUjNMpk/W+wLVqGuZUuU/gXZSiXXFJQ'], host_cas: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcE52xK9Z1cvfUjNMpk/W+wLVqGuZUuU/gXZSiXXFJQ}}}\nusers: {u: {}}",
			"hosts.a.ssh.certificates.principals.u: principals let nobody in without a key that signs certificates\n" +
				"hosts.a.ssh.certificates.host_cas: no client knows who signed the host's certificate\n" +
				"hosts.b.ssh.certificates.principals.u: \"u\" has no account on this host\n" +
				"hosts.b.ssh.certificates.user_cas[0]: sshd and ssh take certificates signed by ed25519 keys only, and this is ecdsa-sha2-nistp256\n" +
				"hosts.b.ssh.certificates.user_cas[1]: a key that signs certificates takes no options\n" +
				"hosts.b.ssh.certificates.host_certificate: the host has no certificate to show",
		},
		"relays that are none": {
			"derp: {omit_default: true, regions: {one: {id: 900, hosts: a}, two: {id: 900, hosts: b}}}\nhosts:\n" +
				"  a: {system: x86_64-linux, level: server, tailscale: {enable: true, relay_port: 40001}}\n" +
				"  b: {system: x86_64-linux, level: server, tailscale: {enable: true, relay: derp}}\n" +
				"  c: {system: x86_64-linux, level: server, tailscale: {enable: true, derp: {domain: c.example.org}}}",
			"derp.regions.one.hosts[0]: a is no DERP server\n" +
				"derp.regions.two.id: one has this number too\n" +
				"hosts.a.tailscale.relay_port: only a peer relay has this port\n" +
				"hosts.b.tailscale.derp.domain: clients find a DERP server by its name\n" +
				"hosts.c.tailscale.derp: the host is no DERP server",
		},
		"an isolated host with no side to come by": {
			"hosts:\n  a: {system: x86_64-linux, level: server, incident: {enable: true, operators: b}}\n  b: {system: x86_64-linux, level: server, addresses: 100.101.1.2}",
			"hosts.a.incident.over: the host has no interface of the side tailnet, by which operators come",
		},
		"an isolated host that nobody could reach": {
			"hosts:\n  a: {system: x86_64-linux, level: server, tailscale: {enable: true}, incident: {enable: true}}",
			"hosts.a.incident.operators: nobody could reach the host while it is isolated",
		},
		"an isolated host that is its own operator": {
			"hosts:\n  a: {system: x86_64-linux, level: server, addresses: 100.101.1.1, tailscale: {enable: true}, incident: {enable: true, operators: a}}",
			"hosts.a.incident.operators[0]: an operator is known by address, and a has none in the tailnet",
		},
		"an isolated host that alone is the operator of its role": {
			"roles:\n  r: {level: server, tailscale: {enable: true}, incident: {enable: true, operators: a}}\nhosts:\n  a: {system: x86_64-linux, roles: r, addresses: 100.101.1.1}\n  b: {system: x86_64-linux, roles: r, addresses: 100.101.1.2}",
			"hosts.a.incident.operators: nobody could reach the host while it is isolated",
		},
		"an isolated host that is its own operator beside those of its role": {
			"roles:\n  r: {level: server, tailscale: {enable: true}, incident: {enable: true, operators: {append: b}}}\nhosts:\n  a: {system: x86_64-linux, roles: r, addresses: 100.101.1.1, incident: {operators: {append: a}}}\n  b: {system: x86_64-linux, roles: r, addresses: 100.101.1.2, incident: {enable: false}}",
			"hosts.a.incident.operators[1]: an operator is known by address, and a has none in the tailnet",
		},
		"an isolated host for operators without addresses": {
			"hosts:\n  a: {system: x86_64-linux, level: server, interfaces: {eth0: lan}, incident: {enable: true, over: lan, operators: [b, a]}}\n  b: {system: x86_64-linux, level: server, addresses: 100.101.1.2}",
			"hosts.a.incident.operators[0]: an operator is known by address, and b has none in the lan\n" +
				"hosts.a.incident.operators[1]: an operator is known by address, and a has none in the lan",
		},
		"an isolated host reached from the internet": {
			"hosts:\n  a: {system: x86_64-linux, level: server, interfaces: {eth0: wan}, incident: {enable: true, over: wan, operators: b}}\n  b: {system: x86_64-linux, level: server, addresses: {wan: 192.0.2.1}}",
			"hosts.a.incident.over: operators come by the tailnet or the LAN, not by wan\n" +
				"hosts.a.incident.operators[0]: an operator is known by address, and b has none in the wan",
		},
		"kept on the mount itself": {
			"hosts:\n  a: {system: x86_64-linux, level: server, persistence: {enable: true, directories: /persist/x}}",
			"hosts.a.persistence.directories: /persist/x lies on the mount that survives",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, problems := resolve(t, tt.doc)
			var got []string
			for _, p := range problems {
				got = append(got, p.Path+": "+p.Message)
				if !p.Pos.IsValid() || p.Hint == "" && !strings.Contains(p.Message, "exit") {
					t.Errorf("%s: no position or no way out", p)
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBans: fail2ban runs by itself where not only the tailnet reaches sshd.
func TestBans(t *testing.T) {
	tests := map[string]struct {
		host, access string
		want         bool
	}{
		"LAN":             {"interfaces: {eth0: lan}", "{from: lan, to: a, allow: ssh}", true},
		"tailnet":         {"tailscale: {enable: true}", "{from: everyone, to: a, allow: ssh}", false},
		"tailnet, always": {"tailscale: {enable: true}, fail2ban: always", "{from: everyone, to: a, allow: ssh}", true},
		"LAN, never":      {"interfaces: {eth0: lan}, fail2ban: never", "{from: lan, to: a, allow: ssh}", false},
		"no ssh in":       {"interfaces: {eth0: lan}", "{from: lan, to: a, allow: https}", false},
		"second port":     {"interfaces: {eth0: wan}, break_glass: {port: 2222}", "{from: wan, to: a, allow: https}", true},
		"trusted":         {"interfaces: {eth0: lan}, firewall: {trusted_interfaces: eth0}", "{from: lan, to: a, allow: https}", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fleet, problems := resolve(t, "access:\n  - "+tt.access+"\nhosts:\n  a: {system: x86_64-linux, level: server, persistence: {enable: true}, "+tt.host+"}\n")
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			h, _ := fleet.Host("a")
			kept := slices.ContainsFunc(h.State, func(k policy.Kept) bool { return k.Path == "/var/lib/fail2ban" })
			if h.Bans() != tt.want || kept != tt.want {
				t.Errorf("bans: %t, and keeps them: %t; want %t", h.Bans(), kept, tt.want)
			}
		})
	}
}

// TestAddressHint: who has no address is named where it would be declared.
func TestAddressHint(t *testing.T) {
	for _, member := range []string{"devices: {p: {}}", "hosts: {p: {system: x86_64-linux, level: server}}"} {
		section, _, _ := strings.Cut(member, ":")
		host := "b: {system: x86_64-linux, level: server, interfaces: {eth0: lan}}"
		doc := member + "\nhosts: {" + host + "}"
		if section == "hosts" {
			doc = strings.TrimSuffix(member, "}") + ", " + host + "}"
		}
		_, problems := resolve(t, "access: [{from: p, to: b, allow: any, over: lan}]\n"+doc)
		if len(problems) != 1 || problems[0].Hint != "declare it: "+section+".p.addresses.lan" {
			t.Errorf("%s: %+v", section, problems)
		}
	}
}

// TestOperatorsOfRole wants a role's list of its own hosts to mean the others, on
// each of them, and what follows in it counted.
func TestOperatorsOfRole(t *testing.T) {
	fleet, problems := resolve(t, `
roles:
  r: {level: server, tailscale: {enable: true}, incident: {enable: true, operators: [a, b]}}
hosts:
  a: {system: x86_64-linux, roles: r, addresses: 100.101.1.1}
  b: {system: x86_64-linux, roles: r, addresses: 100.101.1.2}
  c: {system: x86_64-linux, roles: r, addresses: 100.101.1.3}
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for name, want := range map[string]string{"a": "[100.101.1.2]", "b": "[100.101.1.1]", "c": "[100.101.1.1 100.101.1.2]"} {
		h, _ := fleet.Host(name)
		if got := fmt.Sprint(h.Operators()); got != want {
			t.Errorf("the operators of %s are %s, and should be %s", name, got, want)
		}
	}
}
