package nixos_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/nixos"
	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

const root = "../../../.."

// TestFleets holds the double equal to what NixOS made of the same modules, for
// every host whose facts are committed.
func TestFleets(t *testing.T) {
	hosts, bytes := 0, 0
	for _, dir := range []string{"testdata/fleets/pantheros", "testdata/fleets/homelab", "gen/testdata/high-security"} {
		fleet := resolve(t, read(t, dir, "security.yaml"))
		evaluated, err := facts.DecodeFleet(read(t, dir, "facts.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range fleet.Hosts {
			t.Run(h.Name, func(t *testing.T) {
				got, err := nixos.Evaluate(gen.Trees(h))
				if err != nil {
					t.Fatal(err)
				}
				compare(t, got, evaluated[h.Name])
				hosts++
				bytes += len(got.Nftables.Ruleset) + len(got.SSHD.Config)
			})
		}
	}
	t.Logf("%d hosts, %d bytes of rulesets and sshd_config", hosts, bytes)
}

// compare compares what the double knows with the facts of NixOS.
func compare(t *testing.T, got, want *facts.Host) {
	t.Helper()
	if !want.SSHD.Enable {
		want.SSHD = facts.SSHD{} // no file is made of the rest
	}
	sysctls := maps.Clone(want.Kernel.Sysctl)
	maps.DeleteFunc(sysctls, func(key string, _ any) bool { return !strings.HasPrefix(key, "net.") })
	for name := range want.Users.Accounts {
		if _, ours := got.Users.Accounts[name]; !ours {
			delete(want.Users.Accounts, name)
		}
	}
	for name := range want.Users.Groups {
		if _, ours := got.Users.Groups[name]; !ours {
			delete(want.Users.Groups, name)
		}
	}
	for _, part := range []struct {
		name      string
		got, want any
	}{
		{"ruleset", strings.SplitAfter(got.Nftables.Ruleset, "\n"), strings.SplitAfter(want.Nftables.Ruleset, "\n")},
		{"sshd_config", strings.SplitAfter(got.SSHD.Config, "\n"), strings.SplitAfter(want.SSHD.Config, "\n")},
		{"nftables", got.Nftables, want.Nftables},
		{"firewall", got.Firewall, want.Firewall},
		{"network", got.Network, want.Network},
		{"sshd", got.SSHD, want.SSHD},
		{"sysctls", got.Kernel.Sysctl, sysctls},
		{"users", got.Users, want.Users},
		{"fail2ban", got.Fail2ban.Enable, want.Fail2ban.Enable},
	} {
		if diff := cmp.Diff(part.want, part.got, cmpopts.EquateEmpty(),
			cmpopts.IgnoreFields(facts.Account{}, "Home", "Shell", "IsSystemUser", "Locked", "PasswordFile", "PasswordOptions", "KeyFiles")); diff != "" {
			t.Errorf("%s (-NixOS +double)\n%s", part.name, diff)
		}
	}
}

// TestUnknown: what the double cannot render it refuses, and does not leave out.
func TestUnknown(t *testing.T) {
	set := func(path string, value nix.Expr) nix.Expr { return nix.AttrSet{nix.Bind(path, value)} }
	for _, tt := range []struct {
		name   string
		module nix.Expr
		want   string
	}{
		{"option", set("networking.firewall.rejectPackets", nix.Bool(true)), "networking.firewall.rejectPackets is nothing that the double renders"},
		{"ports", set("networking.nat.forwardPorts", nix.Strings()), "networking.nat.forwardPorts is nothing that the double renders"},
		{"value", set("services.openssh.enable", nix.Ref{"config", "x"}), "services.openssh.enable has a value that only Nix knows"},
		{"twice", nix.AttrSet{nix.Bind("networking.enableIPv6", nix.Bool(true)), nix.Bind("networking.enableIPv6", nix.Bool(false))}, "networking.enableIPv6 is defined twice"},
		{"release", set("config", nix.Call("lib.mkMerge", nix.Elements(nix.OptionalAttrsOrNothing(nix.Path("networking.firewall"),
			nix.AttrSet{nix.Bind("networking.firewall.allowPing", nix.Bool(false))})))), "networking.firewall.allowPing depends on the release of NixOS"},
		{"nothing", set("services.openssh.enable", nix.Bool(false)), ""},
		{"elsewhere", set("services.caddy.package", nix.Ref{"pkgs", "caddy"}), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := nixos.Evaluate([]*nix.File{{Body: tt.module}})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func resolve(t *testing.T, document []byte) *policy.Fleet {
	t.Helper()
	loaded, problems := schema.Load("security.yaml", document, func(string) ([]byte, error) { return nil, fs.ErrNotExist })
	fleet, more := policy.Resolve(loaded)
	for _, p := range append(problems, more...) {
		t.Fatal(p)
	}
	return fleet
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(dir), name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
