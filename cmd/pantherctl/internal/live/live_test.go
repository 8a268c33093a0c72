package live

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen/policy"
)

// TestProbe has shellcheck read what is sent to hosts, for any shell.
func TestProbe(t *testing.T) {
	shellcheck, err := exec.LookPath("shellcheck")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("shellcheck was not asked: ", err)
	}
	for name, script := range map[string]string{"probe": probe, "nothing": "main() { section a 1 true; }"} {
		t.Run(name, func(t *testing.T) {
			var head []Variable
			for _, v := range []string{"config", "ruleset", "sysctls", "units", "homes", "secrets", "certs"} {
				head = append(head, Variable{v, "x"})
			}
			cmd := exec.CommandContext(t.Context(), shellcheck, "--shell=sh", "--exclude=SC2034", "-")
			cmd.Stdin = strings.NewReader(string(Framed("0", script, head)))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestPartOfScript has a shell run all beginnings of a script: nothing happens
// before its end has arrived.
func TestPartOfScript(t *testing.T) {
	script := Framed("n", "main() { echo done; }", []Variable{{"a", "it's\n$(echo ran)"}})
	for end := range script {
		cmd := exec.CommandContext(t.Context(), "sh", "-s")
		cmd.Stdin = strings.NewReader(string(script[:end]))
		out, _ := cmd.Output() // a part may be no script at all
		if len(out) > 0 && end < len(script)-len(` "$@"`)-1 {
			t.Fatalf("%d of %d bytes print %q", end, len(script), out)
		}
	}
}

func TestParse(t *testing.T) {
	const whole = "motd\n\n@n begin a\nx\n@m begin b\n@n\n\n@n end a 0\n\n@n begin c\n\n@n end c 7\n\n@n done\n"
	for _, tt := range []struct {
		name, out string
		want      *Answer
	}{
		{"whole", whole, &Answer{map[string]Section{"a": {"x\n@m begin b\n@n\n", 0}, "c": {"", 7}}, true}},
		{"cut", whole[:len(whole)-25], &Answer{map[string]Section{"a": {"x\n@m begin b\n@n\n", 0}}, false}},
		{"odd code", "@n begin a\n\n@n end a zero\n", &Answer{map[string]Section{"a": {"", -1}}, false}},
		{"other nonce", strings.ReplaceAll(whole, "@n", "@o"), nil},
		{"never ends", "@n begin a\nx", nil},
		{"ends another", "@n begin a\nx\n@n end b 0\n", nil},
		{"empty", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse([]byte(tt.out), "n")
			if (err != nil) != (tt.want == nil) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestChain breaks one link after the other.
func TestChain(t *testing.T) {
	const first, second = "/nix/store/00000000000000000000000000000001-nixos", "/nix/store/00000000000000000000000000000002-nixos"
	links := func(profile, current, booted, kernel string) string {
		return strings.Join([]string{profile, current, booted, "k", kernel, "i", "i", "m", "m"}, "\n") + "\n"
	}
	for _, tt := range []struct {
		name, links, toplevel string
		generated, evaluated  Link
		want, rule            string
	}{
		{"whole", links(first, first, first, "k"), first, Holds, Holds, "document → generated → evaluated → profile → current → booted", ""},
		{"nothing known", "", "", "", "", "document ? generated ? evaluated ? profile ? current ? booted", ""},
		{"not generated", links(first, first, first, "k"), "", Broken, Holds, "document ✗ generated → evaluated ? profile → current → booted: the generated folder", "Q10"},
		{"not as generated", links(first, first, first, "k"), "", Holds, Broken, "document → generated ✗ evaluated ? profile → current → booted: the evaluated", "Q10"},
		{"not deployed", links(first, first, first, "k"), second, Holds, Holds, "document → generated → evaluated ✗ profile → current → booted: the profile is 00000000-nixos", "Q10"},
		{"not the default", links(first, second, second, "k"), second, Holds, Holds, "✗ current → booted", "Q10"},
		{"not restarted", links(first, first, second, "k"), first, Holds, Holds, "→ current ✗ booted", "Q15"},
		{"other kernel", links(first, first, second, "other"), first, Holds, Holds, "→ current ✗ booted", "Q11"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &comparison{
				Input:  Input{Host: &policy.Host{Name: "web"}, Toplevel: tt.toplevel, Generated: tt.generated, Evaluated: tt.evaluated},
				answer: &Answer{Sections: map[string]Section{"links": {tt.links, 0}}}, counts: map[string]int{},
			}
			if got := c.chain().String(); !strings.Contains(got, tt.want) {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
			if tt.rule == "" && len(c.findings) > 0 || tt.rule != "" && c.counts[tt.rule] == 0 {
				t.Errorf("want %q, got %v", tt.rule, c.findings)
			}
		})
	}
}

func TestPeriod(t *testing.T) {
	for calendar, want := range map[string]time.Duration{
		"hourly": time.Hour, "daily": 24 * time.Hour, "01:30": 24 * time.Hour, "*-*-* 02:00": 24 * time.Hour,
		"weekly": 168 * time.Hour, "Sun 01:30": 168 * time.Hour, "Mon..Fri 01:30": 24 * time.Hour, "Mon,Thu 1:00": 24 * time.Hour,
		"monthly": 744 * time.Hour, "": 24 * time.Hour,
	} {
		if got := period(calendar); got != want {
			t.Errorf("%q: %s, want %s", calendar, got, want)
		}
	}
}

func TestSysctlPath(t *testing.T) {
	for key, want := range map[string]string{
		"kernel.kptr_restrict":         "kernel/kptr_restrict",
		"net.ipv4.conf.eth0/1.forward": "net/ipv4/conf/eth0.1/forward",
		"net/ipv4/conf/eth0.1/forward": "net/ipv4/conf/eth0.1/forward",
		"net.ipv6.conf.*.accept_ra":    "net/ipv6/conf/*/accept_ra",
	} {
		if got := sysctlPath(key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}

// TestSSHDSettings reads what OpenSSH 10.0 and 10.6 print of the same file.
func TestSSHDSettings(t *testing.T) {
	old := sshdSettings("port 22\nport 2222\nlistenaddress [::]:22\npermitrootlogin no\nsubsystem sftp /nix/store/00000000000000000000000000000000-openssh/libexec/sftp-server\n")
	new := sshdSettings("Port 2222\nPort 22\nListenAddress [::]:22\nPermitRootLogin no\nSubsystem sftp /nix/store/11111111111111111111111111111111-openssh/libexec/sftp-server\n")
	if diff := cmp.Diff(old, new); diff != "" {
		t.Error(diff)
	}
	if a, b := sshdSettings("ciphers a,b\n"), sshdSettings("ciphers b,a\n"); a["ciphers"] == b["ciphers"] {
		t.Error("the order of ciphers does not count")
	}
}

func TestSockets(t *testing.T) {
	const text = `tcp   LISTEN 0      128          0.0.0.0:22         0.0.0.0:*    users:(("sshd",pid=1,fd=6),("x",pid=2,fd=6))
udp   UNCONN 0      0      127.0.0.53%lo:53         0.0.0.0:*
tcp   LISTEN 0      128             [::]:22            [::]:*    users:(("sshd",pid=1,fd=7))
tcp   LISTEN 0      128  [::ffff:127.0.0.1]:631            *:*
udp   UNCONN 0      0                  *:68               *:*
tcp   LISTEN 0      1            nonsense         0.0.0.0:*
`
	got := readSockets(text)
	want := []socket{{"tcp", "0.0.0.0", 22, "sshd"}, {"udp", "127.0.0.53%lo", 53, ""}, {"tcp", "::", 22, "sshd"}, {"tcp", "::ffff:127.0.0.1", 631, ""}, {"udp", "*", 68, ""}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(socket{})); diff != "" {
		t.Fatal(diff)
	}
	for i, local := range []bool{false, true, false, true, false} {
		if got[i].local() != local {
			t.Errorf("%v: local is %v", got[i], got[i].local())
		}
	}
}

// TestTables passes over what changes while a ruleset is loaded, and over
// nothing else.
func TestTables(t *testing.T) {
	read := func(rule, set string) map[string]*table {
		t.Helper()
		tables, err := readTables(`warning: x {"nftables":[{"metainfo":{}},{"table":{"family":"inet","name":"t","handle":1}},` +
			`{"chain":{"family":"inet","table":"t","name":"c","handle":2,"policy":"drop"}},` +
			`{"set":{"family":"inet","table":"t","name":"s","handle":3,` + set + `}},` +
			`{"rule":{"family":"inet","table":"t","chain":"c","handle":4,"expr":[` + rule + `]}}]}`)
		if err != nil {
			t.Fatal(err)
		}
		return tables
	}
	same := func(a, b map[string]*table) bool { return cmp.Equal(a, b, cmp.AllowUnexported(table{})) }
	base := read(`{"counter":{"packets":1,"bytes":2}},{"drop":null}`, `"elem":[1,2]`)
	if !same(base, read(`{"counter":{"packets":9,"bytes":9}},{"drop":null}`, `"elem":[2,1]`)) {
		t.Error("counters, or the order of elements, count")
	}
	if same(base, read(`{"counter":{"packets":1,"bytes":2}},{"accept":null}`, `"elem":[1,2]`)) || same(base, read(`{"counter":null},{"drop":null}`, `"elem":[1]`)) {
		t.Error("another rule or element does not count")
	}
	if !same(read(`{"drop":null}`, `"flags":["dynamic"],"elem":[1]`), read(`{"drop":null}`, `"flags":["dynamic"]`)) {
		t.Error("what rules put into a set counts")
	}
	if _, err := readTables("no json"); err == nil {
		t.Error("no error")
	}
}

func TestRuleText(t *testing.T) {
	for expr, want := range map[string]string{
		`[{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":22}},{"accept":null}]`:                             "tcp dport 22 accept",
		`[{"match":{"op":"!=","left":{"meta":{"key":"iifname"}},"right":{"set":["a","b"]}}},{"jump":{"target":"x"}}]`:                          "iifname != { a, b } jump x",
		`[{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":"new"}},{"limit":{"rate":5,"per":"second"}},{"odd":{"a":1}}]`:              `ct state new limit rate 5/second {"odd":{"a":1}}`,
		`[{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":{"prefix":{"addr":"10.0.0.0","len":8}}}},{"x":[]}]`: `ip saddr 10.0.0.0/8 {"x":[]}`,
		`[{"match":{"op":"==","left":{"payload":{"protocol":"udp","field":"sport"}},"right":{"range":[1,5]}}}]`:                                "udp sport 1-5",
		`no json`: "no json",
	} {
		if got := ruleText(expr); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}

func TestKeyOf(t *testing.T) {
	for line, want := range map[string]string{
		"ssh-ed25519 AAAAx me":                  "AAAAx",
		`command="ssh-ed25519 x" ssh-rsa AAAAy`: "AAAAy",
		"sk-ssh-ed25519@openssh.com AAAAz":      "AAAAz",
		"ssh-ed25519":                           "",
		"":                                      "",
		"nonsense AAAAx":                        "",
		`from="10.0.0.0/8",restrict ssh-rsa AAAA`: "AAAA",
	} {
		if got := keyOf(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// FuzzParse reads anything as a host's answer: nothing of it stops us.
func FuzzParse(f *testing.F) {
	f.Add("\n@n begin a\nx\n@n end a 0\n\n@n done\n")
	f.Fuzz(func(t *testing.T, out string) {
		if a, err := Parse([]byte(out), "n"); err == nil && len(a.Sections) == 0 {
			t.Error("an answer without sections")
		}
		readTables(out)
		readSockets(out)
		sshdSettings(out)
		properties(out)
		keyName(out)
		expiry(out)
		ruleText(out)
		attributes(out)
	})
}
