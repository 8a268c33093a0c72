package deploy

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/schema"
)

const someKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOuk1z7AnAIYCxdqfVV5OYFfmbcOLyTduj6jJqd61bX"

func someJob(t *testing.T) Job {
	t.Helper()
	fleet := resolve(t, strings.NewReplacer("HOSTKEY", someKey, "ADDRESS", "100.64.0.1").Replace(document))
	path, err := PathOf(fleet, fleet.Hosts[0], "", "")
	if err != nil {
		t.Fatal(err)
	}
	return Job{Host: fleet.Hosts[0], Facts: newFacts(), Path: path}
}

// TestJudge wants a risk for everything in a new configuration that keeps
// whoever deploys out, and none for what does not.
func TestJudge(t *testing.T) {
	account := func(f *facts.Host, change func(*facts.Account)) {
		a := f.Users.Accounts["deploy"]
		change(&a)
		f.Users.Accounts["deploy"] = a
	}
	for _, tt := range []struct {
		name   string
		change func(*Job, *facts.Host)
		want   []Risk
	}{
		{"good", func(*Job, *facts.Host) {}, nil},
		{"no sshd", func(_ *Job, f *facts.Host) { f.SSHD.Enable = false }, []Risk{LoseSSH}},
		{"other port", func(_ *Job, f *facts.Host) { f.SSHD.Ports = []int{2222} }, []Risk{LoseSSH}},
		{"no account", func(_ *Job, f *facts.Host) { f.Users.Accounts = nil }, []Risk{LoseSSH}},
		{"no key", func(_ *Job, f *facts.Host) { account(f, func(a *facts.Account) { a.Keys = nil }) }, []Risk{LoseSSH}},
		{"key in a file", func(_ *Job, f *facts.Host) {
			account(f, func(a *facts.Account) { a.Keys, a.KeyFiles = nil, []string{"/k"} })
		}, nil},
		{"no group", func(_ *Job, f *facts.Host) { account(f, func(a *facts.Account) { a.ExtraGroups = []string{"wheel"} }) }, []Risk{LoseSSH}},
		{"group by its members", func(_ *Job, f *facts.Host) {
			account(f, func(a *facts.Account) { a.ExtraGroups = nil })
			f.Users.Groups = map[string]facts.Group{"ssh-users": {Members: []string{"deploy"}}}
		}, nil},
		{"others allowed", func(_ *Job, f *facts.Host) { f.SSHD.Settings["AllowUsers"] = []any{"admin"} }, []Risk{LoseSSH}},
		{"allowed from somewhere", func(_ *Job, f *facts.Host) { f.SSHD.Settings["AllowUsers"] = []any{"deploy@100.64.0.0/10"} }, nil},
		{"denied", func(_ *Job, f *facts.Host) { f.SSHD.Settings["DenyUsers"] = "deploy" }, []Risk{LoseSSH}},
		{"root not let in", func(j *Job, f *facts.Host) {
			j.Path.User = "root"
			f.Users.Accounts["root"] = facts.Account{Group: "ssh-users", Keys: []string{"k"}}
			f.SSHD.Settings["PermitRootLogin"] = "no"
		}, []Risk{LoseSSH}},
		{"firewall closed", func(_ *Job, f *facts.Host) { f.Nftables.Ruleset = "" }, []Risk{LoseSSH}},
		{"firewall off", func(_ *Job, f *facts.Host) { f.Nftables, f.Firewall = facts.Nftables{}, facts.Firewall{} }, nil},
		{"open everywhere", func(_ *Job, f *facts.Host) { f.Nftables.Ruleset = ""; f.Firewall.AllowedTCPPorts = []int{22} }, nil},
		{"open on the wrong interface", func(_ *Job, f *facts.Host) {
			f.Nftables.Ruleset = ""
			f.Firewall.Interfaces = map[string]facts.Ports{"eth0": {AllowedTCPPorts: []int{22}}}
		}, []Risk{LoseSSH}},
		{"range", func(_ *Job, f *facts.Host) {
			f.Nftables.Ruleset = ""
			f.Firewall.Interfaces = map[string]facts.Ports{"tailscale0": {AllowedTCPPortRanges: []facts.Range{{From: 20, To: 30}}}}
		}, nil},
		{"trusted", func(_ *Job, f *facts.Host) {
			f.Nftables.Ruleset = ""
			f.Firewall.TrustedInterfaces = []string{"tailscale0"}
		}, nil},
		{"out of the tailnet", func(_ *Job, f *facts.Host) { f.Tailscale.Enable = false }, []Risk{LoseTailnet}},
		{"password for sudo", func(_ *Job, f *facts.Host) { f.Sudo.ExtraRules = nil }, []Risk{LoseSudo}},
		{"wheel without password", func(_ *Job, f *facts.Host) { f.Sudo.ExtraRules, f.Sudo.WheelNeedsPassword = nil, false }, nil},
		{"wheel only, and not in it", func(_ *Job, f *facts.Host) {
			f.Sudo.ExecWheelOnly = true
			account(f, func(a *facts.Account) { a.ExtraGroups = []string{"ssh-users"} })
		}, []Risk{LoseSudo}},
		{"a later rule takes it back", func(_ *Job, f *facts.Host) {
			f.Sudo.ExtraRules = append(f.Sudo.ExtraRules, facts.SudoRule{Groups: []any{"wheel"}, Commands: []any{map[string]any{"command": "ALL", "options": []any{"PASSWD"}}}})
		}, []Risk{LoseSudo}},
		{"no sudo", func(_ *Job, f *facts.Host) { f.Sudo.Enable = false }, []Risk{LoseSudo}},
		{"system of another", func(_ *Job, f *facts.Host) { f.HostName = "other" }, []Risk{WrongHost}},
		{"locked disk, nobody near", func(j *Job, f *facts.Host) {
			f.Boot.LUKS = map[string]string{"root": "/dev/x"}
			j.Host.BreakGlass.Console = schema.Value[schema.Text]{}
		}, []Risk{RebootsLocked}},
		{"local", func(j *Job, f *facts.Host) { j.Path.Local = true; f.SSHD.Enable = false }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job := someJob(t)
			tt.change(&job, job.Facts)
			var got []Risk
			dangers := judge(job, arrival(job.Path, answer{"client": {"100.64.0.9"}, "server": {"100.64.0.1"}, "by": {"tailscale0"}}))
			for _, d := range dangers {
				got = append(got, d.Risk)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("risks %v, want %v: %+v", got, tt.want, dangers)
			}
		})
	}
}

