package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/plan"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/schema"
)

// planOptions are what plan is told.
type planOptions struct {
	document
	evaluation
	hosts          []string // nil for all
	from, out      string
	dryRun, root   string
	json, detailed bool
	local          bool
	metadata       run.Metadata
}

// fromCurrent is the value of --from that means the running system.
const fromCurrent = "current"

func newPlan(s *system) *cobra.Command {
	o := &planOptions{evaluation: evaluation{runner: run.System{}, built: true}}
	cmd := &cobra.Command{
		Use:   "plan [HOST...] [-- NIX-FLAG...]",
		Short: "Say what a deployment would change, in meaning",
		Long: `Plan has Nix evaluate the hosts as the flake has them, and says what changes from
the system that runs: who reaches what, settings of sshd, accounts, keys, groups
and sudo, the kernel's parameters, sysctls and modules, secrets, what outlives a
boot, sandboxes, units that stop or restart, whether it takes a reboot, and
whether NixOS would refuse to switch the running system. Each line is marked as
widening or narrowing what others may do, or as neutral; what does not change is
left out. Packages and sizes follow, and a count comes last. Nothing is built.

What it is compared with is --from: a file of facts, as check --save-facts and
this command write them, or "current", the system that runs. Of that the facts
are known if plan evaluated it before, on this machine: it keeps them by store
path. Which system runs is asked over ssh; with --local it is this machine's,
whose files are read as well.

--out FILE writes the plan, bound to store paths, the flake's revision and the
document, for a deployment of exactly that.

Exit codes: 0 done, 1 failure; with --detailed-exitcode 0 nothing changes,
2 something does.`,
		Example: `  pantherctl plan web
  pantherctl plan web db --out plan.json
  pantherctl plan --from before.json --facts after.json
  pantherctl plan --local --detailed-exitcode`,
		ValidArgsFunction: o.document.hosts(s),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dash := cmd.ArgsLenAtDash(); dash >= 0 {
				args, o.nixFlags = args[:dash], args[dash:]
			}
			o.hosts = args
			return o.run(s)
		},
	}
	o.flags(cmd)
	return cmd
}

func (o *planOptions) flags(cmd *cobra.Command) {
	o.document.flag(cmd)
	o.evaluation.flag(cmd, 30*time.Minute)
	f := cmd.Flags()
	f.StringVar(&o.from, "from", fromCurrent, "what to compare with: a file of facts, or current")
	f.StringVar(&o.readFacts, "facts", "", "take the new facts from this file, and do not run Nix")
	f.StringVar(&o.saveTo, "save-facts", "", "write the new facts to this file")
	f.StringVar(&o.dryRun, "dry-activate", "", "what switch-to-configuration dry-activate wrote, for one host: its word on units counts")
	f.StringVar(&o.out, "out", "", "write the plan to this file, to be deployed")
	f.BoolVar(&o.json, "json", false, "write JSON")
	f.BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 if something changes")
	f.BoolVar(&o.local, "local", false, "plan for this machine, which is the host of its name unless one is given")
	f.StringVar(&o.root, "root", "/", "with --local, where its system is mounted")
	for _, name := range []string{"from", "facts", "save-facts", "out"} {
		must(cmd.MarkFlagFilename(name, "json"))
	}
}

func (o *planOptions) run(s *system) error {
	if err := o.check(); err != nil {
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
	planned, err := o.compare(ctx, s, fleet, hosts)
	if err != nil {
		return err
	}
	return o.tell(s, planned)
}

// check checks the flags before anything is read.
func (o *planOptions) check() error {
	if o.local && len(o.hosts) == 0 {
		name, err := os.Hostname()
		if err != nil {
			return err
		}
		o.hosts = []string{name}
	}
	switch one := len(o.hosts) == 1; {
	case o.local && !one:
		return hint(errors.New("--local is about one host"), "name the one that this machine is")
	case o.dryRun != "" && !one:
		return hint(errors.New("--dry-activate is about one host"), "name it")
	case o.out != "" && o.file == "-":
		return hint(errors.New("a plan is bound to a document with a name"), "name it: -f security.yaml")
	}
	return nil
}

// tell writes what was planned, for people or as JSON, and to the file.
func (o *planOptions) tell(s *system, planned []plan.Host) error {
	binding, err := o.binding(s)
	if err != nil {
		return err
	}
	if o.json {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		err = e.Encode(plan.Plan{Version: plan.FileVersion, Binding: binding, Hosts: planned})
	} else {
		err = plan.Write(s.out, planned, s.coloured())
	}
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := o.write(binding, planned); err != nil {
			return err
		}
	}
	if o.detailed && slices.ContainsFunc(planned, func(h plan.Host) bool { return h.Differs() }) {
		return errChanges
	}
	return nil
}

// write writes the plan's file.
func (o *planOptions) write(b plan.Binding, planned []plan.Host) error {
	p, err := plan.New(b, planned)
	if err != nil {
		return hint(err, "facts with store paths are those that plan evaluates: leave out --facts, or --save-facts them with plan")
	}
	return writeWhole(o.out, 0o600, p.Write)
}

// binding is what the plan holds for.
func (o *planOptions) binding(s *system) (plan.Binding, error) {
	sum, err := o.document.sum(s)
	return plan.Binding{Flake: o.flake, Revision: o.metadata.Identity(), Document: sum}, err
}

// sum is the SHA-256 of the document, followed by every file it includes with
// its length before it, as hex. Standard input has been read before, and has
// none.
func (d *document) sum(s *system) (string, error) {
	if d.file == "-" {
		return "", nil
	}
	src, err := d.read(s)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	sum.Write(src)
	schema.Load(d.name(), src, func(name string) ([]byte, error) {
		text, err := readRegular(name)
		fmt.Fprintf(sum, "\x00%d\n", len(text))
		sum.Write(text)
		return text, err
	})
	return hex.EncodeToString(sum.Sum(nil)), nil
}
