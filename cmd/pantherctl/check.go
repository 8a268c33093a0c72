package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/drift"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/effective"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/evaluate"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// checkOptions are what check is told.
type checkOptions struct {
	document
	secretsFolder
	format, asOf      string
	flake             string
	readFacts, saveTo string
	builders, store   string
	options, nixFlags []string
	noCache           bool
	asBuilt           bool // also ask what the hosts are built as
	jobs              int
	timeout           time.Duration
	hosts             []string // nil for all
	wants             *gen.Wants
	runner            run.Runner
	programs          effective.Programs
	save              *facts.Writer // nil for none
	evaluated         []check.Finding
	held              [][]report.Entry                // by host, policy items that hold, or could not be seen
	texts             map[string]string               // of held: most hosts have the same
	counts            map[string]map[drift.Status]int // of policy items, by host compared
	each              func(*policy.Host, *facts.Host) // told of every host that was compared; nil for nobody
	done, total       int
}

func newCheck(s *system) *cobra.Command {
	o := &checkOptions{runner: run.System{}, programs: effective.Programs{Runner: run.System{}}}
	cmd := &cobra.Command{
		Use:   "check [HOST...] [-- NIX-FLAG...]",
		Short: "Compare the evaluated hosts with the policy",
		Long: `Check has Nix evaluate the hosts as the flake has them, generated modules and
everything else together, and compares what comes out with the document: every
value that generated modules set, and what other modules add to them. Each
difference names what was wanted, what was found, the file that set it with its
priority, and the line of the document that asked for it.

Nothing is built. The flake need not know pantherctl; hosts have the same names
in the document and in nixosConfigurations. Results are kept until the flake,
the document or pantherctl changes. --save-facts keeps what Nix said, and
--facts compares it again where there is no Nix.`,
		Example: `  pantherctl check
  pantherctl check --flake ./nixos web db
  pantherctl check --save-facts facts.json
  pantherctl check --facts facts.json
  pantherctl check -- --override-input nixpkgs nixpkgs`,
		ValidArgsFunction: o.document.hosts(s),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dash := cmd.ArgsLenAtDash(); dash >= 0 {
				args, o.nixFlags = args[:dash], args[dash:]
			}
			o.hosts = args
			return o.run(s)
		},
	}
	o.document.flag(cmd)
	o.secretsFolder.flag(cmd)
	f := cmd.Flags()
	f.StringVar(&o.flake, "flake", ".", "the flake that has the hosts")
	f.StringVar(&o.readFacts, "facts", "", "compare the facts in this file, and do not run Nix")
	f.StringVar(&o.saveTo, "save-facts", "", "write what Nix said of the hosts to this file")
	f.StringVar(&o.format, "format", string(report.Text), strings.Join(report.Formats(), ", "))
	f.StringVar(&o.asOf, "as-of", "", "judge the dates of waivers as on this day, YYYY-MM-DD")
	f.BoolVar(&o.noCache, "no-cache", false, "evaluate even if nothing has changed")
	f.IntVarP(&o.jobs, "jobs", "j", runtime.NumCPU(), "evaluate this many batches of hosts at once")
	f.DurationVar(&o.timeout, "timeout", 15*time.Minute, "how long one run of Nix may take")
	f.StringArrayVar(&o.options, "option", nil, "a setting for Nix, NAME=VALUE")
	f.StringVar(&o.builders, "builders", "", "machines that build for Nix, as nix takes them")
	f.StringVar(&o.store, "eval-store", "", "the store to evaluate in")
	complete(cmd, "format", report.Formats())
	must(cmd.MarkFlagFilename("facts", "json"))
	must(cmd.MarkFlagFilename("save-facts", "json"))
	return cmd
}

func (o *checkOptions) run(s *system) error {
	if err := oneOf("--format", o.format, report.Formats()); err != nil {
		return err
	}
	day, err := (&validateOptions{asOf: o.asOf}).day(s)
	if err != nil {
		return err
	}
	fleet, err := o.fleet(s)
	if err != nil {
		return err
	}
	hosts, err := chosen(fleet, o.hosts)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o.counts = map[string]map[drift.Status]int{}
	err = o.gatherAndSave(ctx, s, fleet, hosts, o.host)
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted: nothing was compared")
	case err != nil:
		return err
	}
	secrets, err := o.files(&o.document)
	if err != nil {
		return err
	}
	findings := check.Document(fleet, check.Input{
		AsOf: day, JudgeDates: true, Secrets: secrets, Rules: o.rules(&o.document, defaultOutput),
		Evaluated: o.evaluated, Compared: o.compared(),
	})
	return o.report(s, findings)
}

// compared are the hosts that were.
func (o *checkOptions) compared() map[string]bool {
	hosts := map[string]bool{}
	for name := range o.counts {
		hosts[name] = true
	}
	return hosts
}

