package deploy

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/plan"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// document is a fleet of one host, whose host key is the machine's.
const document = `version: 1
fleet: lab
nixos: "25.11"
users:
  deploy:
    deploy: true
    keys: [HOSTKEY]
access:
  - { from: everyone, to: target, allow: ssh }
hosts:
  target:
    system: x86_64-linux
    level: server
    ssh: { enable: true }
    tailscale: { enable: true, auth_key: ts }
    secrets: { ts: {} }
    addresses: ADDRESS
    host_keys: HOSTKEY
    break_glass: a screen
`

func resolve(t testing.TB, text string) *policy.Fleet {
	t.Helper()
	loaded, problems := schema.Load("security.yaml", []byte(text), func(string) ([]byte, error) { return nil, os.ErrNotExist })
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	fleet, problems := policy.Resolve(loaded)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return fleet
}

// newFacts are those of a good system.
func newFacts() *facts.Host {
	return &facts.Host{
		HostName: "target",
		SSHD: facts.SSHD{
			Enable: true, Ports: []int{22}, Config: sshdConfig, Settings: map[string]any{"AllowGroups": []any{"ssh-users"}},
		},
		Users: facts.Users{
			Accounts: map[string]facts.Account{"deploy": {Name: "deploy", Group: "deploy", ExtraGroups: []string{"wheel", "ssh-users"}, Keys: []string{"key"}}},
		},
		Sudo: facts.Sudo{
			Enable: true, WheelNeedsPassword: true,
			ExtraRules: []facts.SudoRule{{Users: []any{"deploy"}, Commands: []any{map[string]any{"command": "ALL", "options": []any{"NOPASSWD"}}}}},
		},
		Firewall:  facts.Firewall{Enable: true},
		Nftables:  facts.Nftables{Enable: true, Ruleset: ruleset(22)},
		Tailscale: facts.Tailscale{Enable: true},
	}
}

// bench is a machine and a deployer for it.
type bench struct {
	*machine
	d    *Deployer
	job  Job
	log  bytes.Buffer
	argv string
	new  string

	document string
	patience time.Duration // the window where nobody gets in
}

func newBench(t testing.TB, changes ...change) *bench {
	t.Helper()
	return newBenchOn(newMachine(t, "target"), changes...)
}

func newBenchOn(m *machine, changes ...change) *bench {
	t := m.t
	t.Helper()
	b := &bench{machine: m, patience: 8 * time.Second}
	b.document = strings.NewReplacer("HOSTKEY", b.host, "ADDRESS", b.address).Replace(document)
	fleet := resolve(t, b.document)
	path, err := PathOf(fleet, fleet.Hosts[0], "", "")
	if err != nil {
		t.Fatal(err)
	}
	path.Options = []string{"-F", "none", "-i", b.key, "-o", "IdentitiesOnly=yes"}
	b.job = Job{Host: fleet.Hosts[0], Facts: newFacts(), Path: path}
	b.new = b.system("new", changes...)
	b.tools()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "known_hosts"), KnownHosts(fleet.Hosts), 0o600)
	b.argv = filepath.Join(dir, "argv")
	env := environment{"DOUBLE_BUILDS=" + b.new, "DOUBLE_ARGV=" + b.argv, "PATH=" + b.key + ".bin:" + os.Getenv("PATH")}
	b.d = newDeployer(env, filepath.Join(dir, "known_hosts"))
	b.d.Log = func(string) io.Writer { return &LogWriter{W: &b.log} }
	return b
}

// newDeployer returns one that has little patience.
func newDeployer(r run.Runner, known string) *Deployer {
	return &Deployer{
		Runner: r, Rebuild: Rebuild{Flake: "/fleet"}, Known: known, Run: NewRun(time.Now()),
		Timing: Timing{Window: 20 * time.Second, Connect: 8 * time.Second, Pause: 300 * time.Millisecond, Watch: time.Second},
		Accept: map[Risk]bool{}, Log: func(string) io.Writer { return io.Discard },
	}
}

// tools are the deployer's programs.
func (b *bench) tools() {
	self, _ := os.Executable()
	bin := b.key + ".bin"
	os.Mkdir(bin, 0o755)
	for _, name := range []string{"nixos-rebuild", "nix-copy-closure"} {
		os.Symlink(self, filepath.Join(bin, name))
	}
}

