package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/lab"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// labOptions are what lab is told.
type labOptions struct {
	document
	facts   string
	flake   string
	nix     []string // flags for it
	format  string
	timeout time.Duration
	recover time.Duration
}

func newLab(s *system) *cobra.Command {
	o := &labOptions{}
	cmd := &cobra.Command{
		Use:   "lab [-- NIX-FLAG...]",
		Short: "Send real packets between the hosts, on this machine",
		Long: `Lab builds the fleet as network namespaces of this machine, each host with the
ruleset that its configuration evaluates to, and an "internet" and a stranger on
the LAN beside them. It tries every port of every service, and some of none,
from everybody to every host, over IPv4 and IPv6, and compares with what reach
says. It also tries what hosts send, what they hand on as exit nodes and for
containers, and more than their limits let in. For what went differently it
tells which rules the packet met.

Where sshd is at hand, each host's is started with the host's configuration,
accounts and groups and with throw-away keys, and every account is tried with
every key of the fleet.

Without --flake and --facts the rulesets and sshd_configs are a double of what
NixOS renders of the generated modules alone, and the report says so.

It needs Linux and nft, and root or unprivileged user namespaces; for logins as
an ordinary user also a range of subordinate ids and newuidmap. Nothing is left
behind, however it ends. There is no control plane in it: what the
tailnet's policy would keep away is let through to the hosts' own firewalls.`,
		Example: `  pantherctl lab
  pantherctl lab --flake .
  pantherctl lab --flake . -- --impure
  pantherctl lab --facts facts.json
  pantherctl lab --facts facts.json --format junit`,
		Args: usage(func(cmd *cobra.Command, args []string) error {
			if dash := cmd.ArgsLenAtDash(); dash >= 0 {
				args, o.nix = args[:dash], args[dash:]
			}
			return cobra.NoArgs(cmd, args)
		}),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), s) },
	}
	o.document.flag(cmd)
	cmd.Flags().StringVar(&o.facts, "facts", "", "a file of evaluated facts, as check --save-facts writes it")
	cmd.Flags().StringVar(&o.flake, "flake", "", "have Nix evaluate the hosts of this flake")
	cmd.Flags().StringVar(&o.format, "format", string(report.Text), strings.Join(report.Formats(), ", "))
	cmd.Flags().DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long all of it may take")
	cmd.Flags().DurationVar(&o.recover, "recover", time.Second, "wait that long for rate limits to let a source in again")
	complete(cmd, "format", report.Formats())
	return cmd
}

// newLabInside is what lab runs as the first process of its namespaces.
func newLabInside(s *system) *cobra.Command {
	return &cobra.Command{
		Use: lab.Argument, Hidden: true, Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return lab.Inside(cmd.Context(), s.in, s.out) },
	}
}

func (o *labOptions) run(ctx context.Context, s *system) error {
	if err := oneOf("--format", o.format, report.Formats()); err != nil {
		return err
	}
	if runtime.GOOS != "linux" {
		return errors.New("the lab is made of network namespaces, which only Linux has")
	}
	fleet, err := o.fleet(s)
	if err != nil {
		return err
	}
	// What it starts does not hear the terminal, and ends with the context.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	found := &labFindings{fleet: fleet}
	evaluated, err := o.evaluated(ctx, s, found)
	if err != nil {
		return o.undone(err)
	}
	plan := lab.NewPlan(fleet, evaluated)
	plan.Recover(o.recover)
	counted, err := found.packets(ctx, plan)
	var asked string
	if err == nil {
		asked, err = found.logins(ctx, evaluated)
	}
	if errors.Is(err, run.ErrNotFound) {
		return hint(errors.New("the lab loads rulesets with nft, and it is not in PATH"), "nix shell nixpkgs#nftables, or install nftables")
	}
	if err != nil {
		return o.undone(err)
	}
	entries := report.Findings(found.all)
	if err := report.Write(s.out, report.Format(o.format), s.coloured(), entries); err != nil {
		return err
	}
	if o.format == string(report.Text) {
		fmt.Fprint(s.out, counted, asked)
	}
	if report.Failed(entries) {
		return errFindings
	}
	return nil
}

// undone says why a lab ended too early.
func (o *labOptions) undone(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted: the lab was not done")
	case errors.Is(err, context.DeadlineExceeded):
		return hint(fmt.Errorf("the lab was not done after %s", o.timeout), "give it more: --timeout 10m")
	}
	return err
}
