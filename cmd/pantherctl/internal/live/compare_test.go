package live

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// aHost is the facts of a host with one person and one key.
func aHost() *facts.Host {
	return &facts.Host{
		SSHD: facts.SSHD{Enable: true, Config: "PermitRootLogin no\n"},
		Users: facts.Users{Accounts: map[string]facts.Account{
			"root": {Name: "root", Group: "root"}, "ann": {Name: "ann", Group: "users", Keys: []string{"ssh-ed25519 AAAAknown ann"}},
		}},
		Sudo:     facts.Sudo{Enable: true, Config: "# what others may\nroot ALL=(ALL:ALL) ALL\n"},
		Nftables: facts.Nftables{Enable: true},
		Kernel:   facts.Kernel{KernelParams: []string{"loglevel=4", "loglevel=0", "console=a", "console=b"}},
	}
}

// TestCompare changes one section of what a host says, and names what is found.
func TestCompare(t *testing.T) {
	const (
		people = "root:x:0:0::/root:/run/current-system/sw/bin/bash\nann:x:1000:100::/home/ann:/bin/sh\n"
		key    = "ann\t/etc/ssh/authorized_keys.d/ann\tssh-ed25519 AAAAknown ann\n"
		sudo   = "root ALL=(ALL:ALL) ALL\n"
		sshd   = "port 22\npermitrootlogin no\n"
	)
	nft := func(objects string) string {
		return `{"nftables":[{"table":{"family":"inet","name":"t","handle":1}},` + objects + `]}`
	}
	changed := func(section, text string) map[string]Section {
		answers := map[string]Section{
			"passwd": {people, 0}, "keys": {key, 0}, "sudoers": {sudo, 0}, "group": {"", 0}, "sysctl": {"", 0},
			"sshd-live": {sshd, 0}, "sshd-declared": {sshd, 0}, "sshd-file": {"PermitRootLogin no\n", 0},
			"nft-live": {nft(`{"metainfo":{}}`), 0}, "nft-declared": {nft(`{"metainfo":{}}`), 0}, "cmdline": {"loglevel=4 loglevel=0 console=a console=b", 0},
			"modules": {"", 127}, "sockets": {"", 0}, "failed": {"", 0},
		}
		if section != "" {
			answers[section] = Section{text, 0}
		}
		return answers
	}
	counters := func(packets, used, limit string) string {
		return nft(`{"counter":{"family":"inet","name":"c","table":"t","handle":2,"packets":` + packets + `,"bytes":9}},` +
			`{"quota":{"family":"inet","name":"q","table":"t","handle":3,"bytes":` + limit + `,"used":` + used + `,"inv":false}},` +
			`{"set":{"family":"inet","name":"s","table":"t","handle":4,"flags":"dynamic","elem":[` + used + `]}},` +
			`{"rule":{"family":"inet","table":"t","chain":"c","handle":5,"expr":[{"last":{"used":` + used + `}},{"quota":{"val":1,"val_unit":"mbytes","used":` + used + `,"used_unit":"bytes"}}]}}`)
	}
	for _, tt := range []struct {
		name string
		now  map[string]Section
		want []string // rule and words of a message, in order
	}{
		{"as it should be", changed("", ""), nil},
		{"an account without a shell", changed("passwd", people+"eve:x:1001:100::/home/eve\n"), []string{"V4 eve has an account"}},
		{"root with a sign", changed("passwd", people+"ann:x: +0:0::/root:/bin/sh\n"), []string{"V4 ann has the user id 0"}},
		{"an account without a number", changed("passwd", people+"eve:x: 1001:100::/home/eve:/bin/sh\n"), []string{"V4 eve has an account"}},
		{"a shell called false", changed("passwd", people+"eve:x:1001:100::/home/eve:/home/eve/false\n"), []string{"V4 eve has an account"}},
		{"a shell that is false", changed("passwd", people+"eve:x:1001:100::/:/run/current-system/sw/bin/nologin\nbob:x:9:9::/:/nix/store/x-shadow/bin/nologin\n"), nil},
		{"a known key in another's options", changed("keys", key+"ann\t/f\tcommand=\"x ssh-ed25519 AAAAknown \\\" y\" ssh-ed25519 AAAAother eve\n"), []string{"V4 ann is let in by a key that the configuration does not have: …AAAAother"}},
		{"a user id among sudo's rules", changed("sudoers", sudo+"# a comment\n#1001 ALL=(ALL) NOPASSWD: ALL\n"), []string{"V4 sudo has a rule"}},
		{"another file of sudo's rules", changed("sudoers", sudo+"#includedir /tmp\n"), []string{"V4 sudo has a rule"}},
		{"an include with a sign", changed("sshd-file", "PermitRootLogin no\nInclude=/tmp/x\n"), []string{"Q1 /etc/ssh/sshd_config has a line"}},
		{"a match in quotes", changed("sshd-file", "PermitRootLogin no\n\"Match\"user root\nPermitRootLogin yes\n"), []string{"Q1 /etc/ssh/sshd_config has a line", "Q1 /etc/ssh/sshd_config has a line"}},
		{"a warning of sshd", changed("sshd-live", "/etc/ssh/sshd_config line 3: Deprecated option X\n"+sshd), nil},
		{"a group that is root", changed("group", "incus-admin:x:5:ann\n"), []string{"V4 ann is in the group incus-admin"}},
		{"a parameter of which another takes the place", changed("cmdline", "loglevel=0 console=a console=b"), nil},
		{"a parameter that is not the last", changed("cmdline", "loglevel=0 loglevel=4 console=a console=b"), []string{"Q3 the kernel was started with loglevel=4"}},
		{"a long name of a table", changed("nft-live", nft(`{"table":{"family":"ip","name":"`+strings.Repeat("x", 9999)+`"}}`)), []string{"Q2 the packet filter has the table ip xxx"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, tt.now, tt.want...)
		})
	}
	t.Run("counters", func(t *testing.T) {
		now := changed("nft-live", counters("1", "2", "1000"))
		now["nft-declared"] = Section{counters("0", "0", "1000"), 0}
		expect(t, now)
		now["nft-declared"] = Section{counters("0", "0", "2000"), 0}
		expect(t, now, "Q2 quota q of inet t is")
	})
	for section, what := range map[string]string{
		"passwd": "who has an account", "group": "who is in which group", "keys": "who is let in by which key", "sudoers": "who may become root",
		"sysctl": "the kernel's settings", "cmdline": "the kernel's command line", "modules": "which modules are loaded",
	} {
		t.Run("cut "+section, func(t *testing.T) {
			now := changed("", "")
			now[section] = Section{"x", pipeClosed}
			expect(t, now, "V8 "+what+" could not be compared: the answer is longer than anybody reads")
		})
	}
}