// environment is a Runner with variables of its own.
type environment []string

func (e environment) Run(ctx context.Context, c run.Command) ([]byte, error) {
	for _, v := range e {
		if path, ok := strings.CutPrefix(v, "PATH="); ok && (c.Name == "nixos-rebuild" || c.Name == "nix-copy-closure") {
			first, _, _ := strings.Cut(path, ":")
			c.Name = filepath.Join(first, c.Name)
		}
	}
	c.Env = append(c.Env, e...)
	return run.System{}.Run(ctx, c)
}

// answers wants the host to let the deployer in by the policy's path, and to
// run and boot either the old system or the new one.
func (b *bench) answers(want Outcome) {
	b.t.Helper()
	l := b.d.link(b.job, io.Discard)
	var a answer
	var err error
	for range 5 {
		ctx, cancel := context.WithTimeout(context.Background(), b.d.Timing.Connect)
		a, err = l.root(ctx, "status", nil)
		cancel()
		if err == nil {
			break
		}
		time.Sleep(500 * time.Millisecond)
	}
	if err != nil {
		b.t.Fatalf("the host does not answer: %v\n%s", err, b.log.String())
	}
	system := b.store("old")
	if want == Confirmed {
		system = b.new
	}
	if got := a.one("current"); got != system {
		b.t.Errorf("it runs %s, want %s", got, system)
	}
	if got := b.boots(); got != system {
		b.t.Errorf("it boots %s, want %s", got, system)
	}
	if got := a.one("default"); got != system {
		b.t.Errorf("its profile is %s, want %s", got, system)
	}
}

// scenario is one way a deployment can go.
type scenario struct {
	name   string
	change change                // of the new system
	before func(*bench)          // what is so before it begins
	at     map[Step]func(*bench) // what happens when a step begins
	after  func(*bench)          // what happens when it is over
	want   Outcome
	late   Outcome // also right, where a busy machine is past the moment; "" for none
	says   string  // in the reason, or the notes
	shut   bool    // nobody gets in any more: the timer is waited for
}

func (b *bench) run(ctx context.Context, s scenario) Result {
	if s.shut {
		b.d.Timing.Window = b.patience
	}
	b.d.Step = func(_ string, step Step) {
		if do := s.at[step]; do != nil {
			delete(s.at, step)
			do(b)
		}
	}
	if s.before != nil {
		s.before(b)
	}
	return b.d.Host(ctx, b.job)
}

func (b *bench) check(s scenario, r Result) {
	b.t.Helper()
	all := strings.Join(append(r.Notes, r.Reason, r.Hint), "\n")
	if r.Outcome == s.late && s.late != "" {
		return
	}
	if r.Outcome != s.want || !strings.Contains(all, s.says) {
		b.t.Errorf("%s: %s\nwant %s: %s\n%s\n%s", r.Outcome, all, s.want, s.says, b.log.String(), b.in("tail -n 20 /run/pantherctl/*/log /run/journal 2>&1; journalctl -n 100 --no-pager 2>&1; true"))
	}
}

