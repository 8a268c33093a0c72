package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// upkeep resolves a host of one level with further lines.
func upkeep(t *testing.T, level string, lines ...string) (*policy.Host, schema.Diagnostics) {
	t.Helper()
	document, problems := schema.Load("security.yaml", []byte(`version: 1
fleet: example
nixos: "25.11"
users:
  admin:
    admin: true
    keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1oB8iXkr/Hag6I0bsFb8HpT2L8d3K3Rv2f3y7Obp+G admin
hosts:
  box:
    system: x86_64-linux
    level: `+level+`
    host_keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINU7BEdrgfP0UvI4on1tBxUhzhfqSPhryFztjcldpdFd
    secrets: { address: {}, password: {}, third: {}, fourth: {} }
    `+strings.Join(lines, "\n    ")+"\n"), nil)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	fleet, problems := policy.Resolve(document)
	return fleet.Hosts[0], problems
}

// TestUpkeepProblems: what no backup or upgrade can be made of is refused where
// it stands.
func TestUpkeepProblems(t *testing.T) {
	const backup = "enable: true, repository: address, password: password, service: https, paths: /home"
	tests := []struct{ name, line, path, message string }{
		{"whole", "backup: { " + backup + " }", "", ""},
		{"no repository", "backup: { enable: true, password: password, service: https, paths: /home }", "backup.repository", "does not name"},
		{"no such secret", "backup: { " + strings.Replace(backup, "address", "adress", 1) + " }", "backup.repository", `no secret called "adress"`},
		{"one secret for both", "backup: { " + strings.Replace(backup, "address", "password", 1) + " }", "backup.password", "already the address"},
		{"no service", "backup: { enable: true, repository: address, password: password, paths: /home }", "backup.service", "nobody knows how"},
		{"a key for https", "backup: { " + backup + ", ssh_key: password }", "backup.ssh_key", "asks for no SSH key"},
		{"a key for ssh on another port", "backup: { " + strings.Replace(backup, "https", "submission", 1) + ", ssh_key: password }", "", ""},
		{"outside the tailnet", "backup: { " + backup + ", over: tailnet }", "backup.over", "not in the tailnet"},
		{"a sample of it", "backup: { " + backup + ", drill: /home/admin/letter }", "", ""},
		{"a sample of something else", "backup: { " + backup + ", drill: /homework }", "backup.drill", "is not backed up"},
		{"a sample that is left out", "backup: { " + backup + ", exclude: /home/admin, drill: /home/admin/letter }", "backup.drill", "left out"},
		{"no paths", "backup: { enable: true, repository: address, password: password, service: https }", "backup.paths", "nothing says what"},
		{"the whole root", "backup: { " + strings.Replace(backup, "/home", "/", 1) + " }", "backup.paths[0]", "made anew"},
		{"the store", "backup: { " + strings.Replace(backup, "/home", "/nix/store", 1) + " }", "backup.paths[0]", "made anew"},
		{"confirmed by nothing", "upgrade: { enable: true, flake: 'github:a/b', confirm: true }", "upgrade.confirm", "the host has none"},
		{"nothing to confirm", "upgrade: { confirm: true }", "upgrade.confirm", "nothing to confirm"},
		{"no flake", "upgrade: { enable: true }", "upgrade.flake", "without a flake"},
		{"a folder for nobody", "upgrade: { checkout: /home/admin/infra }", "upgrade.checkout", "only nh reads this"},
		{"a file for nh", "upgrade: { nh: true, checkout: /home/admin/flake.nix }", "upgrade.checkout", "no file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems := upkeep(t, "server", test.line)
			if test.message == "" {
				if len(problems) > 0 {
					t.Error(problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Path != "hosts.box."+test.path || !strings.Contains(problems[0].Message, test.message) || problems[0].Pos.Line == 0 {
				t.Errorf("problems: %v", problems)
			}
		})
	}
}

// TestKeptByUpkeep: what iwd, backups and upgrades keep survives a wiped root,
// and iwd's ciphers are left to it without another word.
func TestKeptByUpkeep(t *testing.T) {
	h, problems := upkeep(
		t, "workstation", "persistence: { enable: true, root: tmpfs }", "wifi: { enable: true }",
		"backup: { enable: true, repository: address, password: password, service: ssh }",
		"upgrade: { enable: true, flake: git+ssh://git@git.example/infra }",
	)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var kept []string
	for _, k := range h.State {
		kept = append(kept, k.Path)
	}
	for _, path := range []string{"/var/lib/iwd", "/var/cache/restic-backups-daily", "/root/.ssh"} {
		if n := len(slices.DeleteFunc(slices.Clone(kept), func(k string) bool { return k != path })); n != 1 {
			t.Errorf("%s is kept %d times", path, n)
		}
	}
	if !slices.Equal(h.BackupPaths(), []string{"/persist"}) {
		t.Errorf("backs up %v", h.BackupPaths())
	}
	freed := slices.ContainsFunc(h.Freed, func(f policy.Freed) bool {
		return f.Feature == "iwd" && slices.Contains(f.Modules, "algif_skcipher")
	})
	if !freed {
		t.Errorf("iwd's ciphers are not among what is freed: %v", h.Freed)
	}
}

// TestOutgoing: what upkeep uses elsewhere, and what needs no way through the
// host's egress.
func TestOutgoing(t *testing.T) {
	const backup = "backup: { enable: true, repository: address, password: password, paths: /home, "
	tests := []struct{ name, lines, want string }{
		{"nothing", "", ""},
		{"a disk", backup + "service: disk }", ""},
		{"the tailnet", "tailscale: { enable: true }\n    " + backup + "service: ssh, over: tailnet }", ""},
		{"ssh", backup + "service: ssh }", "ssh"},
		{"packages", "upgrade: { enable: true, flake: github:example/infra }", "https"},
		{"a flake by ssh", "upgrade: { enable: true, flake: git+ssh://git@git.example/infra }", "https ssh"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h, problems := upkeep(t, "server", test.lines)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			var got []string
			for _, use := range (&policy.Fleet{Fleet: &schema.Fleet{}}).Outgoing(h) {
				got = append(got, use.Service)
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("uses %v, want %s", got, test.want)
			}
		})
	}
}