func expect(t *testing.T, now map[string]Section, want ...string) {
	t.Helper()
	found := Compare(Input{Host: &policy.Host{Name: "web", Settings: &schema.Settings{}}, Facts: aHost()}, &Answer{Sections: now, Whole: true}).Findings
	if len(found) != len(want) {
		t.Fatalf("found %+v\nwant %q", found, want)
	}
	for i, f := range found {
		if !strings.HasPrefix(f.Rule+" "+f.Message, want[i]) {
			t.Errorf("found %s %s\nwant %s", f.Rule, f.Message, want[i])
		}
		if n := len(f.Message) + len(f.Hint) + len(f.Got); n > 4*longest {
			t.Errorf("%d bytes of a host are repeated", n)
		}
	}
}

// TestCut has a shell cut off what is longer than asked for, and say so.
func TestCut(t *testing.T) {
	const script = `words() { printf '12345'; return "$1"; }
main() {
  section all 5 words 0
  section failed 5 words 3
  section cut 4 words 0
  section long 10 yes
  printf '12345' >"$dir/file"
  file file 5 "$dir/file"
  file part 4 "$dir/file"
  file none 5 "$dir/none"
}`
	cmd := exec.CommandContext(t.Context(), "sh", "-s")
	cmd.Stdin = strings.NewReader(string(Framed("n", script, []Variable{{"dir", t.TempDir()}})))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	a, err := Parse(out, "n")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]Section{
		"all": {"12345", 0}, "failed": {"12345", 3}, "cut": {"1234", pipeClosed}, "long": {"y\ny\ny\ny\ny\n", pipeClosed},
		"file": {"12345", 0}, "part": {"1234", pipeClosed}, "none": {"", absent},
	} {
		if got := a.Sections[name]; strings.TrimSuffix(got.Text, "\n") != strings.TrimSuffix(want.Text, "\n") || got.Code != want.Code {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}
