package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/lab"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
	"github.com/pantherctl/pantherctl/testdata"
)

// A fault is a way in which a host comes to be otherwise than its document
// says, and what the lab must find of it.
type fault struct {
	name, fleet, host string
	seed              func(*testing.T, *facts.Host)
	rule              string   // of one of the findings
	story             []string // that finding says, in its message or hint
}

// rules replaces a part of the ruleset.
func rules(old, new string) func(*testing.T, *facts.Host) {
	return func(t *testing.T, h *facts.Host) {
		if !strings.Contains(h.Nftables.Ruleset, old) {
			t.Fatalf("the ruleset has no %q", old)
		}
		h.Nftables.Ruleset = strings.ReplaceAll(h.Nftables.Ruleset, old, new)
	}
}

func faults() []fault {
	const (
		offers   = `iifname tailscale0 tcp dport { 53, 80, 443 } accept`
		lets     = `iifname "tailscale0" tcp dport 22 ct state new add @limit-ssh-4`
		exit     = `iifname "tailscale0" oifname "eth0" accept comment "exit node"`
		egress   = "type filter hook output priority filter; policy drop;\n  ct state established,related accept"
		forwards = "net.ipv4.conf.all.forwarding"
	)
	return []fault{
		{"a dropped rule", "pantheros", "hetzner-vps", rules(offers, ""), "Y2", []string{
			"does not get through to hetzner-vps, tcp/443, tcp/53, tcp/80 over the tailnet", "nixos-fw input policy drop",
		}},
		{"the wrong interface", "pantheros", "hetzner-vps", rules(offers, strings.Replace(offers, "tailscale0", "eth0", 1)), "Y1", []string{
			"gets through to hetzner-vps, tcp/443, tcp/53, tcp/80 over the wan", `rule iifname "eth0" tcp dport { 53, 80, 443 } accept`,
		}},
		{"iif on a missing interface", "pantheros", "hetzner-vps", rules(offers, strings.Replace(offers, "iifname tailscale0", "iif wt0", 1)), "Y3", []string{
			"its ruleset was refused, so nothing of it is in force", "Interface does not exist", "iif wt0",
		}},
		{"and it leaves the host open", "pantheros", "hetzner-vps", rules(offers, strings.Replace(offers, "iifname tailscale0", "iif wt0", 1)), "Y1", []string{
			"internet gets through to hetzner-vps", "no rule judged the packet",
		}},
		{"a limit behind the accept", "pantheros", "hetzner-vps", rules(offers, strings.Replace(offers, "{ 53,", "{ 22, 53,", 1)), "Y4", []string{
			"tcp/22 over the tailnet: 25 of 25 get through at once", "rule iifname \"tailscale0\" tcp dport { 22, 53, 80, 443 } accept",
		}},
		{"a forward chain that cuts the exit node", "pantheros", "hetzner-vps", rules(exit, ""), "Y2", []string{
			"does not get through to internet by hetzner-vps", "hetzner-vps: nixos-fw forward policy drop",
		}},
		{"a forward chain that lets all pass", "pantheros", "hetzner-vps", rules("hook forward priority filter; policy drop", "hook forward priority filter; policy accept"), "Y1", []string{
			"internet gets through to a peer of the tailnet by hetzner-vps", "hetzner-vps: nixos-fw forward policy accept",
		}},
		{"ip_forward=0 after forwarding", "pantheros", "hetzner-vps", func(_ *testing.T, h *facts.Host) { h.Kernel.Sysctl[forwards] = "0" }, "Y2", []string{
			"does not get through to internet by hetzner-vps", "hands nothing on: net.ipv4.conf.tailscale0.forwarding is 0",
		}},
		{"IPv6 forgotten", "pantheros", "hetzner-vps", rules(offers, strings.Replace(offers, "iifname", "meta nfproto ipv4 iifname", 1)), "Y2", []string{
			"does not get through to hetzner-vps, tcp/443, tcp/53, tcp/80", "(fd7a:115c:a1e0:", "nixos-fw input policy drop",
		}},
		{"a stale established rule that lets new ones in", "homelab", "server", rules("ct state vmap {\n    invalid : drop", "ct state established,related,new accept\n  ct state vmap {\n    invalid : drop"), "Y1", []string{
			"lan gets through to server", "ct state",
		}},
		{"a stale established rule that answers need", "homelab", "server", rules(egress, strings.Replace(egress, "ct state", `oifname "eth9" ct state`, 1)), "Y2", []string{
			"does not get through to server", "server: the answer: pantherctl-egress output rule counter packets", "drop",
		}},
	}
}

func TestLabFaults(t *testing.T) {
	for _, tt := range faults() {
		t.Run(tt.name, func(t *testing.T) {
			fleet, evaluated := labFleet(t, tt.fleet)
			tt.seed(t, evaluated[tt.host])
			f := &labFindings{fleet: fleet}
			if _, err := f.packets(t.Context(), lab.NewPlan(fleet, evaluated)); err != nil {
				t.Fatal(err)
			}
			caught := slices.ContainsFunc(f.all, func(got check.Finding) bool {
				return got.Rule == tt.rule && got.Host == tt.host && got.Status == check.Fail &&
					!slices.ContainsFunc(tt.story, func(s string) bool { return !strings.Contains(got.Message+"\n"+got.Hint, s) })
			})
			if !caught {
				t.Errorf("no finding %s of %s says %q; found:", tt.rule, tt.host, tt.story)
				for _, got := range f.all {
					if got.Status == check.Fail {
						t.Logf("%s %s %s\n  %s", got.Rule, got.Host, got.Message, got.Hint)
					}
				}
			}
		})
	}
}

// labFleet reads an example and the facts beside it.
func labFleet(t testing.TB, name string) (*policy.Fleet, map[string]*facts.Host) {
	t.Helper()
	if c, _ := condition("tool:nft"); !c {
		t.Skip("nft is not in PATH")
	}
	document, err := testdata.Fleet(name)
	if err != nil {
		t.Fatal(err)
	}
	loaded, problems := schema.Load("security.yaml", document, nil)
	fleet, more := policy.Resolve(loaded)
	if len(problems)+len(more) > 0 {
		t.Fatal(problems, more)
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "fleets", name, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	evaluated, err := facts.DecodeFleet(text)
	if err != nil {
		t.Fatal(err)
	}
	return fleet, evaluated
}
