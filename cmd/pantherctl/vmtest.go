package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// vmtestOptions are what vmtest is told.
type vmtestOptions struct {
	document
	flake, builders string
	kinds           []string
	logs, junit     string
	interactive     bool
	nix             run.Watcher
}

// testKinds are the tests that a host can have.
func testKinds() []string {
	return []string{"network", "ssh", "boot", "persistence", "secrets", "unlock"}
}

func newVMTest(s *system) *cobra.Command {
	o := &vmtestOptions{nix: run.System{}}
	cmd := &cobra.Command{
		Use:   "vmtest [HOST...]",
		Short: "Run the NixOS tests of a fleet, or of some hosts",
		Long: `Vmtest has Nix build the tests that generate writes to tests/, one after the
other, and says which passed. The flake offers them as checks; the head of
tests/default.nix shows how, and lists what such tests cannot vouch for.

The tests network, ssh and fleet are containers from NixOS 26.05 on and need a
builder with uid-range; the others, and all before, are virtual machines and
need one with kvm. All need nixos-test. --builders names other machines.

A test that failed is a finding: the exit code is 1. It is 2 if a test could
not be run. The log of every test is kept. With --junit the tests run outside
of Nix's sandbox, on this machine, and write a JUnit file each.`,
		Example: `  pantherctl vmtest
  pantherctl vmtest server --kind boot --builders 'ssh://builder x86_64-linux - 4 1 kvm,nixos-test'
  pantherctl vmtest server --kind boot --interactive`,
		ValidArgsFunction: o.document.hosts(s),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(s, args) },
	}
	o.document.flag(cmd)
	f := cmd.Flags()
	f.StringVar(&o.flake, "flake", ".", "the flake that has the checks")
	f.StringVar(&o.builders, "builders", "", "machines to build on, as nix build takes them")
	f.StringSliceVar(&o.kinds, "kind", nil, "only tests of this kind: "+strings.Join(testKinds(), ", "))
	complete(cmd, "kind", testKinds())
	f.StringVar(&o.logs, "logs", "vmtest-logs", "the folder for the logs")
	must(cmd.MarkFlagDirname("logs"))
	f.StringVar(&o.junit, "junit", "", "run outside of the sandbox, with JUnit files in this folder")
	must(cmd.MarkFlagDirname("junit"))
	f.BoolVar(&o.interactive, "interactive", false, "open the Python prompt of one test's driver")
	return cmd
}

// nixosTest is one check of the flake.
type nixosTest struct{ name, system string }

func (o *vmtestOptions) run(s *system, hosts []string) error {
	for _, k := range o.kinds {
		if err := oneOf("--kind", k, testKinds()); err != nil {
			return err
		}
	}
	fleet, err := o.fleet(s)
	if err != nil {
		return err
	}
	tests, err := o.tests(fleet, hosts)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if o.interactive {
		return o.prompt(ctx, tests)
	}
	return o.all(ctx, s, tests)
}

// tests are those asked for. That of the fleet is run if nobody asks for less.
func (o *vmtestOptions) tests(fleet *policy.Fleet, hosts []string) ([]nixosTest, error) {
	var tests []nixosTest
	for _, name := range hosts {
		if _, ok := fleet.Host(name); !ok {
			return nil, noHost(fleet, name)
		}
	}
	for _, h := range fleet.Hosts {
		if len(hosts) > 0 && !slices.Contains(hosts, h.Name) {
			continue
		}
		for _, name := range gen.Tests(h) {
			kind := strings.TrimPrefix(name, h.Name+"-")
			if len(o.kinds) == 0 || slices.Contains(o.kinds, kind) {
				tests = append(tests, nixosTest{name, string(h.System)})
			}
		}
	}
	if all := gen.FleetTest(fleet); all != "" && len(hosts)+len(o.kinds) == 0 {
		tests = append(tests, nixosTest{all, string(fleet.Hosts[0].System)})
	}
	if len(tests) == 0 {
		return nil, hint(errors.New("no host has a test of this kind"), "leave --kind out, or name other hosts")
	}
	return tests, nil
}

