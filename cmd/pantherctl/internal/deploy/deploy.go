// Package deploy switches hosts to a new system so that a host nobody can reach
// any more goes back to the old one by itself.
//
// Before nixos-rebuild is let at a host, the host is told what it runs, and
// arms a timer that takes it back there. The new system is activated without
// becoming the one that boots; a fresh connection, by the way the policy names,
// looks after it and confirms it; only then the host makes it its default.
// Whatever is lost in between, this machine, the network or the host's power,
// the host ends with the old system, or the confirmed new one.
package deploy

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/plan"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// A Job is one host, and what it is to become.
type Job struct {
	Host  *policy.Host
	Facts *facts.Host // of the new system, as evaluated
	Path  Path        // how to get there, by the policy
	Plan  *plan.Host  // what was shown, nil for whatever is built

	MachineID string // of the machine that answered before, "" if none did
}

// Outcome is how a deployment to one host ended.
type Outcome string

// The outcomes.
const (
	Confirmed   Outcome = "confirmed"    // it runs the new system, and boots it
	RolledBack  Outcome = "rolled back"  // it runs the old system again
	RollingBack Outcome = "rolling back" // it does not answer; its timer takes it back
	Stuck       Outcome = "stuck"        // it answers, and its old system could not be activated again
	Untouched   Outcome = "untouched"    // nothing was switched
	Offline     Outcome = "offline"      // it did not answer before anything was done
)

// A Result is what came of one host.
type Result struct {
	Host     string
	Outcome  Outcome
	Reason   string // why not confirmed, "" otherwise
	Hint     string // what to do, or ""
	Old, New string // store paths, "" if unknown
	Notes    []string
	Risky    bool   // a risk that nobody accepted stopped it
	Machine  string // its machine id, "" if it did not say
	Took     time.Duration
}

// A Step is a part of a deployment to a host.
type Step string

// The steps, in order.
const (
	Look     Step = "preflight" // looking at the host; nothing is changed
	Build    Step = "build"
	Copy     Step = "copy"
	Arm      Step = "arm"
	Activate Step = "activate"
	Health   Step = "health"
	Confirm  Step = "confirm"
	Back     Step = "roll back"
)

// Timing is how long things may take.
type Timing struct {
	Window  time.Duration // from arming the timer until it takes the host back
	Connect time.Duration // to open one connection
	Pause   time.Duration // between attempts to reach a host; more than 3 failures in 20 s make sshd refuse us
	Watch   time.Duration // the host looks on after going back, for commands that arrive late
}

// DefaultTiming is for hosts in the internet.
func DefaultTiming() Timing {
	return Timing{Window: 3 * time.Minute, Connect: 10 * time.Second, Pause: 7 * time.Second, Watch: time.Minute}
}

// A Deployer deploys to hosts.
type Deployer struct {
	Runner  run.Runner
	Rebuild Rebuild
	Timing  Timing
	Run     string        // names the run: letters, digits and dashes
	Known   string        // the known_hosts file that [KnownHosts] fills
	Accept  map[Risk]bool // risks taken knowingly
	Log     func(host string) io.Writer
	Step    func(host string, s Step) // is told what begins; nil for nobody
	// Console asks whoever sits at this machine to confirm, for a Path that is
	// local; nil where there is nobody.
	Console func(ctx context.Context) bool
}

// NewRun returns a name for a run that no other has.
func NewRun(now time.Time) string {
	return now.UTC().Format("20060102-150405-") + secret(3)
}

// secret returns 2n hexadecimal digits that nobody can guess.
func secret(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails, see its documentation
	return hex.EncodeToString(b)
}

// deployment is one host's, under way.
type deployment struct {
	*Deployer
	job    Job
	link   link
	log    io.Writer
	result Result
	nonce  string
}

// Host deploys to one host. When ctx ends, a host that was touched is taken
// back, as far as it answers.
func (d *Deployer) Host(ctx context.Context, job Job) Result {
	started := time.Now()
	r := &deployment{
		Deployer: d, job: job, nonce: secret(16), log: d.Log(job.Host.Name),
		result: Result{Host: job.Host.Name, Outcome: Untouched},
	}
	r.link = d.link(job, r.log)
	r.deploy(ctx)
	r.result.Took = time.Since(started)
	fmt.Fprintf(r.log, "%s: %s\n", r.result.Outcome, r.result.Reason)
	return r.result
}

func (r *deployment) begin(s Step) {
	fmt.Fprintf(r.log, "== %s\n", s)
	if r.Step != nil {
		r.Step(r.job.Host.Name, s)
	}
}

func (r *deployment) deploy(ctx context.Context) {
	if err := r.prepare(ctx); err != nil {
		r.fail(ctx, err)
		return
	}
	r.begin(Arm)
	window, cancel := context.WithTimeout(ctx, r.Timing.Window)
	defer cancel()
	if err := r.arm(window); err != nil {
		if r.result.Old == "" && !lost(err) && ctx.Err() == nil {
			r.fail(ctx, err) // the host refused
			return
		}
		r.back(ctx, fmt.Errorf("arming: %w", err))
		return
	}
	if err := r.change(ctx, window); err != nil {
		r.back(ctx, err)
		return
	}
	r.result.Outcome = Confirmed
}

