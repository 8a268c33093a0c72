package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/lab"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// stories is how many mismatches of a lab are told packet by packet.
const stories = 10

// labOptions are what lab is told.
type labOptions struct {
	document
	facts  string
	format string
}

func newLab(s *system) *cobra.Command {
	o := &labOptions{}
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Send real packets between the hosts, on this machine",
		Long: `Lab builds the fleet as network namespaces of this machine, each host with the
ruleset that its configuration evaluates to, and an "internet" and a stranger on
the LAN beside them. It tries every port of every service, and some of none,
from everybody to every host, over IPv4 and IPv6, and compares with what reach
says. For what went differently it tells which rules the packet met.

It needs Linux and nft, and root or unprivileged user namespaces. Nothing is
left behind, however it ends. There is no control plane in it: what the
tailnet's policy would keep away is let through to the hosts' own firewalls.`,
		Example: `  pantherctl lab --facts facts.json
  pantherctl lab --facts facts.json --format junit`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), s) },
	}
	o.document.flag(cmd)
	cmd.Flags().StringVar(&o.facts, "facts", "", "a file of evaluated facts, as check --save-facts writes it")
	cmd.Flags().StringVar(&o.format, "format", string(report.Text), strings.Join(report.Formats(), ", "))
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
	if o.facts == "" {
		return hint(errors.New("the lab needs the evaluated facts of the hosts"), "pantherctl check --save-facts facts.json, then --facts facts.json")
	}
	text, err := os.ReadFile(o.facts)
	if err != nil {
		return err
	}
	evaluated, err := facts.DecodeFleet(text)
	if err != nil {
		return fmt.Errorf("%s: %w", o.facts, err)
	}
	findings, counted, err := packets(ctx, fleet, evaluated)
	if err != nil {
		return err
	}
	entries := report.Findings(findings)
	if err := report.Write(s.out, report.Format(o.format), s.coloured(), entries); err != nil {
		return err
	}
	if o.format == string(report.Text) {
		fmt.Fprintln(s.out, counted)
	}
	if report.Failed(entries) {
		return errFindings
	}
	return nil
}

// packets runs the lab and returns what it found, and how much it tried.
func packets(ctx context.Context, fleet *policy.Fleet, evaluated map[string]*facts.Host) ([]check.Finding, string, error) {
	topology, expected := lab.Plan(fleet, evaluated)
	work := lab.Work{Topology: topology}
	open := 0
	for _, e := range expected {
		work.Probes = append(work.Probes, e.Probe)
		if e.Open {
			open++
		}
	}
	done, err := lab.Run(ctx, work)
	if err != nil {
		return nil, "", err
	}
	found := lab.Compare(expected, done.Results)
	if err := tell(ctx, topology, found[:min(len(found), stories)]); err != nil {
		return nil, "", err
	}
	var findings []check.Finding
	add := func(id, host, message, hint string) {
		r, _ := rule.Find(id)
		h, _ := fleet.Host(host)
		findings = append(findings, check.Finding{
			Rule: id, Severity: r.Severity, Host: host, Path: h.Path("firewall"), Pos: h.From.Pos,
			Message: message, Hint: hint, Status: check.Fail,
		})
	}
	for _, f := range done.Faults {
		if _, isHost := fleet.Host(f.Node); !isHost {
			return nil, "", fmt.Errorf("%s: %s", f.Node, f.Message)
		}
		add("Y3", f.Node, f.Message, "")
	}
	for _, m := range found {
		id := "Y2"
		if m.Leak {
			id = "Y1"
		}
		story := ""
		if len(m.Story) > 0 {
			story = m.Example.String() + ": " + strings.Join(m.Story, "; ")
		}
		add(id, m.To, m.String(), story)
	}
	counted := fmt.Sprintf("%d hosts and others, %d probes, %d expected to get through; built in %d ms, probed in %d ms",
		len(topology.Nodes), len(expected), open, done.Setup.Milliseconds(), done.Probing.Milliseconds())
	return findings, counted, nil
}

// tell repeats an example of each mismatch in a new lab that traces it.
func tell(ctx context.Context, topology lab.Topology, found []lab.Mismatch) error {
	if len(found) == 0 {
		return nil
	}
	work := lab.Work{Topology: topology, Trace: true}
	for _, m := range found {
		work.Probes = append(work.Probes, m.Example)
	}
	done, err := lab.Run(ctx, work)
	if err != nil {
		return err
	}
	for i := range found {
		found[i].Story = done.Results[i].Story
	}
	return nil
}
