package gen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	hardening "github.com/pantherctl/pantherctl/gen/kernel"
)

// TestNoComplaint wants hosts that NixOS itself finds nothing wrong with.
func TestNoComplaint(t *testing.T) {
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			for _, text := range append(f.Assertions, f.Warnings...) {
				t.Errorf("%s/%s: %s", e.name, name, text)
			}
		}
	}
}

// TestRuleset has nft check the ruleset that each host would load.
func TestRuleset(t *testing.T) {
	check := nftCheck(t)
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			t.Run(e.name+"/"+name, func(t *testing.T) {
				if err := check(t, f.NFTables.Ruleset); err != nil {
					t.Error(err)
				}
			})
		}
	}
	if err := check(t, "table inet t { chain c { tcp dport 22 acccept\n} }"); err == nil {
		t.Error("nft accepts a misspelt rule")
	}
}

// nftCheck returns a function that asks nft whether it would load a ruleset,
// in a network namespace of its own.
func nftCheck(t *testing.T) func(*testing.T, string) error {
	args := []string{"--net", tool(t, "nft"), "--check", "--file"}
	if os.Getuid() != 0 {
		args = append([]string{"--map-root-user"}, args...)
	}
	unshare := tool(t, "unshare")
	return func(t *testing.T, ruleset string) error {
		_, err := run(t, unshare, append(args, write(t, "ruleset", ruleset))...)
		return err
	}
}

// write puts a text into a new file and returns the file's name.
func write(t *testing.T, name, text string) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestServer has sshd judge the configuration of each host, with throw-away
// host keys, and wants the values that no level may weaken in effect.
func TestServer(t *testing.T) {
	always := map[string]string{
		"allowagentforwarding":         "no",
		"allowgroups":                  "ssh-users",
		"allowstreamlocalforwarding":   "no",
		"allowtcpforwarding":           "no",
		"authenticationmethods":        "publickey",
		"authorizedkeysfile":           "/etc/ssh/authorized_keys.d/%u",
		"ciphers":                      "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-gcm@openssh.com,aes128-ctr",
		"gatewayports":                 "no",
		"hostbasedauthentication":      "no",
		"hostkeyalgorithms":            "ssh-ed25519,ssh-ed25519-cert-v01@openssh.com",
		"kbdinteractiveauthentication": "no",
		"kexalgorithms":                "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com",
		"logingracetime":               "30",
		"loglevel":                     "VERBOSE",
		"macs":                         "hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,umac-128-etm@openssh.com",
		"maxstartups":                  "10:30:60",
		"passwordauthentication":       "no",
		"permitemptypasswords":         "no",
		"permitrootlogin":              "no",
		"permittunnel":                 "no",
		"permituserenvironment":        "no",
		"strictmodes":                  "yes",
		"usepam":                       "yes",
		"x11forwarding":                "no",
	}
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			if !f.SSHD.Enable {
				continue
			}
			t.Run(e.name+"/"+name, func(t *testing.T) {
				got := effectiveServer(t, f.SSHD.Config)
				for keyword := range got {
					if _, ok := always[keyword]; !ok {
						delete(got, keyword)
					}
				}
				if diff := cmp.Diff(always, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	}
}

// effectiveServer returns what sshd makes of a configuration, by keyword in
// lower case, after sshd has accepted it.
func effectiveServer(t *testing.T, config string) map[string]string {
	t.Helper()
	sshd, name := tool(t, "sshd"), serverConfig(t, config)
	if _, err := run(t, sshd, "-t", "-f", name); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, sshd, "-G", "-f", name)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for line := range strings.Lines(out) {
		keyword, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		values[keyword] = value
	}
	return values
}

// serverConfig puts a configuration with a throw-away host key into a file.
func serverConfig(t *testing.T, config string) string {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key")
	if _, err := run(t, tool(t, "ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", key); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(config, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "HostKey ") {
			lines[i] = "HostKey " + key
		}
		if strings.HasPrefix(line, "HostCertificate ") {
			if _, err := run(t, tool(t, "ssh-keygen"), "-q", "-h", "-s", key, "-I", "host", key+".pub"); err != nil {
				t.Fatal(err)
			}
			lines[i] = "HostCertificate " + key + "-cert.pub"
		}
	}
	return write(t, "sshd_config", strings.Join(lines, "\n"))
}

// keywords returns those keywords of the output of sshd or ssh that a test
// asks for.
func keywords(out string, asked map[string]string) map[string]string {
	got := map[string]string{}
	for line := range strings.Lines(out) {
		keyword, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if _, ok := asked[keyword]; ok {
			got[keyword] = value
		}
	}
	return got
}

// TestScore counts the kernel checks that each hardened host passes.
func TestScore(t *testing.T) {
	least := map[string]int{"workstation": 94, "server": 97, "high-security": 99}
	seen := map[string]bool{}
	for _, e := range examples() {
		fleet, _ := e.generate(t)
		all := e.facts(t)
		for _, h := range fleet.Hosts {
			level, f := string(h.Kernel.Hardening.V), all[h.Name]
			got := hardening.Score(hardening.Input{
				Params: f.Kernel.KernelParams, Sysctl: f.sysctls(), Kernel: "6.17.5", Release: string(h.Release),
			})
			t.Logf("%s/%s, %s: %d of %d", e.name, h.Name, level, got.OK, got.Total)
			if got.OK < least[level] {
				t.Errorf("%s/%s passes %d checks, want %d; failed: %+v", e.name, h.Name, got.OK, least[level], got.Failed)
			}
			seen[level] = true
		}
	}
	for level := range least {
		if !seen[level] {
			t.Errorf("no host has the level %s", level)
		}
	}
}
