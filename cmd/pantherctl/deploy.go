package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/deploy"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// deployOptions are what deploy is told.
type deployOptions struct {
	document
	flake, facts, plan  string
	accept              []string
	user, over          string
	identity, jump      string
	resume, rebuild     string
	local, skipOffline  bool
	timeout, soak       time.Duration
	connect             time.Duration
	canary, parallel    int
	nixFlags, hostNames []string
	runner              run.Runner
	lock                sync.Mutex // of standard output and error
}

func newDeploy(s *system) *cobra.Command {
	o := &deployOptions{runner: run.System{}}
	cmd := &cobra.Command{
		Use:   "deploy HOST... [-- NIXOS-REBUILD-FLAG...]",
		Short: "Switch hosts to their new system, and back if they cannot be reached",
		Long: `Deploy has nixos-rebuild build each host and activate what was built, so that a
host nobody can reach any more returns to the system it ran:

 1. It looks whether you could log in again and become root: in the new
    configuration, on the host, and by a login through the new sshd_config. A
    risk that it finds stops the deployment, unless accepted by name.
 2. The host arms a timer that takes it back to what it runs now.
 3. nixos-rebuild test activates the new system, which does not yet boot.
 4. Over a new connection, by the way the document names, it looks for units
    that fail since and confirms. Only then the new system is the one that boots.

Without the confirmation the host goes back by itself, whatever became of this
machine, the network or the host's power. Deploy builds in the flake as it is;
with --plan it stops unless that is what the plan shows.

With several hosts --canary are the first, and the rest follows if they were
confirmed and are still well after --soak. After a failure no further host is
begun with. What happened is kept in ~/.local/state/pantherctl/runs, with a log
for each host; --resume last goes on with the hosts that are left. Ctrl-C has
every host either confirmed or on its way back, and says which.

Host keys are those of the document. The risks are
` + wrapped(deploy.Risks()) + `.

Exit codes: 0 all were confirmed, 1 a risk stopped it and nothing was changed,
2 a host was not confirmed, or wrong usage.`,
		Example: `  pantherctl deploy web
  pantherctl deploy --plan plan.json --canary 1 --soak 5m web db mail
  pantherctl deploy --accept lose-tailnet web
  pantherctl deploy --resume last
  pantherctl deploy --local laptop
  pantherctl deploy web -- --build-host builder`,
		ValidArgsFunction: o.document.hosts(s),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dash := cmd.ArgsLenAtDash(); dash >= 0 {
				args, o.nixFlags = args[:dash], args[dash:]
			}
			o.hostNames = args
			return o.run(s)
		},
	}
	o.flags(cmd)
	return cmd
}

func (o *deployOptions) flags(cmd *cobra.Command) {
	o.document.flag(cmd)
	f, timing := cmd.Flags(), deploy.DefaultTiming()
	f.StringVar(&o.flake, "flake", ".", "the flake that has the hosts")
	f.StringVar(&o.facts, "facts", "", "the facts of the new systems, as check --save-facts wrote them, and do not evaluate")
	f.StringVar(&o.plan, "plan", "", "deploy what this plan shows, and nothing else")
	f.StringSliceVar(&o.accept, "accept", nil, "a risk to take, by name")
	f.DurationVar(&o.timeout, "timeout", timing.Window, "the time from arming a host's timer until it goes back")
	f.DurationVar(&o.connect, "connect-timeout", timing.Connect, "the time to open one connection")
	f.IntVar(&o.canary, "canary", 0, "deploy to this many hosts first")
	f.DurationVar(&o.soak, "soak", 0, "wait this long after the canaries, and look at them again")
	f.IntVarP(&o.parallel, "parallel", "p", 5, "deploy to this many hosts at once")
	f.BoolVar(&o.skipOffline, "skip-offline", false, "go on if a host does not answer")
	f.BoolVar(&o.local, "local", false, "deploy to this machine, and confirm here")
	f.StringVar(&o.user, "user", "", "log in as this user; default: the one with deploy: true")
	f.StringVar(&o.over, "over", "", "come by this side: tailnet, lan or wan; default: the first by which SSH is open")
	f.StringVarP(&o.identity, "identity", "i", "", "the private key to log in with; default: what ssh would use")
	f.StringVarP(&o.jump, "jump", "J", "", "go by this host, as ssh -J does")
	f.StringVar(&o.resume, "resume", "", "go on with the hosts of a run that are left: its name, or last")
	f.StringVar(&o.rebuild, "nixos-rebuild", "auto", "the program's words: ng, old, or auto")
	complete(cmd, "accept", deploy.Risks())
	complete(cmd, "over", []string{"tailnet", "lan", "wan"})
	complete(cmd, "nixos-rebuild", []string{"auto", "ng", "old"})
	must(cmd.MarkFlagFilename("facts", "json"))
	must(cmd.MarkFlagFilename("plan", "json"))
	must(cmd.MarkFlagFilename("identity"))
}

