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
		lets     = `iifname "tailscale0" tcp dport 22 ct state new add @limit-ssh-tailnet-4`
		exit     = `iifname "tailscale0" oifname "eth0" accept comment "exit node"`
		egress   = "type filter hook output priority filter; policy drop;\n  ct state established,related accept"
		forwards = "net.ipv4.conf.all.forwarding"
		timeout  = "net.netfilter.nf_conntrack_tcp_timeout_established"
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
		{"IPv6 without neighbours", "pantheros", "hetzner-vps", rules("icmpv6 type != { nd-redirect, 139 }", "icmpv6 type echo-request"), "Y2", []string{
			"phone does not get through to hetzner-vps, tcp/22, tcp/443", "(fd7a:115c:a1e0:", "hetzner-vps: the packet never came here",
		}},
		{"a forward chain that cuts a container", "../../gen/testdata/high-security", "vault-host", rules("ct status dnat accept", ""), "Y2", []string{
			"workstation does not get through to vault-host, tcp/8200, tcp/8201 over the tailnet", "dnat ip to 10.233.9.2", "nixos-fw forward policy drop",
		}},
		{"a timeout that reads otherwise", "pantheros", "hetzner-vps", func(_ *testing.T, h *facts.Host) { h.Kernel.Sysctl[timeout] = "0x10" }, "Y5", []string{
			timeout + " reads 16, and 0x10 was written",
		}},
		{"a stale established rule that lets new ones in", "homelab", "server", rules("ct state vmap {\n    invalid : drop", "ct state established,related,new accept\n  ct state vmap {\n    invalid : drop"), "Y1", []string{
			"lan gets through to server", "ct state",
		}},
		{"a stale established rule that answers need", "homelab", "server", rules(egress, strings.Replace(egress, "ct state", `oifname "eth9" ct state`, 1)), "Y2", []string{
			"does not get through to server", "server: the answer: pantherctl-egress output rule counter packets", "drop",
		}},
		{"AllowGroups with an empty group", "pantheros", "hetzner-vps", func(t *testing.T, h *facts.Host) {
			empty(t, h, policy.SSHGroup)
		}, "Y6", []string{
			"hbohlen with key yogaSSH, key zephyrusSSH, key desktopSSH, key phoneSSH is refused, and the document lets them in",
			"not allowed because none of user's groups are listed in AllowGroups",
		}},
		{"AllowUsers of an empty group", "pantheros", "hetzner-vps", sshd("PermitTunnel no", "AllowUsers"), "Y7", []string{
			"nobody can speak to sshd", "AllowUsers",
		}},
		{"cert-only host keys", "pantheros", "hetzner-vps", sshd("HostKeyAlgorithms ssh-ed25519,", "HostKeyAlgorithms "), "Y7", []string{
			"nobody can speak to sshd: it has a host key of type ed25519, and of HostKeyAlgorithms (ssh-ed25519-cert-v01@openssh.com) none is",
		}},
		{"fewer tries than the agent has keys", "pantheros", "hetzner-vps", sshd("MaxAuthTries 6", "MaxAuthTries 3"), "Y6", []string{
			"deploy with key deploy is refused", "maximum authentication attempts exceeded",
		}},
		{"somebody else's key", "pantheros", "hetzner-vps", func(t *testing.T, h *facts.Host) {
			sshd("", "")(t, h)
			deploy := h.Users.Accounts["deploy"]
			deploy.Keys = append(deploy.Keys, h.Users.Accounts["hbohlen"].Keys[0])
			h.Users.Accounts["deploy"] = deploy
		}, "Y6", []string{"deploy with key yogaSSH gets in, and the document does not let them"}},
		{"forwarding", "pantheros", "hetzner-vps", sshd("AllowTcpForwarding no", "AllowTcpForwarding yes"), "Y7", []string{
			"sshd forwards [local remote], and the document says []",
		}},
		{"a classical key exchange", "pantheros", "hetzner-vps", sshd("KexAlgorithms ", "KexAlgorithms curve25519-sha256,"), "Y7", []string{
			"sshd offers the key exchange curve25519-sha256",
		}},
		{"passwords", "pantheros", "hetzner-vps", sshd("AuthenticationMethods publickey\n", "KbdInteractiveAuthentication yes\nPasswordAuthentication yes\n"), "Y7", []string{
			"sshd asks for a password",
		}},
		{"a log that says nothing", "pantheros", "hetzner-vps", func(t *testing.T, h *facts.Host) {
			if ok, _ := condition("tool:fail2ban-regex"); !ok {
				t.Skip("fail2ban-regex is not in PATH")
			}
			sshd("LogLevel VERBOSE", "LogLevel QUIET")(t, h)
		}, "Y8", []string{"fail2ban's filter understands nothing of what sshd logs of refused logins"}},
	}
}

// sshd replaces a part of sshd's configuration.
func sshd(old, new string) func(*testing.T, *facts.Host) {
	return func(t *testing.T, h *facts.Host) {
		needs(t, "sshd")
		if os.Geteuid() != 0 {
			t.Skip("sshd needs root, or a range of subordinate uids")
		}
		if !strings.Contains(h.SSHD.Config, old) {
			t.Fatalf("the configuration has no %q", old)
		}
		h.SSHD.Config = strings.Replace(h.SSHD.Config, old, new, 1)
	}
}

// empty takes everybody out of a group.
func empty(t *testing.T, h *facts.Host, group string) {
	sshd("", "")(t, h)
	for name, a := range h.Users.Accounts {
		a.ExtraGroups = slices.DeleteFunc(a.ExtraGroups, func(g string) bool { return g == group })
		h.Users.Accounts[name] = a
	}
	h.Users.Groups[group] = facts.Group{}
}

func TestLabFaults(t *testing.T) {
	for _, tt := range faults() {
		t.Run(tt.name, func(t *testing.T) {
			fleet, evaluated := labFleet(t, tt.fleet)
			tt.seed(t, evaluated[tt.host])
			f := &labFindings{fleet: fleet}
			var err error
			if tt.rule < "Y6" {
				_, err = f.packets(t.Context(), lab.NewPlan(fleet, evaluated))
			} else {
				_, err = f.logins(t.Context(), evaluated)
			}
			if err != nil {
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
	needs(t, "nft")
	dir := filepath.Join("..", "..", "testdata", "fleets", name)
	document, err := os.ReadFile(filepath.Join(dir, "security.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	loaded, problems := schema.Load("security.yaml", document, nil)
	fleet, more := policy.Resolve(loaded)
	if len(problems)+len(more) > 0 {
		t.Fatal(problems, more)
	}
	text, err := os.ReadFile(filepath.Join(dir, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	evaluated, err := facts.DecodeFleet(text)
	if err != nil {
		t.Fatal(err)
	}
	return fleet, evaluated
}
