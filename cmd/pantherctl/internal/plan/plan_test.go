package plan

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

const fleets = "../../../../testdata/fleets"

// example returns an example fleet and the facts of its hosts, made anew each
// time.
func example(t testing.TB, name string) (*policy.Fleet, map[string]*facts.Host) {
	t.Helper()
	read := func(file string) []byte {
		text, err := os.ReadFile(filepath.Join(fleets, name, file))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	document, problems := schema.Load("security.yaml", read("security.yaml"), func(string) ([]byte, error) { return nil, fs.ErrNotExist })
	fleet, more := policy.Resolve(document)
	for _, p := range append(problems, more...) {
		t.Fatal(p)
	}
	hosts, err := facts.DecodeFleet(read("facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	return fleet, hosts
}

// compareServer compares the server of the homelab with itself, changed.
func compareServer(t testing.TB, change func(old, new *facts.Host)) Host {
	t.Helper()
	fleet, old := example(t, "homelab")
	_, new := example(t, "homelab")
	change(old["server"], new["server"])
	return compareHosts(t, fleet, old, new, "server")[0]
}

// compareHosts compares hosts of a fleet.
func compareHosts(t testing.TB, fleet *policy.Fleet, old, new map[string]*facts.Host, names ...string) []Host {
	t.Helper()
	c := &Comparison{Fleet: fleet}
	var hosts []*policy.Host
	for _, name := range names {
		h, ok := fleet.Host(name)
		if !ok {
			t.Fatalf("no host %s", name)
		}
		hosts = append(hosts, h)
		c.Add(name, old[name], new[name])
	}
	return c.Hosts(hosts)
}

// told are the lines of a host, without what they explain.
func told(h *Host) []string {
	var lines []string
	for _, c := range h.Changes {
		c.Note = ""
		lines = append(lines, fmt.Sprintf("%s %s: %s: %s", c.Mark, c.Area, c.Object, values(c)))
	}
	for _, why := range h.Reboot {
		lines = append(lines, "reboot "+why)
	}
	for _, why := range h.Inhibited {
		lines = append(lines, "refused "+why)
	}
	return lines
}

// replace replaces a text that must be there.
func replace(t *testing.T, in *string, old, new string) {
	t.Helper()
	if !strings.Contains(*in, old) {
		t.Fatalf("the facts do not hold %q", old)
	}
	*in = strings.Replace(*in, old, new, 1)
}

func n(s string) json.Number { return json.Number(s) }

// TestMeaning changes one thing of a real host's facts at a time.
func TestMeaning(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*testing.T, *facts.Host)
		want   []string
	}{
		{"nothing", func(*testing.T, *facts.Host) {}, nil},

		{"root may log in", func(t *testing.T, h *facts.Host) {
			replace(t, &h.SSHD.Config, "PermitRootLogin no", "PermitRootLogin yes")
		}, []string{"widens sshd: PermitRootLogin: no -> yes"}},
		{"root may log in by key", func(t *testing.T, h *facts.Host) {
			replace(t, &h.SSHD.Config, "PermitRootLogin no\n", "")
		}, []string{"widens sshd: PermitRootLogin: - no"}},
		{"a second line does not count", func(t *testing.T, h *facts.Host) {
			h.SSHD.Config += "PermitRootLogin yes\n"
		}, nil},
		{"passwords", func(t *testing.T, h *facts.Host) {
			replace(t, &h.SSHD.Config, "PasswordAuthentication no", "PasswordAuthentication yes")
			replace(t, &h.SSHD.Config, "AuthenticationMethods publickey\n", "")
		}, []string{"widens sshd: AuthenticationMethods: - publickey", "widens sshd: PasswordAuthentication: no -> yes"}},
		{"fewer tries", func(t *testing.T, h *facts.Host) {
			replace(t, &h.SSHD.Config, "MaxAuthTries 3", "MaxAuthTries 2")
		}, []string{"narrows sshd: MaxAuthTries: 3 -> 2"}},
		{"no limit of time", func(t *testing.T, h *facts.Host) {
			replace(t, &h.SSHD.Config, "LoginGraceTime 30", "LoginGraceTime 0")
		}, []string{"widens sshd: LoginGraceTime: 30 -> 0"}},
		{"one more group", func(t *testing.T, h *facts.Host) {
			replace(t, &h.SSHD.Config, "AllowGroups ssh-users", "AllowGroups ssh-users users")
		}, []string{"widens sshd: AllowGroups: ssh-users -> ssh-users users"}},
		{"every group", func(t *testing.T, h *facts.Host) {
			replace(t, &h.SSHD.Config, "AllowGroups ssh-users\n", "")
		}, []string{"widens sshd: AllowGroups: - ssh-users"}},
		{"fewer ciphers", func(t *testing.T, h *facts.Host) {
			replace(t, &h.SSHD.Config, ",aes128-ctr", "")
		}, []string{"narrows sshd: Ciphers: chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-gcm@openssh.com,aes128-ctr" +
			" -> chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-gcm@openssh.com"}},
		{"one user may forward", func(t *testing.T, h *facts.Host) {
			h.SSHD.Config += "Match User git\n  AllowTcpForwarding yes\n"
		}, []string{"widens sshd: Match User git: AllowTcpForwarding: + yes"}},
		{"one user is held", func(t *testing.T, h *facts.Host) {
			h.SSHD.Config += "Match User git\n  ForceCommand git-shell\n  X11Forwarding no\n"
		}, []string{"narrows sshd: Match User git: ForceCommand: + git-shell", "neutral sshd: Match User git: X11Forwarding: + no"}},
		{"a setting that no table knows", func(t *testing.T, h *facts.Host) {
			h.SSHD.Config += "FutureSetting yes\n"
		}, []string{"neutral sshd: FutureSetting: + yes"}},
		{"sshd is off", func(t *testing.T, h *facts.Host) {
			h.SSHD.Enable, h.SSHD.Config = false, ""
		}, []string{"narrows listener: sshd: - tcp/22", "narrows sshd: sshd: on -> off"}},
		{"another port", func(t *testing.T, h *facts.Host) {
			h.SSHD.Ports = append(h.SSHD.Ports, 2222)
		}, []string{"widens listener: sshd: + tcp/2222"}},

		{"a port for the LAN", func(t *testing.T, h *facts.Host) {
			replace(t, &h.Nftables.Ruleset, "iifname enp1s0 tcp dport { 53, 80, 443 }", "iifname enp1s0 tcp dport { 53, 80, 443, 8080 }")
		}, []string{"widens network: lan, laptop, router to server over the lan: + tcp/8080"}},
		{"a port closed", func(t *testing.T, h *facts.Host) {
			replace(t, &h.Nftables.Ruleset, "iifname enp1s0 tcp dport { 53, 80, 443 }", "iifname enp1s0 tcp dport { 53, 443 }")
		}, []string{"narrows network: lan, laptop, router to server over the lan: - tcp/80 (http)"}},
		{"no limit", func(t *testing.T, h *facts.Host) {
			replace(t, &h.Nftables.Ruleset, `tcp dport 22 ct state new add @limit-ssh-lan-4 { ip saddr limit rate 10/minute burst 20 packets } accept`, "tcp dport 22 accept")
		}, []string{`widens network: rule in inet nixos-fw input-allow: iifname "enp1s0" tcp dport 22 ct state new add @limit-ssh-lan-4 ` +
			`{ ip saddr limit rate 10/minute burst 20 packets } accept -> iifname "enp1s0" tcp dport 22 accept`}},
		{"a rule nobody can judge", func(t *testing.T, h *facts.Host) {
			replace(t, &h.Nftables.Ruleset, "chain forward {", "chain forward {\n  socket cgroupv2 level 1 accept")
		}, []string{"widens network: rule in inet nixos-fw forward: + socket cgroupv2 level 1 accept"}},
		{"the chain's own verdict", func(t *testing.T, h *facts.Host) {
			replace(t, &h.Nftables.Ruleset, "type filter hook forward priority filter; policy drop;", "type filter hook forward priority filter; policy accept;")
		}, []string{
			"widens network: rule in inet nixos-fw forward: + type filter hook forward priority filter; policy accept;",
			"widens network: rule in inet nixos-fw forward: - type filter hook forward priority filter; policy drop;",
		}},
		{"comments", func(t *testing.T, h *facts.Host) {
			replace(t, &h.Nftables.Ruleset, "# ssh for lan", "# ssh for everybody there")
		}, nil},
		{"a trusted interface", func(_ *testing.T, h *facts.Host) {
			h.Firewall.TrustedInterfaces = append(h.Firewall.TrustedInterfaces, "br0")
		}, []string{"widens network: trusted interfaces: + br0"}},
		{"no reverse path check", func(_ *testing.T, h *facts.Host) {
			h.Firewall.CheckReversePath = "loose"
		}, []string{"widens network: reverse path check: true -> loose"}},

		{"a user", func(_ *testing.T, h *facts.Host) {
			h.Users.Accounts["eve"] = facts.Account{Name: "eve", IsNormalUser: true, ExtraGroups: []string{"wheel"}, Keys: []string{"ssh-ed25519 AAAAC3 eve"}}
		}, []string{"widens account: eve: + user in wheel, keys: 1"}},
		{"a service's user", func(_ *testing.T, h *facts.Host) {
			h.Users.Accounts["ntp"] = facts.Account{Name: "ntp", IsSystemUser: true}
		}, []string{"neutral account: ntp: + service"}},
		{"a user less", func(_ *testing.T, h *facts.Host) { delete(h.Users.Accounts, "deploy") }, []string{
			"narrows account: deploy: - user in ssh-users, wheel, keys: 1",
		}},
		{"another key", func(_ *testing.T, h *facts.Host) {
			edit(h, "deploy", func(a *facts.Account) { a.Keys = []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEve eve"} })
		}, []string{"widens account: deploy: keys: + ssh-ed25519 …AAAAIEve eve", "narrows account: deploy: keys: - ssh-ed25519 …wuRwp30A deploy"}},
		{"a group more and one less", func(_ *testing.T, h *facts.Host) {
			edit(h, "admin", func(a *facts.Account) { a.ExtraGroups = []string{"docker", "wheel"} })
		}, []string{"widens account: admin: groups: + docker", "narrows account: admin: groups: - ssh-users"}},
		{"a password in the store", func(_ *testing.T, h *facts.Host) {
			edit(h, "deploy", func(a *facts.Account) { a.PasswordOptions = []string{"initialPassword"} })
		}, []string{"widens account: deploy: password: none -> in the store"}},
		{"a shell for a service", func(_ *testing.T, h *facts.Host) {
			edit(h, "dhcpcd", func(a *facts.Account) { a.Shell = "/bin/sh" })
		}, []string{"widens account: dhcpcd: shell: /nix/store/…-shadow-4.8/bin/nologin -> /bin/sh"}},
		{"no password for sudo", func(t *testing.T, h *facts.Host) {
			h.Sudo.WheelNeedsPassword = false
			replace(t, &h.Sudo.Config, "%wheel  ALL=(ALL:ALL)    SETENV: ALL", "%wheel  ALL=(ALL:ALL)    NOPASSWD:SETENV: ALL")
		}, []string{
			"widens sudo: wheel needs a password: on -> off", "widens sudo: rule: + %wheel ALL=(ALL:ALL) NOPASSWD:SETENV: ALL",
			"narrows sudo: rule: - %wheel ALL=(ALL:ALL) SETENV: ALL",
		}},

		{"sysctl loosened", func(_ *testing.T, h *facts.Host) { h.Kernel.Sysctl["kernel.kptr_restrict"] = n("1") }, []string{"widens sysctl: kernel.kptr_restrict: 2 -> 1"}},
		{"sysctl gone", func(_ *testing.T, h *facts.Host) { delete(h.Kernel.Sysctl, "fs.protected_fifos") }, []string{"widens sysctl: fs.protected_fifos: - 2"}},
		{"no forwarding", func(_ *testing.T, h *facts.Host) { h.Kernel.Sysctl["net.ipv4.conf.all.forwarding"] = false }, []string{"narrows sysctl: net.ipv4.conf.all.forwarding: 1 -> 0"}},
		{"sysctl nobody knows", func(_ *testing.T, h *facts.Host) { h.Kernel.Sysctl["vm.swappiness"] = n("10") }, []string{"neutral sysctl: vm.swappiness: + 10"}},
		{"sysctl by pattern", func(_ *testing.T, h *facts.Host) { h.Kernel.Sysctl["net.ipv6.conf.eth0.accept_ra"] = n("0") }, []string{"narrows sysctl: net.ipv6.conf.eth0.accept_ra: + 0"}},
		{"no mitigations", func(_ *testing.T, h *facts.Host) {
			at := slices.Index(h.Kernel.KernelParams, "mitigations=auto,nosmt")
			h.Kernel.KernelParams[at] = "mitigations=off"
		}, []string{"widens kernel: mitigations: mitigations=auto,nosmt -> mitigations=off", "reboot the kernel's parameters"}},
		{"a module not blocked", func(t *testing.T, h *facts.Host) {
			replace(t, &h.Kernel.ExtraModprobeConfig, "install dccp ", "#")
			h.Kernel.BlacklistedKernelModules = without(h.Kernel.BlacklistedKernelModules, []string{"dccp"})
		}, []string{"widens module: blocked: - dccp", "widens module: not loaded by themselves: - dccp"}},
		{"modules may come later", func(_ *testing.T, h *facts.Host) { h.Kernel.LockModules = false }, []string{"widens kernel: modules locked after boot: on -> off"}},

		{"who reads a secret", func(_ *testing.T, h *facts.Host) {
			s := h.Age.Secrets["cloudflared"]
			s.Mode, s.Owner = "0440", "cloudflared"
			h.Age.Secrets["cloudflared"] = s
		}, []string{"widens secret: cloudflared: mode: 0400 -> 0440", "widens secret: cloudflared: owner: root -> cloudflared"}},
		{"a secret", func(_ *testing.T, h *facts.Host) {
			h.Age.Secrets["new"] = facts.AgeSecret{Owner: "root", Group: "root", Mode: "0400"}
		}, []string{"neutral secret: new: + root:root 0400"}},
		{"a folder that is wiped", func(_ *testing.T, h *facts.Host) {
			p := h.Persistence["/persist"]
			p.Directories = without(p.Directories, []string{"/var/log"})
			h.Persistence["/persist"] = p
		}, []string{"neutral persistence: /persist: - /var/log"}},
		{"programs in /dev/shm", func(_ *testing.T, h *facts.Host) {
			h.Boot.ShmOptions = without(h.Boot.ShmOptions, []string{"noexec"})
		}, []string{"widens filesystem: /dev/shm: noexec: - set"}},
		{"the boot menu's editor", func(_ *testing.T, h *facts.Host) { h.Boot.Editor = true }, []string{"widens boot: editor of the boot menu: off -> on"}},
		{"no bans", func(_ *testing.T, h *facts.Host) { h.Fail2ban.Enable = false }, []string{"widens guard: fail2ban: on -> off"}},
		{"no remote unlock", func(_ *testing.T, h *facts.Host) { h.RemoteUnlock = nil }, []string{
			"narrows listener: remote unlock: - tcp/2222 while it boots", "narrows boot: remote unlock: on -> off",
		}},
		{"metrics for everybody", func(_ *testing.T, h *facts.Host) {
			h.Metrics = &facts.Metrics{ListenAddress: "0.0.0.0", Port: 9100}
		}, []string{"widens listener: metrics: + 0.0.0.0:9100"}},
		{"the tailnet", func(_ *testing.T, h *facts.Host) { h.Tailscale.Enable = true }, []string{"widens tailscale: tailscale: off -> on"}},
		{"only other hashes", func(t *testing.T, h *facts.Host) {
			replace(t, &h.Upgrade.Script, "/nix/store/…-", "/nix/store/0000000000000000000000000000000z-")
			edit(h, "admin", func(a *facts.Account) {
				a.Shell = strings.Replace(a.Shell, "…", "0000000000000000000000000000000z", 1)
			})
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := compareServer(t, func(_, new *facts.Host) { tt.change(t, new) })
			if diff := cmp.Diff(tt.want, told(&h)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func edit(h *facts.Host, name string, change func(*facts.Account)) {
	a := h.Users.Accounts[name]
	change(&a)
	h.Users.Accounts[name] = a
	for group, g := range h.Users.Groups { // as NixOS has them: members are named in both
		if slices.Contains(g.Members, name) && !slices.Contains(a.ExtraGroups, group) {
			g.Members = without(g.Members, []string{name})
			h.Users.Groups[group] = g
		}
	}
}

// TestOpposite wants a change and its undoing to have opposite marks, object by
// object, whatever is changed.
func TestOpposite(t *testing.T) {
	change := func(h *facts.Host) {
		h.SSHD.Config = strings.NewReplacer("PermitRootLogin no", "PermitRootLogin yes", "MaxSessions 4", "MaxSessions 2").Replace(h.SSHD.Config)
		h.Nftables.Ruleset = strings.Replace(h.Nftables.Ruleset, "{ 53, 80, 443 }", "{ 53, 443, 8443 }", 1)
		h.Kernel.Sysctl["kernel.sysrq"] = n("1")
		h.Kernel.LockModules, h.Boot.EmergencyMode = false, true
		edit(h, "admin", func(a *facts.Account) { a.ExtraGroups = []string{"docker"} })
	}
	marks := func(h Host) map[string]Mark {
		all := map[string]Mark{}
		for _, c := range h.Changes {
			if c.Old > c.New {
				c.Old, c.New = c.New, c.Old
			}
			all[fmt.Sprint(c.Area, c.Object, c.Old, c.New)] = c.Mark
		}
		return all
	}
	there := marks(compareServer(t, func(_, new *facts.Host) { change(new) }))
	back := marks(compareServer(t, func(old, _ *facts.Host) { change(old) }))
	if len(there) < 9 {
		t.Errorf("only %d changes: %v", len(there), there)
	}
	for object, m := range there {
		if back[object] != m.opposite() {
			t.Errorf("%s %s, and back it %s", object, m, back[object])
		}
	}
}