// TestAdmitted wants the new rules to be taken for open only where they are sure
// to let the deployer's own connection in.
func TestAdmitted(t *testing.T) {
	input := func(rules string) string {
		return "table inet fw {\nset office { type ipv4_addr; flags interval; elements = { 100.64.0.0/16 } }\nchain input {\ntype filter hook input priority filter; policy drop;\nct state established,related accept\n" + rules + "\n}\n}\n"
	}
	for _, tt := range []struct {
		name, ruleset string
		from          string // 100.64.0.9 if ""
		want          string // part of why not, "" for open
	}{
		{"limited", input(`iifname "tailscale0" tcp dport 22 ct state new add @l { ip saddr limit rate 10/minute } accept`), "", ""},
		{"sets", input(`iifname { "lo", "tailscale0" } tcp dport { 80, 20-25 } accept`), "", ""},
		{"everywhere", input(`tcp dport 22 accept`), "", ""},
		{"another port of a set", input(`iifname tailscale0 tcp dport { 53, 80 } accept`), "", "no rule"},
		{"another interface", input(`iifname "eth0" tcp dport 22 accept`), "", "no rule"},
		{"all interfaces but ours", input(`iifname != "tailscale0" tcp dport 22 accept`), "", "no rule"},
		{"another protocol", input(`iifname "tailscale0" udp dport 22 accept`), "", "no rule"},
		{"dropped", input(`iifname "tailscale0" tcp dport 22 drop`), "", "no rule"},
		{"what it sends", input(`oifname "tailscale0" tcp dport 22 accept`), "", "no rule"},
		{"a longer port", input(`iifname "tailscale0" tcp dport 220 accept`), "", "no rule"},
		{"all ports but ours", input(`tcp dport != 22 accept`), "", "no rule"},
		{"accept after drop", input("tcp dport 22 drop\ntcp dport 22 accept"), "", "no rule"},
		{"drop after accept", input("tcp dport 22 accept\ntcp dport 22 drop"), "", ""},
		{"accept in a comment", input(`tcp dport 22 drop comment "was to accept"`), "", "no rule"},
		{"accept that nobody jumps to", "table inet fw {\nchain allow {\ntcp dport 22 accept\n}\nchain input {\ntype filter hook input priority filter; policy drop;\n}\n}\n", "", "no rule"},
		{"accept of what is forwarded", input("") + "table inet o {\nchain f {\ntype filter hook forward priority filter; policy drop;\ntcp dport 22 accept\n}\n}\n", "", "no rule"},
		{"another chain drops", input(`tcp dport 22 accept`) + "table ip o {\nchain i {\ntype filter hook input priority 5; policy accept;\ntcp dport 22 drop\n}\n}\n", "", "no rule"},
		{"dropped before it is routed", input(`tcp dport 22 accept`) + "table inet o {\nchain p {\ntype filter hook prerouting priority raw; policy accept;\nip saddr @bad drop\ntcp dport 22 drop\n}\n}\n", "", "no rule"},
		{"reverse path", input(`tcp dport 22 accept`) + "table inet o {\nchain p {\ntype filter hook prerouting priority mangle + 10; policy drop;\nmeta nfproto ipv4 udp sport . udp dport { 67 . 68 } accept\nfib saddr . mark . iif oif exists accept\n}\n}\n", "", ""},
		{"reverse path of nobody", input(`tcp dport 22 accept`) + "table inet o {\nchain p {\ntype filter hook prerouting priority mangle + 10; policy drop;\nfib saddr . mark . iif oif missing accept\n}\n}\n", "", "no rule"},
		{"handed on to a container", input(`tcp dport 22 accept`) + "table ip n {\nchain p {\ntype nat hook prerouting priority dstnat;\ntcp dport 22 dnat to 10.0.0.2\n}\n}\n", "", "handed on"},
		{"sent to another port", input(`tcp dport 22 accept`) + "table ip n {\nchain p {\ntype nat hook prerouting priority dstnat;\ntcp dport 22 redirect to :2222\n}\n}\n", "", "not judged: tcp dport 22 redirect"},
		{"at ingress", input(`tcp dport 22 accept`) + "table netdev n {\nchain i {\ntype filter hook ingress device eth0 priority 0; policy drop;\n}\n}\n", "", "not judged"},
		{"only above a rate", input(`tcp dport 22 limit rate over 10/minute accept`), "", "no rule"},
		{"below a rate, then none", input("tcp dport 22 limit rate over 10/minute drop\ntcp dport 22 accept"), "", ""},
		{"our address", input(`ip saddr 100.64.0.9 tcp dport 22 accept`), "", ""},
		{"another's address", input(`ip saddr 100.64.0.8 tcp dport 22 accept`), "", "no rule"},
		{"all addresses but ours", input(`ip saddr != 100.64.0.0/10 tcp dport 22 accept`), "", "no rule"},
		{"a named set", input(`ip saddr @office tcp dport 22 accept`), "", ""},
		{"a named set without us", input(`ip saddr @office tcp dport 22 accept`), "100.65.0.9", "no rule"},
		{"all of it but a named set", input(`ip saddr != @office tcp dport 22 accept`), "", "no rule"},
		{"IPv6", input(`ip6 saddr fd7a:115c:a1e0::/48 tcp dport 22 accept`), "fd7a:115c:a1e0::9", ""},
		{"another's IPv6", input(`ip6 saddr fd7a:115c:a1e0::8 tcp dport 22 accept`), "fd7a:115c:a1e0::9", "no rule"},
		{"IPv6 alone", input(`ip6 saddr ::/0 tcp dport 22 accept`), "", "no rule"},
		{"IPv4 alone", input(`meta nfproto ipv4 tcp dport 22 accept`), "fd7a:115c:a1e0::9", "no rule"},
		{"a rule that may drop", input("meta length > 100 drop\ntcp dport 22 accept"), "", "not judged: meta length"},
		{"a rule that it does not meet", input("udp dport 53 meta length > 100 drop\ntcp dport 22 accept\nmeta length > 100 drop"), "", ""},
		{"no ruleset", "include \"/etc/nft\"\n", "", "expected a table"},
		{"nobody says whence", input("accept"), "unknown", "nobody knows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFacts()
			f.Nftables.Ruleset = tt.ruleset
			a := answer{"client": {cmp.Or(tt.from, "100.64.0.9")}, "server": {"100.64.0.1"}, "by": {"tailscale0"}}
			err := admitted(f, arrival(Path{Port: 22}, a))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestPathOf(t *testing.T) {
	base := strings.NewReplacer("HOSTKEY", someKey, "ADDRESS", "{ tailnet: [fd7a:115c:a1e0::1, 100.64.0.1], wan: 192.0.2.1 }").Replace(document)
	for _, tt := range []struct {
		name, document, user, side, want string
	}{
		{"tailnet first", base, "", "", "deploy@100.64.0.1:22"},
		{"as asked", base, "", "wan", "deploy@192.0.2.1:22"},
		{"another user", base, "admin", "", "admin@100.64.0.1:22"},
		{"port", strings.Replace(base, "ssh: { enable: true }", "ssh: { enable: true, ports: [2222] }", 1), "", "", "deploy@100.64.0.1:2222"},
		{"break glass alone", strings.Replace(base, "break_glass: a screen", "interfaces: { eth0: wan }\n    break_glass: { port: 2222 }", 1), "", "wan", "deploy@192.0.2.1:2222"},
		{"name in the tailnet", strings.Replace(strings.Replace(base, "{ tailnet: [fd7a:115c:a1e0::1, 100.64.0.1], wan: 192.0.2.1 }", "{}", 1), "fleet: lab", "fleet: lab\ntailnet: tail1.ts.net", 1), "", "", "deploy@target.tail1.ts.net:22"},
		{"nobody deploys", strings.Replace(base, "deploy: true", "admin: true", 1), "", "", ""},
		{"no sshd", strings.Replace(base, "ssh: { enable: true }", "ssh: { enable: false }", 1), "", "", ""},
		{"no address there", base, "", "lan", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fleet := resolve(t, tt.document)
			path, err := PathOf(fleet, fleet.Hosts[0], tt.user, schema.Side(tt.side))
			if tt.want == "" {
				if _, ok := errors.AsType[*NoPathError](err); !ok {
					t.Errorf("%v, %v; want no way", path, err)
				}
				return
			}
			if err != nil || path.String() != tt.want {
				t.Errorf("%v, %v; want %s", path, err, tt.want)
			}
		})
	}
}

// TestHostile wants what a host says to be taken as data: bounded, without
// control characters, and only what has the form of an answer.
func TestHostile(t *testing.T) {
	a := read([]byte("Welcome!\nstate=armed\n\x1b]0;owned\x07current=\x1b[31m/nix/\u202estore\r\nState=x\nfailed=" + strings.Repeat("x", 1<<20)))
	if a.one("state") != "armed" || a.one("current") != "" || len(a["failed"]) != 1 || len(a.one("failed")) > maxValue+len("…") {
		t.Errorf("read %.200v", a)
	}
	if got := read([]byte("current=\x1b[31m/nix\u202e\x00"))["current"]; !slices.Equal(got, []string{"[31m/nix"}) {
		t.Errorf("read %q", got)
	}
	if got := quote(`a'b$(c)`); got != `'a'\''b$(c)'` {
		t.Errorf("quoted %s", got)
	}
	var b bytes.Buffer
	l := &LogWriter{W: &b}
	for range 40 {
		l.Write(bytes.Repeat([]byte("x"), 1<<20))
	}
	if b.Len() > maxLog {
		t.Errorf("%d bytes logged", b.Len())
	}
}

// TestSigns wants the words of ssh and sudo to be understood.
func TestSigns(t *testing.T) {
	for words, want := range map[string]error{
		"ssh: connect to host x port 22: No route to host":                                    ErrOffline,
		"ssh: Could not resolve hostname x: Name or service not known":                        ErrOffline,
		"deploy@x: Permission denied (publickey).":                                            ErrLogin,
		"Received disconnect from x port 22:2: Too many authentication failures":              ErrLogin,
		"@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.": ErrHostKey,
		"No ED25519 host key is known for web and you have requested strict checking.":        ErrHostKey,
		"client_loop: send disconnect: Broken pipe":                                           ErrLost,
	} {
		err := link{path: Path{Host: "web"}}.explain(&run.ExitError{Name: "ssh", Code: 255, Stderr: words})
		if !errors.Is(err, want) {
			t.Errorf("%v for %q, want %v", err, words, want)
		}
	}
	if err := (link{}).explain(&run.ExitError{Name: "ssh", Code: 1, Stderr: "sudo: a password is required"}); !errors.Is(err, ErrSudo) {
		t.Errorf("%v, want that sudo asks", err)
	}
}

// TestBlamed wants the words of both kinds of switch-to-configuration to be
// understood, and what systemctl status shows of a journal not to be taken for
// them.
func TestBlamed(t *testing.T) {
	err := activation(&run.ExitError{Code: 4, Stderr: `reloading the following units: nftables.service
Failed to reload srv.mount: Job type reload is not applicable.
Job for nftables.service failed because the control process exited with error code.
See "systemctl status nftables.service" and "journalctl -xeu nftables.service" for details.
A dependency job for web.service failed. See 'journalctl -xe' for details.
Failed to stop swapping to /dev/x: no such file
Failed to reload user unit dbus-broker.service
warning: user activation for deploy failed
Failed to start mail.service
warning: the following units failed: old.service
× old.service - Old
Nov 11 20:19:13 host systemd[1]: Failed to start old.service - Old.
`})
	want := []string{"srv.mount", "nftables.service", "web.service", "user", "deploy", "mail.service"}
	if !slices.Equal(err.Blamed, want) {
		t.Errorf("blamed %q, want %q", err.Blamed, want)
	}
}

// TestArguments wants each nixos-rebuild to be spoken to in its own words.
func TestArguments(t *testing.T) {
	lab(t)
	for _, tt := range []struct {
		name  string
		old   bool
		build string
		test  string
	}{
		{"ng", false, "build --flake /fleet#target --no-reexec --build-host b", "test --flake /fleet#target --no-reexec --build-host b --target-host deploy@ADDRESS --sudo"},
		{"old", true, "build --flake /fleet#target --fast --build-host b", "test --flake /fleet#target --fast --build-host b --target-host deploy@ADDRESS --use-remote-sudo"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			b.d.Rebuild.Old, b.d.Rebuild.Flags = tt.old, []string{"--build-host", "b"}
			if tt.old {
				b.d.Runner = append(b.d.Runner.(environment), "DOUBLE_OLD=1")
			}
			if r := b.d.Host(t.Context(), b.job); r.Outcome != Confirmed {
				t.Fatalf("%s: %s", r.Outcome, r.Reason)
			}
			got, _ := os.ReadFile(b.argv)
			want := strings.Replace(tt.build+"\n"+tt.test+"\n", "ADDRESS", b.address, 1)
			if string(got) != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestIsOld(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]bool{"nix/store/x-nixos-rebuild/bin/nixos-rebuild": true, "nix/store/x-nixos-rebuild-ng-25.11/bin/nixos-rebuild": false, "bin/nixos-rebuild": false} {
		file := filepath.Join(dir, name)
		write(t, file, "", 0o755)
		link := file + "-link"
		os.Symlink(file, link)
		if got := IsOld(link); got != want {
			t.Errorf("%v for %s", got, name)
		}
	}
	if IsOld(filepath.Join(dir, "missing")) {
		t.Error("a missing program is old")
	}
}

func TestShellcheck(t *testing.T) {
	program, err := exec.LookPath("shellcheck")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("shellcheck was not asked: ", err)
	}
	if out, err := exec.Command(program, "--shell=sh", "target.sh").CombinedOutput(); err != nil {
		t.Errorf("%s", out)
	}
}

// TestTwoAtOnce wants of two deployers that begin at the same time one to
// deploy, and the other to leave the host alone.
func TestTwoAtOnce(t *testing.T) {
	lab(t)
	b := newBench(t)
	other := *b.d
	other.Run = NewRun(time.Now())
	results := make(chan Result, 2)
	for _, d := range []*Deployer{b.d, &other} {
		go func() {
			d.Log = newDeployer(nil, "").Log
			results <- d.Host(context.Background(), b.job)
		}()
	}
	got := map[Outcome]int{}
	for range 2 {
		r := <-results
		got[r.Outcome]++
		t.Logf("%s: %s", r.Outcome, r.Reason)
	}
	if got[Confirmed] == 0 || got[Confirmed]+got[Untouched] != 2 {
		t.Errorf("outcomes %v", got)
	}
	b.answers(Confirmed)
}