var switched = []scenario{
	{name: "good", want: Confirmed},
	{name: "as planned", before: func(b *bench) { b.job.Plan = &plan.Host{New: b.new, Old: b.current()} }, want: Confirmed},
	{name: "old nixos-rebuild", before: func(b *bench) {
		b.d.Rebuild.Old = true
		b.d.Runner = append(b.d.Runner.(environment), "DOUBLE_OLD=1")
	}, want: Confirmed},
	{name: "sshd broken", change: change{"etc/ssh/sshd_config": sshdConfig + "NoSuchWord yes\n"}, shut: true, want: RolledBack, says: "units failed"},
	{name: "sshd on another port", change: change{"etc/ssh/sshd_config": strings.Replace(sshdConfig, "22", "2222", 1)}, shut: true, want: RolledBack, says: "no fresh login"},
	{name: "port closed", change: change{"etc/ruleset.nft": ruleset(2222)}, shut: true, want: RolledBack, says: "no fresh login"},
	{name: "key gone", change: change{"etc/ssh/authorized/deploy": ""}, shut: true, want: RolledBack, says: "does not let us in"},
	{name: "sudo gone", change: change{"etc/sudoers": ""}, shut: true, want: RolledBack, says: "sudo wants a password"},
	{name: "key gone, and connections are shared", change: change{"etc/ssh/authorized/deploy": ""}, before: func(b *bench) { b.share() }, shut: true, want: RolledBack, says: "does not let us in"},
	{name: "group empty", change: change{"etc/group": "root:x:0:\nwheel:x:10:deploy\nssh-users:x:1001:\ndeploy:x:1000:\n"}, shut: true, want: RolledBack, says: "does not let us in"},
	{name: "account gone", change: change{"etc/passwd": strings.Replace(passwd, "deploy", "other", 1)}, shut: true, want: RolledBack},
	{name: "ruleset refused", change: change{"etc/ruleset.nft": "table inet nixos-fw { chain input { nonsense } }\n"}, want: RolledBack, says: "a unit was not reloaded"},
	{name: "ruleset drops everything", change: change{"etc/ruleset.nft": "table inet nixos-fw { chain input { type filter hook input priority filter; policy drop; }; chain output { type filter hook output priority filter; policy drop; }; }\n"}, shut: true, want: RolledBack},
	{name: "ruleset not loaded", change: change{"etc/ruleset.nft": "table inet other { }\n"}, want: RolledBack, says: "has no table inet nixos-fw"},
	{name: "activation script fails", change: change{"behaviour": "exit-2"}, want: RolledBack, says: "the activation script failed"},
	{name: "daemon-reload fails", change: change{"behaviour": "exit-3"}, want: RolledBack, says: "could not read its units"},
	{name: "unit fails", change: change{"behaviour": "fail-unit=web.service"}, want: RolledBack, says: "web.service"},
	{name: "ruleset refused beside a unit that failed before", change: change{"etc/ruleset.nft": "table inet nixos-fw { chain input { nonsense } }\n", "behaviour": "fail-unit=web.service"}, before: func(b *bench) { b.fail("web.service") }, want: RolledBack, says: "not reloaded: nftables.service"},
	{name: "ruleset refused, and the answer lost", change: change{"etc/ruleset.nft": "table inet nixos-fw { chain input { nonsense } }\n"}, before: func(b *bench) { b.d.Runner = &losing{b.d.Runner, "nixos-rebuild", "test"} }, want: RolledBack, says: "not reloaded: nftables.service"},
	{name: "remount refused beside a unit that failed before", change: change{"behaviour": "refuse=srv.mount fail-unit=web.service"}, before: func(b *bench) { b.fail("web.service") }, want: RolledBack, says: "not reloaded or started: srv.mount"},
	{name: "unit that failed before", change: change{"behaviour": "fail-unit=web.service"}, before: func(b *bench) { b.fail("web.service") }, want: Confirmed, says: "units failed"},
	{name: "init changed", change: change{"behaviour": "exit-100"}, want: RolledBack, says: "needs a reboot"},
	{name: "inhibitor", change: change{"behaviour": "inhibit"}, want: Untouched, says: "takes a reboot"},
	{name: "inhibitor of the way back", change: change{"etc/sudoers": ""}, before: func(b *bench) { b.write(b.store("old")+"/behaviour", "inhibit") }, shut: true, want: RolledBack},
	{name: "activation takes too long", change: change{"behaviour": "slow=20s"}, shut: true, want: RolledBack},
	{name: "profile cannot be set", change: change{"behaviour": "no-profile"}, want: RolledBack, says: "did not keep"},
	{name: "boot loader fails", change: change{"behaviour": "no-boot"}, want: RolledBack, says: "did not keep"},
	{name: "something else activated", before: func(b *bench) {
		b.d.Runner = append(b.d.Runner.(environment), "DOUBLE_TEST_BUILDS="+b.system("third"))
	}, want: RolledBack, says: "not the system that was built"},
	{name: "network cut before the confirmation", at: map[Step]func(*bench){Confirm: func(b *bench) {
		b.cut(true)
		time.AfterFunc(2*time.Second, func() { b.cut(false) })
	}}, shut: true, want: RolledBack, says: "does not answer"},
	{name: "network cut while it switches", change: change{"behaviour": "slow=500ms"}, at: map[Step]func(*bench){Activate: func(b *bench) {
		time.AfterFunc(300*time.Millisecond, func() { b.cut(true) })
		time.AfterFunc(4*time.Second, func() { b.cut(false) })
	}}, shut: true, want: RolledBack, late: Confirmed},
	{name: "answer to the confirmation lost", before: func(b *bench) { b.d.Runner = &losing{b.d.Runner, "ssh", "confirm"} }, want: Confirmed},
	{name: "slow link", before: func(b *bench) { b.slow() }, want: Confirmed},
	{name: "rebooted before it is armed", at: map[Step]func(*bench){Arm: (*bench).restart}, want: Confirmed},
	{name: "rebooted before it is switched", at: map[Step]func(*bench){Activate: (*bench).restart}, want: RolledBack},
	{name: "rebooted while it switches", change: change{"behaviour": "slow-end=900ms"}, at: map[Step]func(*bench){Activate: func(b *bench) {
		time.AfterFunc(600*time.Millisecond, b.restart)
	}}, shut: true, want: RolledBack, late: Confirmed},
	{name: "rebooted before the health check", at: map[Step]func(*bench){Health: (*bench).restart}, want: RolledBack},
	{name: "rebooted before the confirmation", at: map[Step]func(*bench){Confirm: (*bench).restart}, want: RolledBack},
}

