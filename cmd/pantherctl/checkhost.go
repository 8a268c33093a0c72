package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/drift"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// host compares one host, or says why not.
func (o *checkOptions) host(ctx context.Context, r hostFacts) {
	h, f := r.host, r.facts
	if r.err != nil {
		o.uncompared(h, "it could not be compared: "+r.err.Error(), wayOut(r.err))
		return
	}
	stale, all := o.stale(h, f)
	if len(stale) > 0 {
		of := " of " + strings.Join(stale, ", ")
		if all {
			of = ""
		}
		o.uncompared(h, "what the document asks for now"+of+" was not compared: these facts were saved for another text of it, or by another pantherctl",
			"save them anew: pantherctl check --save-facts FILE")
	}
	c := drift.Compare(h, f, stale...)
	o.evaluated = append(o.evaluated, c.Findings...)
	if o.programs.Runner != nil { // audit asks the host's own
		o.evaluated = append(o.evaluated, o.programs.Host(ctx, h, f)...)
	}
	o.counts[h.Name] = map[drift.Status]int{}
	for _, i := range c.Items {
		o.counts[h.Name][i.Status]++
	}
	if o.each != nil {
		o.each(h, f)
	}
	if slices.Contains(whole(), o.format) {
		o.hold(report.Findings(c.Held()))
	}
}

// hold keeps the entries of one host until the end, with each text once.
func (o *checkOptions) hold(entries []report.Entry) {
	if o.texts == nil {
		o.texts = map[string]string{}
	}
	for i := range entries {
		e := &entries[i]
		for _, text := range []*string{&e.Message, &e.Path, &e.Module} {
			known, ok := o.texts[*text]
			if !ok {
				known = *text
				o.texts[known] = known
			}
			*text = known
		}
	}
	o.held = append(o.held, entries)
}

// whole are the formats that tell of every policy item, also of those that
// hold.
func whole() []string {
	return []string{string(report.HTML), string(report.JUnit), string(report.Markdown), string(report.SARIF)}
}

// uncompared is V8.
func (o *checkOptions) uncompared(h *policy.Host, message, hint string) {
	r, _ := rule.Find("V8")
	o.evaluated = append(o.evaluated, check.Finding{
		Rule: r.ID, Severity: r.Severity, Host: h.Name, Path: strings.TrimSuffix(h.Path(""), "."), Pos: h.From.Pos,
		Message: message, Hint: hint, Status: check.Fail,
	})
}

// stale returns the concerns of which the facts hold what was wanted then and
// not what is wanted now, and whether these are all. Without options nothing is
// compared, which drift tells.
func (o *checkOptions) stale(h *policy.Host, f *facts.Host) (concerns []string, all bool) {
	if len(f.Options) == 0 {
		return nil, false
	}
	wanted := o.wants.Digests(h)
	both := maps.Clone(wanted)
	maps.Copy(both, f.Digests)
	for _, concern := range slices.Sorted(maps.Keys(both)) {
		if wanted[concern] != f.Digests[concern] {
			concerns = append(concerns, concern)
		}
	}
	return concerns, len(concerns) == len(both)
}

// report writes the findings of the hosts asked for and, for people, how much
// of each host's policy holds.
func (o *checkOptions) report(s *system, findings []check.Finding) error {
	if len(o.hosts) > 0 {
		findings = slices.DeleteFunc(findings, func(f check.Finding) bool { return !slices.Contains(o.hosts, f.Host) })
	}
	entries := report.Findings(findings)
	if o.format == string(report.Text) {
		if err := o.summary(s); err != nil {
			return err
		}
		if err := report.ByHost(s.out, s.coloured(), entries); err != nil {
			return err
		}
	} else if err := report.Write(s.out, report.Format(o.format), s.coloured(), append([][]report.Entry{entries}, o.held...)...); err != nil {
		return err
	}
	if report.Failed(entries) {
		return errFindings
	}
	return nil
}

func (o *checkOptions) summary(s *system) error {
	for _, name := range slices.Sorted(maps.Keys(o.counts)) {
		n := o.counts[name]
		line := fmt.Sprintf("%s: %d of %d policy items hold", name, n[drift.Pass], n[drift.Pass]+n[drift.Fail]+n[drift.Unchecked])
		if n[drift.Unchecked] > 0 {
			line += fmt.Sprintf(", %d not checked", n[drift.Unchecked])
		}
		if _, err := fmt.Fprintln(s.out, line); err != nil {
			return err
		}
	}
	return nil
}