// wrapped lists words on lines of a terminal.
func wrapped(words []string) string {
	var b strings.Builder
	width := 0
	for i, w := range words {
		if i > 0 {
			b.WriteString(",")
			if width+len(w) > 72 {
				b.WriteString("\n")
				width = 0
			} else {
				b.WriteString(" ")
			}
		}
		b.WriteString(w)
		width += len(w) + 2
	}
	return b.String()
}

func (o *deployOptions) check() error {
	if err := oneOf("--nixos-rebuild", o.rebuild, []string{"auto", "ng", "old"}); err != nil {
		return err
	}
	for _, risk := range o.accept {
		if err := oneOf("--accept", risk, deploy.Risks()); err != nil {
			return err
		}
	}
	if o.over != "" {
		if err := oneOf("--over", o.over, []string{"tailnet", "lan", "wan"}); err != nil {
			return err
		}
	}
	switch {
	case o.timeout < 10*time.Second:
		return hint(fmt.Errorf("--timeout %s is too short to switch in", o.timeout), "allow at least 10s; systems with many services take minutes")
	case o.connect < time.Second:
		return hint(fmt.Errorf("--connect-timeout %s is too short", o.connect), "allow at least 1s")
	case o.parallel < 1:
		return hint(fmt.Errorf("--parallel %d deploys nowhere", o.parallel), "allow at least 1")
	case len(o.hostNames) == 0 && o.resume == "":
		return hint(errors.New("no host is named"), "name those to deploy to; no word stands for all")
	case o.local && len(o.hostNames) != 1:
		return hint(errors.New("--local deploys to this machine alone"), "name its one host")
	}
	return nil
}

func (o *deployOptions) run(s *system) error {
	if err := o.check(); err != nil {
		return err
	}
	fleet, err := o.fleet(s)
	if err != nil {
		return err
	}
	state, err := stateDir(s)
	if err != nil {
		return err
	}
	runs := filepath.Join(state, "runs")
	if o.resume != "" {
		if err := o.resumed(runs); err != nil {
			return err
		}
		if len(o.hostNames) == 0 {
			_, err := fmt.Fprintln(s.out, "every host of the run was confirmed")
			return err
		}
	}
	hosts, err := chosen(fleet, o.hostNames)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	machines := deploy.Machines(filepath.Join(state, "machines"))
	jobs, err := o.jobs(ctx, s, fleet, hosts, machines)
	if err != nil {
		return err
	}
	name := deploy.NewRun(s.now())
	record, err := deploy.NewRecord(runs, name, o.flake, s.now(), o.hostNames)
	if err != nil {
		return err
	}
	d, err := o.deployer(s, record, hosts)
	if err != nil {
		return err
	}
	results := d.Fleet(ctx, jobs, deploy.Waves{Canary: o.canary, Parallel: o.parallel, Soak: o.soak, SkipOffline: o.skipOffline}, func(r deploy.Result) {
		o.one(s, record, machines, r)
	})
	return o.summary(s, record, results)
}