// build is the derivation of a test, or of an attribute of it.
func (o *vmtestOptions) build(t nixosTest, attribute string) run.Build {
	b := run.Build{Installable: fmt.Sprintf("%s#checks.%s.%s%s", o.flake, t.system, t.name, attribute)}
	if o.builders != "" {
		b.Options = []string{"--builders", o.builders}
	}
	return b
}

// prompt opens the prompt of one test's driver.
func (o *vmtestOptions) prompt(ctx context.Context, tests []nixosTest) error {
	if len(tests) != 1 {
		return hint(fmt.Errorf("there is one prompt, and these are %d tests", len(tests)), "name one host and one --kind, such as "+tests[0].name)
	}
	path, err := o.build(tests[0], ".driverInteractive").Run(ctx, o.nix, os.Stderr)
	if err != nil {
		return o.explain(tests[0], err)
	}
	return o.nix.Attach(ctx, run.Command{Name: path + "/bin/nixos-test-driver"})
}

// all runs the tests. One that cannot be run does not keep the others back.
func (o *vmtestOptions) all(ctx context.Context, s *system, tests []nixosTest) error {
	for _, dir := range []string{o.logs, o.junit} {
		if dir == "" {
			continue
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	var failed int
	var unable error
	for i, t := range tests {
		start := s.now()
		log := filepath.Join(o.logs, t.name+".log")
		fmt.Fprintf(s.err, "%d of %d: %s\n", i+1, len(tests), t.name)
		err := o.one(ctx, t, log)
		took := s.now().Sub(start).Round(time.Second)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%s: %w", t.name, ctx.Err())
		case err == nil:
			fmt.Fprintf(s.out, "%s: passed in %s\n", t.name, took)
		case errors.Is(err, run.ErrBuild):
			failed++
			fmt.Fprintf(s.out, "%s: failed after %s, see %s\n", t.name, took, report.Clean(log))
		case errors.Is(err, run.ErrNotFound):
			return o.explain(t, err)
		default:
			fmt.Fprintf(s.out, "%s: not run, see %s\n", t.name, report.Clean(log))
			unable = cmp.Or(unable, o.explain(t, err))
		}
	}
	switch {
	case unable != nil:
		return unable
	case failed > 0:
		return errFindings
	}
	return nil
}

// one runs a test and keeps its log.
func (o *vmtestOptions) one(ctx context.Context, t nixosTest, log string) (err error) {
	file, err := os.Create(log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if o.junit == "" {
		_, err = o.build(t, "").Run(ctx, o.nix, file)
		return err
	}
	path, err := o.build(t, ".driver").Run(ctx, o.nix, file)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(o.junit)
	if err != nil {
		return err
	}
	_, err = o.nix.Watch(ctx, run.Command{
		Name: path + "/bin/nixos-test-driver",
		Args: []string{"-o", dir, "--junit-xml", t.name + ".xml"},
	}, file)
	if _, ok := errors.AsType[*run.ExitError](err); ok {
		return run.ErrBuild
	}
	return err
}

// explain says why a test could not be run, and what to do.
func (o *vmtestOptions) explain(t nixosTest, err error) error {
	var way string
	features, ok := errors.AsType[*run.FeaturesError](err)
	switch {
	case ok && slices.Contains(features.Missing, "uid-range"):
		way = "on the builder, nix.settings: auto-allocate-uids = true, experimental-features = auto-allocate-uids cgroups, system-features with uid-range and nixos-test"
	case ok && slices.Contains(features.Missing, "kvm"):
		way = "a builder with /dev/kvm that lists kvm and nixos-test among its system-features: --builders names one; the network and ssh tests need none from NixOS 26.05 on"
	case ok:
		way = "--builders names a machine that has it, or nix.settings.system-features lists it where it is true"
	case errors.Is(err, run.ErrNoAttribute):
		way = "the head of tests/default.nix in the generated folder shows how a flake offers the tests as checks"
	case errors.Is(err, run.ErrNotFound):
		return hint(errors.New("nix is not in PATH"), "run it where Nix is installed")
	default:
		return fmt.Errorf("%s: %w", t.name, err)
	}
	return hint(fmt.Errorf("%s: %w", t.name, err), way)
}