// fail ends a deployment that has not touched its host.
func (r *deployment) fail(ctx context.Context, err error) {
	r.result.Reason = err.Error()
	if ctx.Err() != nil {
		r.result.Reason = "interrupted"
	}
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		r.result.Hint = h.Hint()
	}
	_, r.result.Risky = errors.AsType[*RiskError](err)
	if errors.Is(err, ErrOffline) {
		r.result.Outcome = Offline
	}
}

// prepare does all that leaves the host as it is.
func (r *deployment) prepare(ctx context.Context) error {
	r.begin(Look)
	if err := r.preflight(ctx); err != nil {
		return err
	}
	r.begin(Build)
	built, err := r.Rebuild.build(ctx, r.Runner, r.job, r.log)
	if err != nil {
		return err
	}
	r.result.New = built
	if r.job.Plan != nil {
		if err := r.job.Plan.CheckBuilt(built); err != nil {
			return err
		}
	}
	r.begin(Copy)
	return r.Rebuild.copy(ctx, r.Runner, r.link, built, r.log)
}

func (r *deployment) arm(ctx context.Context) error {
	a, err := r.link.root(ctx, "arm", vars{
		"new": r.result.New, "nonce": r.nonce, "timeout": seconds(r.Timing.Window),
		"watch": strings.TrimSuffix(seconds(r.Timing.Watch), "s"), "script": supervisor,
	})
	r.result.Old = a.one("old")
	if err == nil && a.one("state") != "armed" {
		err = errors.New("the host did not say that its timer is armed")
	}
	return err
}

// seconds writes a duration as systemd.time(7) has it, rounded up.
func seconds(d time.Duration) string {
	return fmt.Sprintf("%ds", (d+time.Second-1)/time.Second)
}

// change switches the host and has it keep what it was switched to. After an
// error the host is on its way back, or has to be sent there.
func (r *deployment) change(ctx, window context.Context) error {
	r.begin(Activate)
	err := r.Rebuild.test(window, r.Runner, r.job, r.link, r.log)
	var failed *ActivationError
	switch {
	case err == nil:
	case errors.As(err, &failed) && failed.MayHold():
		r.result.Notes = append(r.result.Notes, failed.Error()) // the host knows whether it did
	default:
		return err
	}
	r.begin(Health)
	if err := r.health(window, failed); err != nil {
		return err
	}
	if r.job.Path.Local && (r.Console == nil || !r.Console(window)) {
		return errors.New("nobody confirmed at the console")
	}
	r.begin(Confirm)
	// From here on the host decides: a boot loader may take its time.
	ctx, cancel := context.WithTimeout(ctx, r.Timing.Window)
	defer cancel()
	a, err := r.link.root(ctx, "confirm", vars{"nonce": r.nonce})
	if err == nil && a.one("state") != "confirmed" {
		err = fmt.Errorf("the host did not keep the new system: it says %q", a.one("state"))
	}
	return err
}

// health looks at the host over a fresh connection. What activation failed with,
// if it did, must be units that failed before: one that could not be reloaded
// is not failed, and goes on with what it had. Of services systemd says so; of
// others, such as mounts, activation alone does.
func (r *deployment) health(ctx context.Context, activation *ActivationError) error {
	a, err := r.reach(ctx, "health")
	if err != nil {
		return fmt.Errorf("no fresh login: %w", err)
	}
	if got := a.one("current"); got != r.result.New {
		return fmt.Errorf("it runs %s, not the system that was built", got)
	}
	if units := a["failed"]; len(units) > 0 {
		return fmt.Errorf("units fail since: %s", strings.Join(units, ", "))
	}
	if units := a["unreloaded"]; len(units) > 0 {
		return fmt.Errorf("a unit was not reloaded: %s", strings.Join(units, ", "))
	}
	if activation != nil && activation.Code == 4 {
		blamed := slices.DeleteFunc(activation.Blamed, func(u string) bool { return slices.Contains(a["failing"], u) })
		switch {
		case len(blamed) > 0:
			return fmt.Errorf("a unit was not reloaded or started: %s", strings.Join(blamed, ", "))
		case len(a["failing"]) == 0:
			return fmt.Errorf("a unit was not reloaded or started: %s", activation.Words)
		}
	}
	if missing := r.missingTables(a["table"]); len(missing) > 0 {
		return fmt.Errorf("the packet filter has no table %s", strings.Join(missing, ", "))
	}
	return nil
}

// missingTables are those of the new ruleset that the host has not loaded.
func (r *deployment) missingTables(have []string) []string {
	return slices.DeleteFunc(tables(r.job.Facts.Nftables.Ruleset), func(t string) bool { return slices.Contains(have, t) })
}

// reach asks the host until it answers or ctx ends.
func (r *deployment) reach(ctx context.Context, command string) (answer, error) {
	var last error
	for {
		a, err := r.link.root(ctx, command, nil)
		if err == nil || !lost(err) {
			return a, err
		}
		// What it was before time ran out says more, and so does being refused than
		// being kept away for it (sshd's PerSourcePenalties).
		if last == nil || !errors.Is(err, ErrLate) && !errors.Is(last, ErrLogin) {
			last = err
		}
		select {
		case <-ctx.Done():
			return nil, last
		case <-time.After(r.Timing.Pause):
		}
	}
}