// resumed takes the hosts of an earlier run that are left.
func (o *deployOptions) resumed(runs string) error {
	record, err := deploy.OpenRecord(runs, o.resume)
	if err != nil {
		return hint(err, "pantherctl deploy HOST begins one")
	}
	left := record.Left()
	if len(o.hostNames) > 0 {
		left = slices.DeleteFunc(left, func(h string) bool { return !slices.Contains(o.hostNames, h) })
	}
	o.hostNames, o.flake = left, record.Flake
	return nil
}

// stateDir is where runs are kept, see the XDG base directories.
func stateDir(s *system) (string, error) {
	switch {
	case s.getenv("XDG_STATE_HOME") != "":
		return filepath.Join(s.getenv("XDG_STATE_HOME"), "pantherctl"), nil
	case s.getenv("HOME") != "":
		return filepath.Join(s.getenv("HOME"), ".local", "state", "pantherctl"), nil
	}
	return "", hint(errors.New("there is no folder for the records of deployments"), "set HOME or XDG_STATE_HOME")
}

// jobs finds for each host the way there and what it is to become.
func (o *deployOptions) jobs(ctx context.Context, s *system, fleet *policy.Fleet, hosts []*policy.Host, machines deploy.Machines) ([]deploy.Job, error) {
	planned, err := o.planned(ctx, s)
	if err != nil {
		return nil, err
	}
	var jobs []deploy.Job
	for _, h := range hosts {
		path, err := o.path(fleet, h)
		if err != nil {
			return nil, withHint(err)
		}
		job := deploy.Job{Host: h, Path: path, MachineID: machines.ID(h.Name)}
		if planned != nil {
			job.Plan, _ = planned.Host(h.Name)
		}
		if planned != nil && job.Plan == nil {
			return nil, hint(fmt.Errorf("the plan has no host %s", h.Name), "make one that does: pantherctl plan --out FILE "+h.Name)
		}
		jobs = append(jobs, job)
	}
	e := evaluation{flake: o.flake, readFacts: o.facts, timeout: 15 * time.Minute, runner: o.runner}
	var c collected
	known, err := c.end(e.gather(ctx, s, fleet, hosts, c.add))
	if err != nil {
		return nil, err
	}
	for i := range jobs {
		jobs[i].Facts = known[jobs[i].Host.Name]
	}
	return jobs, nil
}

// path returns the way to a host, as far as the flags leave it to the policy.
func (o *deployOptions) path(fleet *policy.Fleet, h *policy.Host) (deploy.Path, error) {
	if o.local {
		return deploy.Path{Local: true, Host: h.Name}, nil
	}
	p, err := deploy.PathOf(fleet, h, o.user, schema.Side(o.over))
	if err != nil {
		return p, err
	}
	if len(h.HostKeys) == 0 {
		return p, hint(fmt.Errorf("the document has no host key of %s", h.Name), "add what ssh-keyscan prints to hosts."+h.Name+".host_keys, after you have compared it at the console")
	}
	if o.identity != "" {
		p.Options = append(p.Options, "-i", o.identity, "-o", "IdentitiesOnly=yes")
	}
	if o.jump != "" {
		p.Options = append(p.Options, "-J", o.jump)
	}
	return p, nil
}

func (o *deployOptions) deployer(s *system, record *deploy.Record, hosts []*policy.Host) (*deploy.Deployer, error) {
	known := filepath.Join(record.Dir(), "known_hosts")
	if strings.ContainsAny(known, " \t\"'\\") {
		return nil, hint(fmt.Errorf("the folder %s has blanks or quotes in its name", record.Dir()), "set XDG_STATE_HOME to one without")
	}
	if err := os.WriteFile(known, []byte(deploy.KnownHosts(hosts)), 0o600); err != nil {
		return nil, err
	}
	timing := deploy.DefaultTiming()
	timing.Window, timing.Connect = o.timeout, o.connect
	d := &deploy.Deployer{
		Runner: o.runner, Timing: timing, Run: record.Run, Known: known, Accept: map[deploy.Risk]bool{},
		Rebuild: deploy.Rebuild{Flake: absolute(o.flake), Old: o.old(s), Flags: o.nixFlags},
		Log:     record.Log,
		Step: func(host string, step deploy.Step) {
			o.lock.Lock()
			defer o.lock.Unlock()
			if err := record.Step(host, step); err != nil {
				fmt.Fprintf(s.err, "pantherctl: the record cannot be written: %s\n", oneLine(err.Error()))
			}
			if s.progress {
				fmt.Fprintf(s.err, "%s: %s\n", host, step)
			}
		},
	}
	for _, risk := range o.accept {
		d.Accept[deploy.Risk(risk)] = true
	}
	if o.local {
		d.Console = func(ctx context.Context) bool { return o.console(ctx, s) }
	}
	return d, nil
}

