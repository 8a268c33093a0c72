package effective

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

const fleets = "../../../../testdata/fleets"

// example returns the hosts of an example fleet and their facts.
func example(t *testing.T, name string) (*policy.Fleet, map[string]*facts.Host) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(fleets, name, "security.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	document, _ := schema.Load("security.yaml", src, func(string) ([]byte, error) { return nil, fs.ErrNotExist })
	fleet, _ := policy.Resolve(document)
	text, err := os.ReadFile(filepath.Join(fleets, name, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := facts.DecodeFleet(text)
	if err != nil {
		t.Fatal(err)
	}
	return fleet, hosts
}

// needs skips a test where a program is missing, which CI installs.
func needs(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

// TestClean wants sshd and nft to have nothing to say of the examples.
func TestClean(t *testing.T) {
	needs(t, "sshd", "nft", "unshare")
	p := Programs{Runner: run.System{}}
	for _, name := range []string{"pantheros", "homelab"} {
		fleet, hosts := example(t, name)
		for _, h := range fleet.Hosts {
			for _, f := range p.Host(t.Context(), h, hosts[h.Name]) {
				t.Errorf("%s: %s %s: %s", h.Name, f.Status, f.Rule, f.Message)
			}
		}
	}
}

// TestHidden hides things in the texts of a host, and wants the real programs'
// answers told by rule, connection and the file that hid them.
func TestHidden(t *testing.T) {
	needs(t, "sshd", "nft", "unshare")
	for _, tt := range []struct {
		name, ssh, nft string
		rule, message  string
		status         check.Status
	}{
		{
			"a Match for root", "Match User root\n  PermitRootLogin yes\n", "",
			"V1", "root from 192.0.2.1 gets permitrootlogin yes of sshd, and the policy wants no", check.Fail,
		},
		{
			"a Match for a network", "Match Address 198.51.100.0/24\n  PasswordAuthentication yes\n", "",
			"V1", "root from 198.51.100.0 gets passwordauthentication yes of sshd, and the policy wants no", check.Fail,
		},
		{
			"a Match for a user of the fleet", "Match User hbohlen\n  AllowTcpForwarding yes\n", "",
			"V1", "hbohlen from 192.0.2.1 gets allowtcpforwarding yes of sshd, and the policy wants no", check.Fail,
		},
		{
			"a chroot for all", "ChrootDirectory /srv\n", "",
			"A4", "root from 192.0.2.1 gets chrootdirectory /srv of sshd, and the policy wants none", check.Fail,
		},
		{
			"a group nobody here knows", "Match Group wheel\n  PermitTTY no\n", "",
			"A4", `who is in the group of "Group wheel" is not known here`, check.NotChecked,
		},
		{"what sshd refuses", "PermitRootLogin perhaps\n", "", "V6", "sshd refuses its settings: line", check.Fail},
		{"what nft refuses", "", "table inet x { chain c { tcp dport 22 acccept\n} }", "V6", "nft does not load its ruleset: ", check.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := Programs{Runner: run.System{}}
			fleet, hosts := example(t, "pantheros")
			h, _ := fleet.Host("ovh-vps")
			f := hosts[h.Name]
			f.SSHD.Config += tt.ssh
			f.Nftables.Ruleset += tt.nft
			f.Options = append(f.Options, facts.Option{
				Path: []string{"services", "openssh", "extraConfig"}, Declared: true, Found: tt.ssh,
				Definitions: []facts.Definition{{File: "hidden.nix", Priority: 100}},
			})
			found := p.Host(t.Context(), h, f)
			if len(found) != 1 || found[0].Rule != tt.rule || found[0].Status != tt.status || !strings.Contains(found[0].Message, tt.message) {
				t.Fatalf("got %+v", found)
			}
			if found[0].Want != "" && found[0].File != "hidden.nix" {
				t.Errorf("%q is blamed", found[0].File)
			}
		})
	}
}

// answers is a machine where some programs are missing or fail.
type answers map[string]error

func (a answers) Run(_ context.Context, c run.Command) ([]byte, error) { return nil, a[c.Name] }

// TestUnasked wants a host that could not be asked about told as such, with the
// reason, and never as one that passes.
func TestUnasked(t *testing.T) {
	fleet, hosts := example(t, "pantheros")
	h, _ := fleet.Host("ovh-vps")
	p := Programs{Runner: answers{
		"sshd":    run.ErrNotFound,
		"unshare": &run.ExitError{Name: "unshare", Code: 1, Stderr: "unshare: unshare failed: Operation not permitted\n"},
	}}
	found := p.Host(t.Context(), h, hosts[h.Name])
	want := []string{
		"what sshd makes of its text was not asked: sshd is not in PATH",
		"what nft makes of its text was not asked: unshare: unshare failed: Operation not permitted",
	}
	if len(found) != len(want) {
		t.Fatalf("got %+v", found)
	}
	for i, f := range found {
		if f.Status != check.NotChecked || f.Message != want[i] {
			t.Errorf("got %+v", f)
		}
	}
}

// newer is OpenSSH after 10.0, whose keywords are in camel case.
type newer struct{}

func (newer) Run(ctx context.Context, c run.Command) ([]byte, error) {
	out, err := run.System{}.Run(ctx, c)
	if c.Name != "sshd" {
		return out, err
	}
	return regexp.MustCompile(`(?m)^\w`).ReplaceAllFunc(out, bytes.ToUpper), err
}

// TestNewer: how sshd spells its keywords makes no difference.
func TestNewer(t *testing.T) {
	needs(t, "sshd", "nft", "unshare")
	fleet, hosts := example(t, "pantheros")
	h, _ := fleet.Host("ovh-vps")
	p := Programs{Runner: newer{}}
	for _, f := range p.Host(t.Context(), h, hosts[h.Name]) {
		t.Errorf("%s %s: %s", f.Status, f.Rule, f.Message)
	}
}

// TestTooMany: connections that nobody asks for are told of.
func TestTooMany(t *testing.T) {
	fleet, hosts := example(t, "pantheros")
	h, _ := fleet.Host("ovh-vps")
	f := hosts[h.Name]
	for i := range maxConnections {
		f.SSHD.Config += fmt.Sprintf("Match User u%d\n", i)
	}
	p := Programs{Runner: answers{}}
	found := p.Host(t.Context(), h, f)
	if len(found) != 1 || found[0].Status != check.NotChecked || !strings.HasSuffix(found[0].Message, "pairs of user and address are too many") {
		t.Errorf("got %+v", found)
	}
}
