package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/drift"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/live"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// auditOptions are what audit is told. The configuration of the hosts comes as
// it does for check.
type auditOptions struct {
	checkOptions
	connection
	dir      string // of generated files
	watch    time.Duration
	textfile string
	at       int // hosts at once
	inputs   map[string]*live.Input
	shown    string // the last report
}

// audited is what came of one host in one round.
type audited struct {
	host     *policy.Host
	reached  bool
	chain    live.Chain
	findings []check.Finding
}

func newAudit(s *system) *cobra.Command {
	o := &auditOptions{
		checkOptions: checkOptions{evaluation: evaluation{runner: run.System{}}}, connection: connection{runner: run.System{}},
		inputs: map[string]*live.Input{},
	}
	cmd := &cobra.Command{
		Use:   "audit [HOST...]",
		Short: "Compare the running hosts with the policy",
		Long: `Audit logs in to each host once, becomes root by sudo, looks around and changes
nothing: settings of sshd, the loaded packet filter, sysctls, boot parameters,
modules, who listens, who has an account, a key or a group, what has failed,
expired or grown old. It compares that with the document and the evaluated
configuration, which come as they do for check: from the flake, or --facts.

The first line of each host follows a change on its way: document, generated,
evaluated, profile, current, booted. A → says that the step was taken, a ✗ that
it was not, and a ? that nobody knows.

The host must show the key that the document has of it. Waivers and formats are
those of check.`,
		Example: `  pantherctl audit --facts facts.json
  pantherctl audit web db --user deploy
  pantherctl audit web --address web=192.0.2.7:2222
  pantherctl audit --local laptop
  pantherctl audit --watch 5m --textfile /var/lib/node-exporter/pantherctl.prom`,
		ValidArgsFunction: o.document.hosts(s),
		RunE: func(_ *cobra.Command, args []string) error {
			o.hosts = args
			return o.run(s)
		},
	}
	o.document.flag(cmd)
	o.secretsFolder.flag(cmd)
	o.connection.flag(cmd)
	f := cmd.Flags()
	f.StringVar(&o.flake, "flake", ".", "the flake that has the hosts")
	f.StringVar(&o.readFacts, "facts", "", "compare with the facts in this file, and do not run Nix")
	f.StringVarP(&o.dir, "output", "o", defaultOutput, "the folder of generated files")
	f.StringVar(&o.format, "format", string(report.Text), strings.Join(report.Formats(), ", "))
	f.StringVar(&o.asOf, "as-of", "", "judge the dates of waivers as on this day, YYYY-MM-DD")
	f.BoolVar(&o.local, "local", false, "look at this machine, without SSH")
	f.DurationVar(&o.watch, "watch", 0, "look again after this time, and report what is new, until interrupted")
	f.StringVar(&o.textfile, "textfile", "", "write figures for Prometheus to this file")
	f.IntVarP(&o.at, "parallel", "p", 16, "ask this many hosts at once")
	f.DurationVar(&o.timeout, "timeout", 15*time.Minute, "how long one run of Nix may take")
	complete(cmd, "format", report.Formats())
	must(cmd.MarkFlagFilename("facts", "json"))
	must(cmd.MarkFlagFilename("textfile", "prom"))
	must(cmd.MarkFlagDirname("output"))
	return cmd
}

// shortestWatch keeps a watch from being a burden on what it watches.
const shortestWatch = 10 * time.Second

func (o *auditOptions) run(s *system) error {
	if err := oneOf("--format", o.format, report.Formats()); err != nil {
		return err
	}
	if o.watch != 0 && o.watch < shortestWatch {
		return hint(fmt.Errorf("--watch %s is too often", o.watch), "wait at least "+shortestWatch.String())
	}
	fleet, err := o.fleet(s)
	if err != nil {
		return err
	}
	hosts, err := o.chosenHosts(fleet)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := o.gatherInputs(ctx, s, fleet, hosts); err != nil {
		return err
	}
	remove, err := o.open(fleet)
	if err != nil {
		return err
	}
	defer remove()
	for {
		err := o.round(ctx, s, fleet, hosts)
		if o.watch == 0 || err != nil && !errors.Is(err, errFindings) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(o.watch):
		}
	}
}

// chosenHosts are the hosts asked for. This machine is one.
func (o *auditOptions) chosenHosts(fleet *policy.Fleet) ([]*policy.Host, error) {
	if o.local && len(o.hosts) == 0 {
		if name, err := os.Hostname(); err == nil {
			o.hosts = []string{name}
		}
	}
	if o.local && len(o.hosts) != 1 {
		return nil, hint(errors.New("--local is about one host, this one"), "name it as the document does")
	}
	if err := o.connection.known(fleet); err != nil {
		return nil, err
	}
	return chosen(fleet, o.hosts)
}

