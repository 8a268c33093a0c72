package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/lab"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// stories is how many mismatches of a lab are told packet by packet.
const stories = 10

// labFindings collects what a lab found.
type labFindings struct {
	fleet *policy.Fleet
	all   []check.Finding
}

func (f *labFindings) isHost(name string) bool { _, ok := f.fleet.Host(name); return ok }

// add adds a finding about a host, or about everyone.
func (f *labFindings) add(id, host string, status check.Status, message, hint string) {
	r, _ := rule.Find(id)
	path, at := "nixos", f.fleet.NixOS.From
	if h, ok := f.fleet.Host(host); ok {
		path, at = h.Path(r.Concern), h.From
	}
	f.all = append(f.all, check.Finding{
		Rule: id, Severity: r.Severity, Host: host, Path: path, Pos: at.Pos,
		Message: message, Hint: hint, Status: status,
	})
}

// packets runs the lab and collects what it finds. It returns how much it tried.
func (f *labFindings) packets(ctx context.Context, plan *lab.Plan) (string, error) {
	work := plan.Work()
	done, err := lab.Run(ctx, work)
	if err != nil {
		return "", err
	}
	for _, fault := range done.Faults {
		if !f.isHost(fault.Node) {
			return "", fmt.Errorf("%s: %s", fault.Node, fault.Message)
		}
		f.add("Y3", fault.Node, check.Fail, fault.Message, "")
	}
	if err := f.mismatches(ctx, plan, done); err != nil {
		return "", err
	}
	f.settings(done.Sysctls)
	open := 0
	for _, e := range plan.Expected {
		if e.Open {
			open++
		}
	}
	return fmt.Sprintf("%d hosts and others, %d probes, %d expected to get through, %d limits; built in %d ms, probed in %d ms\n",
		len(work.Topology.Nodes), len(work.Probes), open, len(work.Floods), done.Setup.Milliseconds(), done.Probing.Milliseconds()), nil
}

// mismatches compares, and repeats an example of each difference in a new lab
// that traces it.
func (f *labFindings) mismatches(ctx context.Context, plan *lab.Plan, done *lab.Report) error {
	found := lab.Compare(plan.Expected, done.Results)
	exceeded := map[int]string{}
	trace := lab.Work{Topology: plan.Topology, Trace: true}
	told := found[:min(len(found), stories)]
	for _, m := range told {
		trace.Probes = append(trace.Probes, m.Example)
	}
	for i, l := range plan.Limits {
		if exceeded[i] = l.Exceeds(done.Floods[i]); exceeded[i] != "" && len(trace.Probes) < 2*stories {
			trace.Probes = append(trace.Probes, l.Probe)
		}
	}
	traced := &lab.Report{}
	if len(trace.Probes) > 0 {
		var err error
		if traced, err = lab.Run(ctx, trace); err != nil {
			return err
		}
	}
	results := traced.Results
	for i := range told {
		told[i].Story, told[i].Again, results = results[0].Story, results[0].Outcome, results[1:]
	}
	for _, m := range found {
		f.mismatch(m)
	}
	for i, l := range plan.Limits {
		if exceeded[i] == "" {
			continue
		}
		var how string
		if len(results) > 0 {
			how, results = story(results[0].Probe, results[0].Story), results[1:]
		}
		f.add("Y4", l.To, check.Fail, fmt.Sprintf("%s over the %s: %s", l.Port, l.Segment, exceeded[i]), how)
	}
	return nil
}

func (f *labFindings) mismatch(m lab.Mismatch) {
	id, status := "Y2", check.Fail
	message := m.String()
	switch {
	case m.Leak:
		id = "Y1"
	case m.Again == lab.Open:
		// Nothing of the lab is slow by itself.
		status, message = check.NotChecked, message+"; tried again it did, so this machine was too busy"
	}
	f.add(id, m.Host(f.isHost), status, message, story(m.Example, m.Story))
}

func story(p lab.Probe, steps []string) string {
	if len(steps) == 0 {
		return ""
	}
	return p.String() + ": " + strings.Join(steps, "; ")
}

// settings compares the sysctls that a namespace has with what was written.
func (f *labFindings) settings(all []lab.Sysctl) {
	elsewhere := map[string][]string{}
	for _, s := range all {
		switch {
		case !f.isHost(s.Node):
		case s.Got == "":
			elsewhere[s.Node] = append(elsewhere[s.Node], s.Key)
		case s.Got != s.Want:
			f.add("Y5", s.Node, check.Fail, fmt.Sprintf("%s reads %s, and %s was written", s.Key, s.Got, s.Want), "")
		}
	}
	for _, h := range f.fleet.Hosts {
		if keys := elsewhere[h.Name]; keys != nil {
			slices.Sort(keys)
			f.add("Y5", h.Name, check.NotChecked, "what a whole machine has in common is for the boot test to read: "+strings.Join(keys, ", "), "")
		}
	}
}

// logins runs every sshd and collects who gets in. It returns how much it tried.
func (f *labFindings) logins(ctx context.Context, evaluated map[string]*facts.Host) (string, error) {
	plan, err := lab.NewSSHPlan(f.fleet, evaluated)
	if err != nil || len(plan.SSHDs) == 0 {
		return "", err
	}
	done, err := lab.Run(ctx, plan.Work())
	if errors.Is(err, run.ErrNotFound) {
		f.ssh(plan.Unasked("sshd is not in PATH"))
		return "", nil
	}
	if err != nil {
		return "", err
	}
	f.ssh(plan.Judge(done.SSHDs))
	tried, in := 0, 0
	for _, d := range done.SSHDs {
		for _, l := range d.Logins {
			if tried++; l.Accepted >= 0 {
				in++
			}
		}
	}
	return fmt.Sprintf("%d sshds, %d logins, %d got in, in %d ms\n", len(plan.SSHDs), tried, in, done.Probing.Milliseconds()), nil
}

func (f *labFindings) ssh(found []lab.SSHFinding) {
	ids := map[lab.Topic]string{lab.WhoEnters: "Y6", lab.Offers: "Y7", lab.Bans: "Y8"}
	for _, s := range found {
		status := check.Fail
		if s.Unknown {
			status = check.NotChecked
		}
		f.add(ids[s.Topic], s.Host, status, s.Message, s.Story)
	}
}
