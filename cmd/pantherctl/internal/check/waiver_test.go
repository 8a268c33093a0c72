package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// document returns a workstation that breaks K021, beside another that breaks
// nothing, and a waiver.
func document(waiver string) string {
	return `version: 1
fleet: example
nixos: "25.11"
hosts:
  box:
    system: x86_64-linux
    level: workstation
    accounts: { console_login: false }
    kernel: { smt: keep }
  other:
    system: x86_64-linux
    level: workstation
    accounts: { console_login: false }
waivers:
  - ` + waiver + "\n"
}

func TestWaivers(t *testing.T) {
	day := func(text string) Input {
		asOf, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return Input{AsOf: asOf, JudgeDates: true}
	}
	ended := day("2027-02-01")
	ended.JudgeDates = false
	seen := day("2027-01-01")
	seen.Secrets = map[string]bool{}
	tests := []struct {
		name, waiver string
		in           Input
		want         string // "RULE STATUS", sorted by position
	}{
		{"holds", "{ rule: K021, host: box, reason: r, until: 2027-01-31 }", day("2027-01-01"), "K021 waived"},
		{"holds on its last day", "{ rule: K021, host: box, reason: r, until: 2027-01-31 }", day("2027-01-31"), "K021 waived"},
		{"ended", "{ rule: K021, host: box, reason: r, until: 2027-01-31 }", day("2027-02-01"), "K021 fail, W1 fail"},
		{"ended, dates not judged", "{ rule: K021, host: box, reason: r, until: 2027-01-31 }", ended, "K021 waived"},
		{"ended and unused", "{ rule: L23, host: box, reason: r, until: 2027-01-31 }", day("2027-02-01"), "K021 fail, W1 fail"},
		{"of everyone", "{ rule: K021, host: everyone, reason: r, until: 2027-01-31 }", day("2027-01-01"), "K021 waived"},
		{"of another host", "{ rule: K021, host: other, reason: r, until: 2027-01-31 }", day("2027-01-01"), "K021 fail, W2 fail"},
		{"of another rule", "{ rule: L23, host: box, reason: r, until: 2027-01-31 }", day("2027-01-01"), "K021 fail, W2 fail"},
		{"of a later stage", "{ rule: A18, host: box, reason: r, until: 2027-01-31 }", day("2027-01-01"), "K021 fail"},
		{"of files nobody looked for", "{ rule: S1, host: box, reason: r, until: 2027-01-31 }", day("2027-01-01"), "K021 fail"},
		{"of files that are not needed", "{ rule: S1, host: box, reason: r, until: 2027-01-31 }", seen, "K021 fail, W2 fail"},
		{"of no rule", "{ rule: K21, host: box, reason: r, until: 2027-01-31 }", day("2027-01-01"), "K021 fail, W3 fail"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range Document(resolve(t, "security.yaml", []byte(document(test.waiver))), test.in) {
				got = append(got, fmt.Sprintf("%s %s", f.Rule, f.Status))
			}
			if diff := cmp.Diff(test.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWaiverOfNoHost judges a document that the schema complains about.
func TestWaiverOfNoHost(t *testing.T) {
	loaded, _ := schema.Load("security.yaml", []byte(document("{ rule: K021, host: bax, reason: r, until: 2027-01-31 }")), nil)
	fleet, _ := policy.Resolve(loaded)
	found := of("W3", Document(fleet, Input{}))
	if len(found) != 1 || found[0].Hint != `did you mean "box"?` {
		t.Errorf("W3 = %+v", found)
	}
}

// careless sets what many rules are about, in concerns that a mode hands over.
const careless = `version: 1
fleet: example
nixos: "25.11"
users:
  admin: { admin: true }
hosts:
  box:
    system: x86_64-linux
    level: server
    interfaces: { eth0: lan, eth1: wan }
    ssh: { mode: MODE, max_sessions: 1, login_grace_time: 1s, members: [admin] }
    firewall: { mode: MODE, trusted_interfaces: [eth0], reverse_path: strict }
    accounts: { mode: MODE, nix_users: [root] }
    kernel: { mode: MODE, smt: keep, lockdown: integrity, block: [tun], sysctl: { kernel.panic: 0 } }
    persistence: { mode: MODE, enable: true, root: tmpfs, files: [/etc/shadow], forget: { /var/log: "" } }
    tailscale: { mode: MODE, enable: true, exit_node: true, ssh: true }
`

// TestModes proves that what a module of the user writes is judged by what the
// document says of it, unless he leaves it to himself.
func TestModes(t *testing.T) {
	all := []string{"A1", "A2", "U1", "L16", "L23", "A3", "F1", "K001", "K015", "K021", "K022", "P1", "P3", "T1", "T6"}
	for mode, want := range map[string][]string{
		"generate": all,
		"report":   all,
		"own":      {"M1", "M1", "M1", "M1", "M1", "M1"},
	} {
		t.Run(mode, func(t *testing.T) {
			fleet := resolve(t, "security.yaml", []byte(strings.ReplaceAll(careless, "MODE", mode)))
			var got []string
			for _, f := range Document(fleet, Input{}) {
				got = append(got, f.Rule)
			}
			slices.SortFunc(got, rule.Compare)
			want = slices.SortedFunc(slices.Values(want), rule.Compare)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAbsentFeatures proves that settings of what is switched off are not
// judged.
func TestAbsentFeatures(t *testing.T) {
	src := `version: 1
fleet: example
nixos: "25.11"
users:
  admin: { admin: true }
hosts:
  box:
    system: x86_64-linux
    level: server
    accounts: { console_login: false, nix_users: [root] }
    ssh: { enable: false, max_sessions: 1, login_grace_time: 1s, members: [admin], allow_users: [root] }
    tailscale: { enable: false, exit_node: true, ssh: true }
    persistence: { enable: false, root: tmpfs, files: [/etc/shadow], forget: { /var/log: "" } }
    kernel: { hardening: off, smt: keep, user_namespaces: false, hibernation: true, block: [tun] }
    ssh_client: { enable: false, agent: 1password }
    disk: { emergency_mode: true, remote_unlock: { enable: false, nic_modules: [tun] } }
`
	if found := Document(resolve(t, "security.yaml", []byte(src)), Input{}); len(found) > 0 {
		t.Errorf("findings:\n%s", text(found))
	}
}

// TestSorted proves the order: position, then host, then rule as people count.
func TestSorted(t *testing.T) {
	src := strings.ReplaceAll(careless, "MODE", "generate")
	found := Document(resolve(t, "security.yaml", []byte(src)), Input{})
	for i := range found[1:] {
		a, b := found[i], found[i+1]
		if a.Pos.Line > b.Pos.Line || a.Pos == b.Pos && rule.Compare(a.Rule, b.Rule) > 0 {
			t.Errorf("%s at %s comes before %s at %s", a.Rule, a.Pos, b.Rule, b.Pos)
		}
	}
}
