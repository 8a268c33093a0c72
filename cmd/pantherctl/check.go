package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/drift"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/effective"
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
	evaluation
	format, asOf string
	hosts        []string // nil for all
	wants        *gen.Wants
	programs     effective.Programs
	evaluated    []check.Finding
	held         [][]report.Entry                // by host, policy items that hold, or could not be seen
	texts        map[string]string               // of held: most hosts have the same
	counts       map[string]map[drift.Status]int // of policy items, by host compared
	each         func(*policy.Host, *facts.Host) // told of every host that was compared; nil for nobody
}

func newCheck(s *system) *cobra.Command {
	o := &checkOptions{evaluation: evaluation{runner: run.System{}}, programs: effective.Programs{Runner: run.System{}}}
	cmd := &cobra.Command{
		Use:   "check [HOST...] [-- NIX-FLAG...]",
		Short: "Compare the evaluated hosts with the policy",
		Long: `Check has Nix evaluate the hosts as the flake has them, generated modules and
everything else together, and compares what comes out with the document: every
value that generated modules set, and what other modules add to them. Each
difference names what was wanted, what was found, the file that set it with its
priority, and the line of the document that asked for it.

All formats tell what differs; sarif, junit, markdown and html also tell of each
value that holds, and of each that nothing could tell of.

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
	o.evaluation.flag(cmd, 15*time.Minute)
	f := cmd.Flags()
	f.StringVar(&o.readFacts, "facts", "", "compare the facts in this file, and do not run Nix")
	f.StringVar(&o.saveTo, "save-facts", "", "write what Nix said of the hosts to this file")
	f.StringVar(&o.format, "format", string(report.Text), strings.Join(report.Formats(), ", "))
	f.StringVar(&o.asOf, "as-of", "", "judge the dates of waivers as on this day, YYYY-MM-DD")
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
	err = o.compare(ctx, s, fleet, hosts)
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

// compare compares every host, with facts of a file or of Nix.
func (o *checkOptions) compare(ctx context.Context, s *system, fleet *policy.Fleet, hosts []*policy.Host) error {
	o.wants, o.counts = gen.NewWants(fleet), map[string]map[drift.Status]int{}
	return o.gather(ctx, s, fleet, hosts, func(r hostFacts) { o.host(ctx, r) })
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