func (b *bench) restart() { b.reboot() }

// fail makes a unit of the machine fail.
func (b *bench) fail(unit string) {
	b.in("systemd-run --unit=" + strings.TrimSuffix(unit, ".service") + " /bin/false; sleep 0.1")
}

// share has the deployer's own ssh_config keep a connection open and use it for
// all that follow, as many people's does.
func (b *bench) share() {
	config := b.key + ".config"
	write(b.t, config, "Host *\n ControlMaster auto\n ControlPath "+b.key+".ctl\n ControlPersist 60\n UserKnownHostsFile "+b.d.Known+"\n HostKeyAlias target\n", 0o600)
	b.job.Path.Options[1] = config
	master := append(slices.Clone(b.job.Path.Options), "-f", "-N", "deploy@"+b.address)
	must(b.t, "ssh", master...)
	b.t.Cleanup(func() {
		exec.Command("ssh", append(slices.Clone(b.job.Path.Options), "-O", "exit", "deploy@"+b.address)...).Run()
	})
}

// slow makes every connection to the machine one of 100 ms there and back.
func (b *bench) slow() {
	relay := filepath.Join(b.key+".bin", "slow-relay")
	self, _ := os.Executable()
	os.Symlink(self, relay)
	b.job.Path.Options = append(b.job.Path.Options, "-o", "ProxyCommand="+relay)
	b.d.Runner = append(b.d.Runner.(environment), "DOUBLE_RELAY="+b.address+":22")
}

// losing is a Runner that loses what a program answers to a word.
type losing struct {
	run.Runner
	name, word string
}

func (l *losing) Run(ctx context.Context, c run.Command) ([]byte, error) {
	out, err := l.Runner.Run(ctx, c)
	if c.Name == l.name && slices.Contains(strings.Fields(strings.Join(c.Args, " ")), l.word) {
		return nil, &run.ExitError{Name: l.name, Code: 255, Stderr: "client_loop: send disconnect: Broken pipe"}
	}
	return out, err
}

