package deploy

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// child is what a deployer that is to be killed is told.
type child struct {
	Document, Address, Key, Known, Run, New string
	Env                                     []string
	Step                                    Step
	After, Window                           time.Duration
}

const childEnv = "PANTHERCTL_DEPLOY_CHILD"

// TestChild is not a test: it is the deployer that others kill.
func TestChild(t *testing.T) {
	text := os.Getenv(childEnv)
	if text == "" {
		t.Skip("only run by others")
	}
	var c child
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	fleet := resolve(t, c.Document)
	path, err := PathOf(fleet, fleet.Hosts[0], "", "")
	if err != nil {
		t.Fatal(err)
	}
	path.Options = []string{"-F", "none", "-i", c.Key, "-o", "IdentitiesOnly=yes"}
	d := newDeployer(environment(c.Env), c.Known)
	d.Run, d.Timing.Window = c.Run, c.Window
	d.Step = func(_ string, s Step) {
		if s == c.Step {
			time.AfterFunc(c.After, func() { syscall.Kill(os.Getpid(), syscall.SIGKILL) })
			if c.After == 0 {
				select {}
			}
		}
	}
	t.Logf("%+v", d.Host(t.Context(), Job{Host: fleet.Hosts[0], Facts: newFacts(), Path: path}))
}

// kill9 deploys, and kills the deployer with SIGKILL a while after a step has
// begun. Where it ends before that the deployment may be over.
func (b *bench) kill9(step Step, after, window time.Duration) {
	b.t.Helper()
	text, _ := json.Marshal(child{
		Document: b.document, Address: b.address, Key: b.key, Known: b.d.Known, Run: b.d.Run, New: b.new,
		Env: b.d.Runner.(environment), Step: step, After: after, Window: window,
	})
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	out, _ := os.Create(filepath.Join(b.t.TempDir(), "out"))
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Run()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if after == 0 && (!ok || status.Signal() != syscall.SIGKILL) {
		said, _ := os.ReadFile(out.Name())
		b.t.Fatalf("the deployer was not killed: %s\n%s", cmd.ProcessState, said)
	}
}

// TestKilled kills the deployer with SIGKILL when a step begins, and while it
// is under way: its programs go on without it, as they would.
func TestKilled(t *testing.T) {
	lab(t)
	for _, tt := range []struct {
		name  string
		step  Step
		after time.Duration
		want  []Outcome // the new system only where it may have been confirmed
	}{
		{"at preflight", Look, 0, []Outcome{RolledBack}},
		{"at the build", Build, 0, []Outcome{RolledBack}},
		{"at copying", Copy, 0, []Outcome{RolledBack}},
		{"at arming", Arm, 0, []Outcome{RolledBack}},
		{"while arming", Arm, 150 * time.Millisecond, []Outcome{RolledBack}},
		{"at switching", Activate, 0, []Outcome{RolledBack}},
		{"while switching", Activate, 150 * time.Millisecond, []Outcome{RolledBack}},
		{"at the health check", Health, 0, []Outcome{RolledBack}},
		{"at confirming", Confirm, 0, []Outcome{RolledBack}},
		{"while confirming", Confirm, 150 * time.Millisecond, []Outcome{RolledBack, Confirmed}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.kill9(tt.step, tt.after, 9*time.Second)
			deadline := time.Now().Add(18 * time.Second)
			for time.Now().Before(deadline) {
				state := b.in("cat /run/pantherctl/*/state 2>/dev/null || echo none")
				if state == "none" || state == "rolled-back" || state == "confirmed" {
					if state != "none" || b.current() == b.store("old") && time.Until(deadline) < 17*time.Second {
						break
					}
				}
				time.Sleep(200 * time.Millisecond)
			}
			got := RolledBack
			if b.current() == b.new && len(tt.want) > 1 {
				got = Confirmed
			}
			b.answers(got)
			if strings.Contains(b.in("systemctl list-units"), "pantherctl-rollback") && got == Confirmed {
				t.Error("the timer is still there")
			}
		})
	}
}