// old tells which nixos-rebuild there is.
func (o *deployOptions) old(s *system) bool {
	if o.rebuild != "auto" {
		return o.rebuild == "old"
	}
	for _, dir := range filepath.SplitList(s.getenv("PATH")) {
		if name := filepath.Join(dir, "nixos-rebuild"); deploy.IsOld(name) {
			return true
		} else if _, err := os.Stat(name); err == nil {
			return false
		}
	}
	return false
}

// absolute makes a flake's path one that holds in any folder.
func absolute(flake string) string {
	info, err := os.Stat(flake)
	if err != nil || !info.IsDir() {
		return flake
	}
	if abs, err := filepath.Abs(flake); err == nil {
		return abs
	}
	return flake
}

// console asks whoever sits here.
func (o *deployOptions) console(ctx context.Context, s *system) bool {
	fmt.Fprint(s.err, "the new system runs; write keep to keep it, or it goes back: ")
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(io.LimitReader(s.in, 100)).ReadString('\n')
		line <- text
	}()
	select {
	case <-ctx.Done():
		return false
	case text := <-line:
		return strings.TrimSpace(text) == "keep"
	}
}

// one writes the line of a host.
func (o *deployOptions) one(s *system, record *deploy.Record, machines deploy.Machines, r deploy.Result) {
	o.lock.Lock()
	defer o.lock.Unlock()
	err := record.Result(r)
	if r.Outcome == deploy.Confirmed && r.Machine != "" {
		err = errors.Join(err, machines.Note(r.Host, r.Machine))
	}
	if err != nil {
		fmt.Fprintf(s.err, "pantherctl: the record cannot be written: %s\n", oneLine(err.Error()))
	}
	line := fmt.Sprintf("%s: %s", r.Host, r.Outcome)
	if r.Took > 0 {
		line += fmt.Sprintf(" after %s", r.Took.Round(100*time.Millisecond))
	}
	if r.Reason != "" {
		line += ": " + oneLine(r.Reason)
	}
	fmt.Fprintln(s.out, line)
	for _, note := range r.Notes {
		fmt.Fprintf(s.out, "  %s\n", oneLine(note))
	}
	if r.Hint != "" {
		fmt.Fprintf(s.out, "  hint: %s\n", oneLine(r.Hint))
	}
}

// errNotConfirmed says that not every host runs its new system.
var errNotConfirmed = errors.New("not every host was confirmed")

// summary writes how many hosts ended how.
func (o *deployOptions) summary(s *system, record *deploy.Record, results []deploy.Result) error {
	counts := map[deploy.Outcome]int{}
	for _, r := range results {
		counts[r.Outcome]++
	}
	var parts []string
	for _, outcome := range []deploy.Outcome{deploy.Confirmed, deploy.RolledBack, deploy.RollingBack, deploy.Stuck, deploy.Untouched, deploy.Offline, deploy.NotStarted} {
		if n := counts[outcome]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, outcome))
		}
	}
	if _, err := fmt.Fprintf(s.out, "%s; logs in %s\n", strings.Join(parts, ", "), record.Dir()); err != nil {
		return err
	}
	switch good := counts[deploy.Confirmed]; {
	case good == len(results), o.skipOffline && good+counts[deploy.Offline] == len(results):
		return nil
	case counts[deploy.Untouched]+counts[deploy.NotStarted]+good == len(results) && slices.ContainsFunc(results, func(r deploy.Result) bool { return r.Risky }):
		return errFindings
	}
	return hint(errNotConfirmed, "look at the logs, then go on with the rest: pantherctl deploy --resume "+record.Run)
}
