package gen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/nixmodules"
)

// selfcheckBench is a host on which everything is as generated.
func selfcheckBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, map[string]string{
		"systemctl": `[ ! -e "$BENCH/dead-$3" ]`,
		"sshd":      `for f; do :; done; cat "$f"`,
		"auditctl":  `case $1 in -s) cat "$BENCH/status" ;; -l) cat "$BENCH/rules" ;; esac`,
		"tailscale": `[ ! -e "$BENCH/logged-out" ]`,
		"nix":       `echo "$*" >"$BENCH/verified"; [ ! -e "$BENCH/corrupt" ]`,
	})
	b.env = append(b.env, "SSHD_CONFIG="+b.dir+"/rendered", "SSHD_LIVE="+b.dir+"/live", "RULESET=", "TABLES=", "AUDIT_RULES=2",
		"TAILNET=1", "SECRETS="+b.dir+"/secret", "STORE=/run/current-system")
	b.file("rendered", "maxauthtries 6\n")
	b.file("live", "maxauthtries 6\n")
	b.file("status", "enabled 1\nfailure 1\n")
	b.file("rules", "-w /etc/passwd -p wa -k a\n-a always,exit -S execve\n")
	b.file("secret", "word")
	b.file("dead-sshd.socket", "")
	return b
}

// TestSelfcheck really runs the script on hosts that differ in one thing each.
func TestSelfcheck(t *testing.T) {
	tests := []struct {
		name, file, text, want string
	}{
		{"as generated", "other", "", ""},
		{"sshd reads another file", "live", "maxauthtries 60\n", "+maxauthtries 60"},
		{"sshd is dead", "dead-sshd.service", "", "neither the service nor its socket"},
		{"auditing is off", "status", "enabled 0\n", "the kernel records nothing"},
		{"a rule is gone", "rules", "-w /etc/passwd -p wa -k a\n", "1 rules of 2"},
		{"no rules", "rules", "No rules\n", "0 rules of 2"},
		{"auditd is dead", "dead-auditd.service", "", "auditd is not active"},
		{"logged out of the tailnet", "logged-out", "", "not connected"},
		{"an empty secret", "secret", "", "is empty or cannot be read"},
		{"a changed file in the store", "corrupt", "", "not what Nix built"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := selfcheckBench(t)
			b.file(test.file, test.text)
			out, ok := b.run(nixmodules.SelfcheckScript)
			switch {
			case test.want == "" && (!ok || out != "as generated\n"):
				t.Errorf("it says\n%s", out)
			case test.want != "" && (ok || !strings.Contains(out, test.want) || !strings.HasSuffix(out, "1 differences\n")):
				t.Errorf("want %q, it says\n%s", test.want, out)
			}
			if got := b.read("verified"); !strings.HasSuffix(got, "store verify --no-trust --recursive /run/current-system\n") {
				t.Errorf("nix was asked %q", got)
			}
			if strings.Contains(out, "word") {
				t.Error("a secret is in the journal")
			}
		})
	}
}

// TestSelfcheckServer asks the real sshd, whose -G and -T must say the same of
// one configuration.
func TestSelfcheckServer(t *testing.T) {
	tool(t, "sshd")
	key := filepath.Join(t.TempDir(), "key")
	if _, err := run(t, tool(t, "ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", key); err != nil {
		t.Fatal(err)
	}
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			if !f.SSHD.Enable {
				continue
			}
			t.Run(e.name+"/"+name, func(t *testing.T) {
				b := selfcheckBench(t)
				if err := os.Remove(filepath.Join(b.dir, "bin/sshd")); err != nil {
					t.Fatal(err)
				}
				b.env = append(b.env, "AUDIT_RULES=", "TAILNET=", "SECRETS=", "STORE=")
				rendered := strings.ReplaceAll(f.SSHD.Config, "HostKey "+f.SSHD.HostKeys[0].Path, "HostKey "+key)
				b.file("rendered", rendered)
				b.file("live", rendered)
				if out, ok := b.run(nixmodules.SelfcheckScript); !ok {
					t.Errorf("it says\n%s", out)
				}
				b.file("live", "PasswordAuthentication yes\n"+rendered)
				if out, ok := b.run(nixmodules.SelfcheckScript); ok || !strings.Contains(out, "+passwordauthentication yes") {
					t.Errorf("passwords open the live sshd, and it says\n%s", out)
				}
			})
		}
	}
}

// TestSelfcheckRuleset asks the real nft, in a network namespace that plays
// the host.
func TestSelfcheckRuleset(t *testing.T) {
	nft, unshare := tool(t, "nft"), tool(t, "unshare")
	rendered := readFacts(t, "pantheros", "hetzner-vps").NFTables.Ruleset
	tests := []struct{ name, change, want string }{
		{"as generated", "", ""},
		{"addresses in sets, counters, others' tables", "add element inet nixos-fw limit-ssh-tailnet-4 { 192.0.2.1 timeout 5m }\nadd table ip tailscale\n", ""},
		{"a policy", "chain inet pantherctl-egress output { policy accept; }\n", "policy accept"},
		{"one more rule", "insert rule inet nixos-fw input-allow tcp dport 4444 accept\n", "4444"},
		{"a table is gone", "delete table inet nixos-fw\n", "nixos-fw is not loaded"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := selfcheckBench(t)
			b.file("ruleset", rendered)
			b.file("live", strings.ReplaceAll(rendered, "counter drop", "counter packets 7 bytes 500 drop"))
			b.file("change", test.change)
			b.file("script", string(nixmodules.SelfcheckScript))
			b.env = append(b.env, "SSHD_CONFIG=", "AUDIT_RULES=", "TAILNET=", "SECRETS=", "STORE=",
				"RULESET="+b.dir+"/ruleset", "TABLES=inet nixos-fw\ninet pantherctl-egress")
			args := []string{"--net", "sh", "-c", nft + ` -f "$BENCH/live" && ` + nft + ` -f "$BENCH/change" && bash -e "$BENCH/script"`}
			if os.Getuid() != 0 {
				args = append([]string{"--map-root-user"}, args...)
			}
			cmd := exec.CommandContext(t.Context(), unshare, args...)
			cmd.Env = b.env
			text, err := cmd.CombinedOutput()
			out := string(text)
			if test.want == "" && (err != nil || out != "as generated\n") || test.want != "" && (err == nil || !strings.Contains(out, test.want)) {
				t.Errorf("%v, want %q:\n%s", err, test.want, out)
			}
		})
	}
}

// readFacts returns the committed facts of a host.
func readFacts(t *testing.T, fleet, host string) *facts {
	t.Helper()
	for _, e := range examples() {
		if f := e.facts(t)[host]; e.name == fleet && f != nil {
			return f
		}
	}
	t.Fatalf("%s has no host %s", fleet, host)
	return nil
}
