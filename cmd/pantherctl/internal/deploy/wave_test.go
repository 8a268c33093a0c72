package deploy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// squadron is several machines of one fleet.
type squadron struct {
	machines []*machine
	jobs     []Job
	d        *Deployer
	log      bytes.Buffer
}

func newSquadron(t testing.TB, n int) *squadron {
	t.Helper()
	s := &squadron{}
	text := document[:strings.Index(document, "hosts:\n")+len("hosts:\n")]
	text = strings.Replace(text, "to: target", "to: everyone", 1)
	_, host, _ := strings.Cut(document, "hosts:\n")
	env := environment{}
	for i := range n {
		m := newMachine(t, fmt.Sprintf("h%d", i))
		s.machines = append(s.machines, m)
		text += strings.NewReplacer("target", m.name, "HOSTKEY", m.host, "ADDRESS", m.address).Replace(host)
		env = append(env, "DOUBLE_BUILDS_"+m.name+"="+m.system("new"))
	}
	fleet := resolve(t, strings.Replace(text, "HOSTKEY", s.machines[0].host, 1))
	tools := &bench{machine: s.machines[0]}
	tools.tools()
	known := filepath.Join(t.TempDir(), "known_hosts")
	write(t, known, KnownHosts(fleet.Hosts), 0o600)
	s.d = newDeployer(append(env, "PATH="+s.machines[0].key+".bin:"+os.Getenv("PATH")), known)
	log := &LogWriter{W: &s.log}
	s.d.Log = func(string) io.Writer { return log }
	for i, h := range fleet.Hosts {
		path, err := PathOf(fleet, h, "", "")
		if err != nil {
			t.Fatal(err)
		}
		path.Options = []string{"-F", "none", "-i", s.machines[i].key, "-o", "IdentitiesOnly=yes"}
		f := newFacts()
		f.HostName = h.Name
		s.jobs = append(s.jobs, Job{Host: h, Facts: f, Path: path})
	}
	return s
}

// TestWaves wants the canaries first, nothing begun with after a failure, and
// every host at rest.
func TestWaves(t *testing.T) {
	lab(t)
	for _, tt := range []struct {
		name   string
		waves  Waves
		before func(*squadron)
		soaked func(*squadron) // while the canaries are soaked
		want   []Outcome
	}{
		{"all", Waves{Canary: 1, Parallel: 2}, nil, nil, []Outcome{Confirmed, Confirmed, Confirmed}},
		{"canary fails", Waves{Canary: 1, Parallel: 2}, func(s *squadron) {
			m := s.machines[0]
			m.write(m.store("new")+"/behaviour", "exit-2")
		}, nil, []Outcome{RolledBack, NotStarted, NotStarted}},
		{"canary ails", Waves{Canary: 1, Parallel: 2, Soak: 2 * time.Second}, nil, func(s *squadron) {
			s.machines[0].in("systemd-run --unit=web /bin/false")
		}, []Outcome{Confirmed, NotStarted, NotStarted}},
		{"one offline", Waves{Parallel: 1}, func(s *squadron) { s.d.Timing.Connect = 3 * time.Second; s.machines[1].cut(true) }, nil, []Outcome{Confirmed, Offline, NotStarted}},
		{"one offline and skipped", Waves{Parallel: 1, SkipOffline: true}, func(s *squadron) { s.d.Timing.Connect = 3 * time.Second; s.machines[1].cut(true) }, nil, []Outcome{Confirmed, Offline, Confirmed}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSquadron(t, 3)
			if tt.before != nil {
				tt.before(s)
			}
			var order []string
			results := s.d.Fleet(t.Context(), s.jobs, tt.waves, func(r Result) {
				order = append(order, r.Host)
				if tt.soaked != nil && len(order) == 1 {
					tt.soaked(s)
				}
			})
			var got []Outcome
			for i, r := range results {
				got = append(got, r.Outcome)
				if r.Host != s.jobs[i].Host.Name {
					t.Errorf("result %d is of %s", i, r.Host)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("outcomes %v, want %v\n%+v\n%s", got, tt.want, results, s.log.String())
			}
			if tt.waves.Canary > 0 && order[0] != "h0" {
				t.Errorf("order %v, want the canary first", order)
			}
			for i, m := range s.machines {
				want := m.store("old")
				if got[i] == Confirmed {
					want = m.store("new")
				}
				if m.current() != want || m.boots() != want {
					t.Errorf("%s runs %s and boots %s, want %s", m.name, m.current(), m.boots(), want)
				}
			}
		})
	}
}

// counting is a Runner that knows how many ssh run at once.
type counting struct {
	run.Runner
	sync.Mutex
	now, most int
}

func (c *counting) Run(ctx context.Context, cmd run.Command) ([]byte, error) {
	c.Lock()
	c.now++
	c.most = max(c.most, c.now)
	c.Unlock()
	defer func() {
		c.Lock()
		c.now--
		c.Unlock()
	}()
	time.Sleep(20 * time.Millisecond)
	return nil, &run.ExitError{Name: "ssh", Code: 255, Stderr: "ssh: connect to host x port 22: Connection timed out"}
}