// stopped are what keeps a deployment from beginning: the host is left alone.
var stopped = []scenario{
	{name: "offline", before: func(b *bench) { b.d.Timing.Connect = time.Second; b.cut(true) }, want: Offline, says: "does not answer"},
	{name: "nobody listens", before: func(b *bench) { b.job.Path.Port = 23; b.in("nft flush ruleset") }, want: Offline, says: "refused"},
	{name: "another host key", before: func(b *bench) {
		other := filepath.Join(b.t.TempDir(), "other")
		must(b.t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other)
		public, _ := os.ReadFile(other + ".pub")
		b.d.Known = other + ".known"
		write(b.t, b.d.Known, "target "+string(public), 0o600)
	}, want: Untouched, says: "another host key: it shows SHA256:"},
	{name: "key refused now", before: func(b *bench) { b.in("rm /etc/ssh/authorized; mkdir /etc/ssh/authorized") }, want: Untouched, says: "does not let us in"},
	{name: "sudo asks for a password now", before: func(b *bench) { b.write("etc/sudoers", "") }, want: Untouched, says: "wants a password"},
	{name: "wrong host", before: func(b *bench) { b.in("hostname other") }, want: Untouched, says: "wrong-host"},
	{name: "another machine under the name", before: func(b *bench) { b.job.MachineID = strings.Repeat("f", 32) }, want: Untouched, says: "machine id"},
	{name: "system of another host", before: func(b *bench) { b.job.Facts.HostName = "other" }, want: Untouched, says: "wrong-host"},
	{name: "new sshd text refused", before: func(b *bench) { b.job.Facts.SSHD.Config += "NoSuchWord yes\n" }, want: Untouched, says: "NoSuchWord"},
	{name: "new ruleset refused", before: func(b *bench) { b.job.Facts.Nftables.Ruleset = "table inet nixos-fw {\n nonsense\n}\n" }, want: Untouched, says: "refused-text: its nft"},
	{name: "canary finds no key", before: func(b *bench) {
		b.job.Facts.SSHD.Config = strings.Replace(sshdConfig, "/etc/ssh/authorized", "/nowhere", 1)
	}, want: Untouched, says: "a login through the new sshd fails"},
	{name: "canary meets a group that does not exist", before: func(b *bench) {
		b.job.Facts.SSHD.Config = strings.Replace(sshdConfig, "ssh-users", "ssh-user", 1)
	}, want: Untouched, says: "a login through the new sshd fails"},
	{name: "new sshd without the user", before: func(b *bench) { delete(b.job.Facts.Users.Accounts, "deploy") }, want: Untouched, says: "no user deploy"},
	{name: "new sshd off", before: func(b *bench) { b.job.Facts.SSHD.Enable = false }, want: Untouched, says: "lose-ssh"},
	{name: "new firewall closed", before: func(b *bench) { b.job.Facts.Nftables.Ruleset = ruleset(2222) }, want: Untouched, says: "does not let port 22 in"},
	{name: "new firewall closed to the deployer", before: func(b *bench) {
		b.job.Facts.Nftables.Ruleset = strings.Replace(ruleset(22), "tcp dport", "ip saddr != 100.64.0.0/10 tcp dport", 1)
	}, want: Untouched, says: "does not let port 22 in: no rule is known to let in what comes by tailscale0 from 100.64."},
	{name: "new system leaves the tailnet", before: func(b *bench) { b.job.Facts.Tailscale.Enable = false }, want: Untouched, says: "lose-tailnet"},
	{name: "new sudo asks", before: func(b *bench) { b.job.Facts.Sudo.ExtraRules = nil }, want: Untouched, says: "lose-sudo"},
	{name: "upgrading", before: func(b *bench) { b.in("systemd-run --unit=nixos-upgrade /bin/sleep 30") }, want: Untouched, says: "upgrading"},
	{name: "disk full", before: func(b *bench) { b.in("mount -t tmpfs -o size=1m tmpfs /boot") }, want: Untouched, says: "disk-full"},
	{name: "secrets unreadable", before: func(b *bench) {
		b.job.Facts.Age = &facts.Age{IdentityPaths: []string{"/persist/etc/ssh/key"}, Secrets: map[string]facts.AgeSecret{"a": {}}}
	}, want: Untouched, says: "lose-secrets"},
	{name: "two deployers", before: func(b *bench) {
		other := *b.d
		other.Run = "20000101-000000-other"
		other.Log = func(string) io.Writer { return io.Discard }
		l := other.link(b.job, io.Discard)
		if _, err := l.root(context.Background(), "arm", vars{"new": b.new, "timeout": "20s", "watch": "0", "script": supervisor}); err != nil {
			b.t.Fatal(err)
		}
	}, want: Untouched, says: "under way"},
	{name: "another system than the plan's", before: func(b *bench) { b.job.Plan = &plan.Host{New: b.store("planned")} }, want: Untouched, says: "stale"},
	{name: "another system before than the plan's", before: func(b *bench) { b.job.Plan = &plan.Host{New: b.new, Old: b.store("before")} }, want: Untouched, says: "stale"},
	{name: "build fails", before: func(b *bench) { b.d.Runner = append(b.d.Runner.(environment), "DOUBLE_BUILDS=") }, want: Untouched, says: "attribute missing"},
}