// gatherInputs finds what every host is to be like.
func (o *auditOptions) gatherInputs(ctx context.Context, s *system, fleet *policy.Fleet, hosts []*policy.Host) error {
	o.each = func(h *policy.Host, f *facts.Host) {
		f.Options = nil // who set what was compared, and is most of what would be held
		o.inputs[h.Name] = &live.Input{Host: h, Facts: f}
	}
	if err := o.compare(ctx, s, fleet, hosts); err != nil && ctx.Err() == nil {
		return err
	}
	stale := o.stale(fleet)
	var wait sync.WaitGroup
	slots := make(chan struct{}, runtime.NumCPU()) // a run of Nix needs memory
	for _, in := range o.inputs {
		in.Generated, in.Evaluated = stale(in.Host.Name), o.evaluatedLink(in.Host.Name)
		if o.readFacts == "" {
			slots <- struct{}{}
			wait.Go(func() {
				defer func() { <-slots }()
				in.Toplevel = o.toplevel(ctx, in.Host.Name)
			})
		}
	}
	wait.Wait()
	return nil
}

func (o *auditOptions) evaluatedLink(host string) live.Link {
	switch n := o.counts[host]; {
	case n[drift.Fail] > 0:
		return live.Broken
	case n[drift.Pass] > 0:
		return live.Holds
	}
	return live.Unknown
}

// round asks every host once, and reports what is found.
func (o *auditOptions) round(ctx context.Context, s *system, fleet *policy.Fleet, hosts []*policy.Host) error {
	results := make([]*audited, len(hosts))
	var wait sync.WaitGroup
	slots := make(chan struct{}, max(1, o.at))
	for i, h := range hosts {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results[i] = o.ask(ctx, h, s.now())
		})
	}
	wait.Wait()
	if ctx.Err() != nil {
		if o.watch != 0 {
			return nil
		}
		return errors.New("interrupted: nothing was compared")
	}
	findings, err := o.judge(s, fleet, results)
	if err != nil {
		return err
	}
	if o.textfile != "" {
		if err := writeMetrics(o.textfile, results, findings, s.now()); err != nil {
			return err
		}
	}
	return o.show(s, results, findings)
}

// ask looks at one host.
func (o *auditOptions) ask(ctx context.Context, h *policy.Host, now time.Time) *audited {
	a := &audited{host: h}
	in, ok := o.inputs[h.Name]
	if !ok { // check says why
		for _, f := range o.evaluated {
			if f.Host == h.Name && f.Rule == "V8" {
				a.findings = append(a.findings, f)
			}
		}
		return a
	}
	id := nonce()
	out, err := o.root(ctx, h, live.Script(h, in.Facts, id), live.MaxAnswer)
	answer, parseErr := live.Parse(out, id)
	if parseErr != nil {
		if err == nil {
			err = parseErr
		}
		why, way := o.explain(h, err)
		a.findings = append(a.findings, live.Unreached(h, why, way))
		return a
	}
	judged := *in
	judged.Now = now
	result := live.Compare(judged, answer) // an answer that was cut off is said to be
	a.reached, a.chain, a.findings = true, result.Chain, result.Findings
	return a
}

// judge lets the waivers of the document accept what was found. What the
// document and the evaluated hosts break besides, validate and check tell.
func (o *auditOptions) judge(s *system, fleet *policy.Fleet, results []*audited) ([]check.Finding, error) {
	day, err := (&validateOptions{asOf: o.asOf}).day(s)
	if err != nil {
		return nil, err
	}
	secrets, err := o.files(&o.document)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(o.evaluated)
	type key struct{ rule, host, message string }
	found := map[key]bool{}
	for _, a := range results {
		all = append(all, a.findings...)
		for _, f := range a.findings {
			found[key{f.Rule, f.Host, f.Message}] = true
		}
	}
	findings := check.Document(fleet, check.Input{
		AsOf: day, JudgeDates: true, Secrets: secrets, Rules: o.rules(&o.document, o.dir),
		Evaluated: all, Compared: o.compared(),
	})
	return slices.DeleteFunc(findings, func(f check.Finding) bool { return !found[key{f.Rule, f.Host, f.Message}] }), nil
}

// show writes the report; while watching, only if it is another one.
func (o *auditOptions) show(s *system, results []*audited, findings []check.Finding) error {
	var b strings.Builder
	if o.format == string(report.Text) {
		for _, a := range results {
			if a.reached {
				fmt.Fprintf(&b, "%s: %s\n", a.host.Name, report.Clean(a.chain.String()))
			}
		}
	}
	entries := report.Findings(findings)
	if err := report.Write(&b, report.Format(o.format), s.coloured(), entries); err != nil {
		return err
	}
	if text := b.String(); text != o.shown {
		if o.watch != 0 && o.format == string(report.Text) {
			text = s.now().UTC().Format(time.RFC3339) + "\n" + text
		}
		if _, err := fmt.Fprint(s.out, text); err != nil {
			return err
		}
	}
	o.shown = b.String()
	if report.Failed(entries) {
		return errFindings
	}
	return nil
}