// TestParallel wants no more hosts at once than allowed, and as many.
func TestParallel(t *testing.T) {
	key := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOuk1z7AnAIYCxdqfVV5OYFfmbcOLyTduj6jJqd61bX"
	text := strings.Replace(document, "to: target", "to: everyone", 1)
	head, host, _ := strings.Cut(text, "hosts:\n")
	text = head + "hosts:\n"
	for i := range 9 {
		text += strings.NewReplacer("target", fmt.Sprintf("h%d", i), "ADDRESS", fmt.Sprintf("100.64.0.%d", i+1)).Replace(host)
	}
	fleet := resolve(t, strings.ReplaceAll(text, "HOSTKEY", key))
	var jobs []Job
	for _, h := range fleet.Hosts {
		path, err := PathOf(fleet, h, "", "")
		if err != nil {
			t.Fatal(err)
		}
		f := newFacts()
		f.HostName = h.Name
		jobs = append(jobs, Job{Host: h, Facts: f, Path: path})
	}
	c := &counting{}
	d := newDeployer(c, "/known")
	results := d.Fleet(t.Context(), jobs, Waves{Parallel: 3, SkipOffline: true}, func(Result) {})
	if c.most != 3 {
		t.Errorf("%d at once, want 3", c.most)
	}
	for _, r := range results {
		if r.Outcome != Offline {
			t.Errorf("%s: %s %s", r.Host, r.Outcome, r.Reason)
		}
	}
}

// inside is a Runner at the machine itself: programs run in it, but for the
// build, whose link is read here.
type inside struct {
	m   *machine
	env environment
}

func (i inside) Run(ctx context.Context, c run.Command) ([]byte, error) {
	if c.Name == "nixos-rebuild" && c.Args[0] == "build" {
		return i.env.Run(ctx, c)
	}
	args := append([]string{"-t", fmt.Sprint(i.m.hardware.(*namespaces).init.Process.Pid), "-a", "-r", "-w", "env", "PATH=/run/current-system/sw/bin:/usr/sbin:/usr/bin"}, i.env[:1]...)
	c.Args = append(append(args, c.Name), c.Args...)
	c.Name, c.Dir = "nsenter", ""
	return run.System{}.Run(ctx, c)
}

// TestLocal wants the same of the machine one sits at, confirmed there.
func TestLocal(t *testing.T) {
	lab(t)
	for _, tt := range []struct {
		name    string
		change  change
		console func(context.Context) bool
		want    Outcome
	}{
		{"kept", nil, func(context.Context) bool { return true }, Confirmed},
		{"refused", nil, func(context.Context) bool { return false }, RolledBack},
		{"nobody there", nil, func(ctx context.Context) bool { <-ctx.Done(); return false }, RolledBack},
		{"no console", nil, nil, RolledBack},
		{"activation fails", change{"behaviour": "exit-2"}, func(context.Context) bool { return true }, RolledBack},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, tt.change)
			b.job.Path = Path{Local: true, Host: "target"}
			env := b.d.Runner.(environment)
			b.d.Runner, b.d.Console = inside{b.machine, env}, tt.console
			s := scenario{want: tt.want, shut: tt.name == "nobody there"}
			b.check(s, b.run(t.Context(), s))
			b.answers(tt.want)
		})
	}
}

// TestRecord wants a run to be taken up where it was left.
func TestRecord(t *testing.T) {
	dir := t.TempDir()
	name := NewRun(time.Now())
	r, err := NewRecord(dir, name, ".", time.Now(), []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	r.Step("a", Arm)
	r.Result(Result{Host: "a", Outcome: Confirmed, New: "/nix/store/x"})
	r.Step("b", Activate)
	io.WriteString(r.Log("b"), "said\x1b[2J this\n")
	for _, run := range []string{name, "last"} {
		again, err := OpenRecord(dir, run)
		if err != nil {
			t.Fatal(err)
		}
		if left := again.Left(); !slices.Equal(left, []string{"b", "c"}) {
			t.Errorf("left %v, want b and c", left)
		}
		if got := again.Hosts["b"].Step; got != Activate {
			t.Errorf("b was at %s", got)
		}
	}
	if text, _ := os.ReadFile(filepath.Join(r.Dir(), "b.log")); string(text) != "said[2J this\n" {
		t.Errorf("the log has %q", text)
	}
	for _, bad := range []string{"../../etc", "20990101-000000-aaaaaa", ""} {
		if _, err := OpenRecord(dir, bad); err == nil {
			t.Errorf("%q is opened", bad)
		}
	}
	if _, err := OpenRecord(t.TempDir(), "last"); err == nil {
		t.Error("a last run where there is none")
	}
}