// A taker is handed the text of the facts of one host, or why there is none.
type taker func(ctx context.Context, h *policy.Host, text []byte, err error)

// gatherAndSave is gather that writes what Nix says to a file.
func (o *checkOptions) gatherAndSave(ctx context.Context, s *system, fleet *policy.Fleet, hosts []*policy.Host, take taker) error {
	if o.saveTo == "" {
		return o.gather(ctx, s, fleet, hosts, take)
	}
	f, err := os.OpenFile(o.saveTo, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	o.save = facts.NewWriter(f)
	err = o.gather(ctx, s, fleet, hosts, take)
	return errors.Join(err, o.save.Close(), f.Close())
}

// gather hands over the facts of every host, of a file or of Nix, one after the
// other.
func (o *checkOptions) gather(ctx context.Context, s *system, fleet *policy.Fleet, hosts []*policy.Host, take taker) error {
	debug.SetGCPercent(100) // facts come host by host, and are much of what a run holds
	o.total, o.wants = len(hosts), gen.NewWants(fleet)
	if o.readFacts != "" {
		return o.gatherSaved(ctx, fleet, hosts, take)
	}
	flags, err := o.flags()
	if err != nil {
		return err
	}
	e := &evaluate.Evaluator{
		Nix: run.Nix{Runner: o.runner, Flags: flags}, Flake: o.flake, Cache: o.cache(s),
		Version: versionName(), Jobs: o.jobs, Timeout: o.timeout, System: o.asBuilt,
	}
	o.progress(s)
	err = e.Hosts(ctx, fleet, hosts, func(r evaluate.Result) {
		h, _ := fleet.Host(r.Host)
		take(ctx, h, r.Facts, r.Err)
		o.done++
		o.progress(s)
	})
	if s.progress {
		fmt.Fprint(s.err, "\r\x1b[K")
	}
	if err != nil && ctx.Err() == nil {
		return withHint(err)
	}
	return nil
}

func (o *checkOptions) progress(s *system) {
	if s.progress {
		fmt.Fprintf(s.err, "\r\x1b[Kevaluating: %d of %d hosts", o.done, o.total)
	}
}

// gatherSaved hands over facts that --save-facts wrote.
func (o *checkOptions) gatherSaved(ctx context.Context, fleet *policy.Fleet, hosts []*policy.Host, take taker) error {
	f, err := os.Open(o.readFacts)
	if err != nil {
		return hint(err, "pantherctl check --save-facts FILE writes one")
	}
	defer f.Close() // only read
	seen := map[string]bool{}
	err = facts.Each(f, func(name string, text []byte) {
		h, known := fleet.Host(name)
		if known && slices.Contains(hosts, h) && !seen[name] {
			seen[name] = true
			take(ctx, h, text, nil)
		}
	})
	if err != nil {
		return hint(fmt.Errorf("--facts %s: %w", o.readFacts, err), "pantherctl check --save-facts FILE writes them")
	}
	for _, h := range hosts {
		if !seen[h.Name] {
			take(ctx, h, nil, noFacts(o.readFacts))
		}
	}
	return nil
}

// noFacts says of a host that a file lacks it.
func noFacts(file string) error {
	return hint(fmt.Errorf("%s has no facts of it", file), "name the hosts that it has, or save them anew")
}

// flags are those of every run of Nix.
func (o *checkOptions) flags() ([]string, error) {
	flags := slices.Clone(o.nixFlags)
	for _, option := range o.options {
		name, value, ok := strings.Cut(option, "=")
		if !ok {
			return nil, hint(fmt.Errorf("--option %q has no value", option), "write --option NAME=VALUE")
		}
		flags = append(flags, "--option", name, value)
	}
	if o.builders != "" {
		flags = append(flags, "--builders", o.builders)
	}
	if o.store != "" {
		flags = append(flags, "--eval-store", o.store)
	}
	return flags, nil
}

// cacheDir returns where facts are kept, see the XDG base directories; "" for
// nowhere.
func cacheDir(s *system) string {
	switch {
	case s.getenv("XDG_CACHE_HOME") != "":
		return filepath.Join(s.getenv("XDG_CACHE_HOME"), "pantherctl")
	case s.getenv("HOME") != "":
		return filepath.Join(s.getenv("HOME"), ".cache", "pantherctl")
	}
	return ""
}

// cache is where this run keeps facts, "" if it is told to keep none.
func (o *checkOptions) cache(s *system) string {
	if o.noCache {
		return ""
	}
	return cacheDir(s)
}

// wayOut is the hint of an error that has one.
func wayOut(err error) string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return h.Hint()
	}
	return ""
}

func withHint(err error) error {
	if way := wayOut(err); way != "" {
		return hint(err, way)
	}
	return err
}