func TestStopped(t *testing.T) {
	lab(t)
	for _, s := range stopped {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			r := b.run(t.Context(), s)
			b.check(s, r)
			if strings.Contains(b.log.String(), "== activate") {
				t.Error("it was switched")
			}
		})
	}
}

// TestAccepted wants a risk that is taken by name to stop nothing.
func TestAccepted(t *testing.T) {
	lab(t)
	b := newBench(t)
	b.d.Accept[LoseTailnet] = true
	s := scenario{before: func(b *bench) { b.job.Facts.Tailscale.Enable = false }, want: Confirmed, says: "accepted lose-tailnet"}
	b.check(s, b.run(t.Context(), s))
	b.answers(Confirmed)
}

// TestInterrupted wants a host that was switched when we are told to stop to
// be taken back.
func TestInterrupted(t *testing.T) {
	lab(t)
	for step, want := range map[Step]Outcome{Build: Untouched, Activate: RolledBack, Health: RolledBack} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			ctx, cancel := context.WithCancel(t.Context())
			s := scenario{at: map[Step]func(*bench){step: func(*bench) { cancel() }}, want: want, says: "interrupted"}
			b.check(s, b.run(ctx, s))
			b.answers(want)
		})
	}
}

// TestLate wants a command that arrives after the way back to change nothing
// for long.
func TestLate(t *testing.T) {
	lab(t)
	b := newBench(t, change{"etc/sudoers": ""})
	b.d.Timing.Watch = 6 * time.Second
	s := scenario{want: RolledBack, shut: true}
	b.check(s, b.run(t.Context(), s))
	b.in(b.new + "/bin/switch-to-configuration test; true")
	time.Sleep(2 * time.Second)
	b.answers(RolledBack)
}

// TestAgain wants a host that went back to take the next deployment at once.
func TestAgain(t *testing.T) {
	lab(t)
	b := newBench(t, change{"behaviour": "exit-2"})
	s := scenario{want: RolledBack}
	b.check(s, b.run(t.Context(), s))
	b.write(b.new+"/behaviour", "")
	b.d.Run = NewRun(time.Now())
	s.want = Confirmed
	b.check(s, b.run(t.Context(), s))
	b.answers(Confirmed)
}

func TestSwitched(t *testing.T) {
	lab(t)
	for _, s := range switched {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, s.change)
			r := b.run(t.Context(), s)
			b.check(s, r)
			b.answers(r.Outcome)
		})
	}
}

// TestNonce wants a confirmation to be taken from nobody else, and no secret on
// the host's list of processes or in its log.
func TestNonce(t *testing.T) {
	lab(t)
	b := newBench(t)
	l := b.d.link(b.job, io.Discard)
	if _, err := l.root(t.Context(), "arm", vars{"new": b.new, "nonce": "right", "timeout": "20s", "watch": "0", "script": supervisor}); err != nil {
		t.Fatal(err)
	}
	b.in(b.new + "/bin/switch-to-configuration test")
	for _, wrong := range []string{"", "wrong"} {
		if _, err := l.root(t.Context(), "confirm", vars{"nonce": wrong}); err == nil || !strings.Contains(err.Error(), "not the deployment") {
			t.Errorf("%q is taken: %v", wrong, err)
		}
	}
	if a, err := l.root(t.Context(), "confirm", vars{"nonce": "right"}); err != nil || a.one("state") != "confirmed" {
		t.Errorf("%v, %v", a, err)
	}
	b.answers(Confirmed)
	if mode := b.in("stat -c %a-%U /run/pantherctl /run/pantherctl/2*"); mode != "700-root\n700-root" {
		t.Errorf("folders are %q", mode)
	}
}
