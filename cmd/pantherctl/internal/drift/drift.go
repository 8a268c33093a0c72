// Package drift compares what a host was to be with what NixOS made of it:
// every value that the generated modules set, and what other modules add to
// them, with the file that did it and the place in the document that asked for
// something else.
package drift

import (
	"cmp"
	"slices"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// Status is what became of a policy item. Whether a failure is waived, its
// finding says.
type Status string

// The statuses of an item.
const (
	Pass      Status = "pass"
	Fail      Status = "fail"
	Unchecked Status = "not checked" // the facts do not tell
)

// An Item is one value that the policy asks for.
type Item struct {
	Option   string // as Nix writes it
	Concern  string
	Rule     string // that a deviation breaks
	Status   Status
	File     string // that set what is there, "" if nobody did
	Priority int

	option *facts.Option
	stale  bool
}

// Want is the value the policy asks for, as Nix writes it.
func (i Item) Want() string { return text(i.option.Want) }

// Got is the value NixOS arrived at, as Nix writes it.
func (i Item) Got() string { return text(i.option.Found) }

// A Comparison is what came of one host.
type Comparison struct {
	Host     string
	Items    []Item          // in the order of the facts
	Findings []check.Finding // sorted by rule and option

	settings *settings
}

// Held returns the items that hold, and those that the facts do not tell of, for
// reports of the whole policy.
func (c *Comparison) Held() []check.Finding {
	all := make([]check.Finding, 0, len(c.Items))
	for _, i := range c.Items {
		path, from := c.settings.of(i.option.Path)
		f := check.Finding{Rule: i.Rule, Host: c.Host, Path: path, Pos: from.Pos}
		r, _ := rule.Find(i.Rule)
		f.Severity = r.Severity
		switch i.Status {
		case Pass:
			f.Status, f.Message = check.Pass, i.Option+" is "+short(i.Got())
			f.File, f.Priority = i.File, i.Priority
		case Unchecked:
			f.Status, f.Message = check.NotChecked, i.Option+" holds packages, which are not looked into"
			if i.stale {
				f.Message = i.Option + " was not compared: the facts were saved for another text of the document"
			}
		case Fail:
			continue // a finding
		}
		all = append(all, f)
	}
	return all
}

// Compare judges the facts of one host. What was asked of stale concerns when the
// facts were saved is not what the document asks now: their items are unchecked,
// and excuse nothing.
func Compare(h *policy.Host, f *facts.Host, stale ...string) *Comparison {
	c := &comparison{
		Host: h, facts: f, settings: &settings{host: h}, index: newIndex(f.Options), closed: split(closed), stale: stale,
		result: &Comparison{Host: h.Name},
	}
	c.result.settings = c.settings
	for i := range f.Options {
		if o := &f.Options[i]; o.Concern != "" {
			c.item(o)
		}
	}
	for _, judge := range judges() {
		judge(c)
	}
	slices.SortStableFunc(c.result.Findings, func(a, b check.Finding) int {
		return cmp.Or(rule.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	c.result.Findings = slices.Compact(c.result.Findings)
	return c.result
}

// judges look for what no generated value speaks of.
func judges() []func(*comparison) {
	return []func(*comparison){
		unasked, ports, listeners, trustedInterfaces, filters, sshd, sudoers, kernelParams,
		accounts, passwords, secrets, stateForgotten, guard, ownJudgement,
	}
}

// comparison is one host under judgement.
type comparison struct {
	*policy.Host
	facts    *facts.Host
	settings *settings
	index    index
	closed   [][]string // the paths of closed
	stale    []string   // concerns
	result   *Comparison
}

// report adds a finding about an option, or with nil about the host. want and
// got may be empty.
func (c *comparison) report(id string, option []string, d facts.Definition, message, hint, want, got string) {
	r, _ := rule.Find(id)
	path, from := c.settings.of(option)
	c.result.Findings = append(c.result.Findings, check.Finding{
		Rule: id, Severity: r.Severity, Host: c.Name, Path: path, Pos: from.Pos, Message: message, Hint: hint, Status: check.Fail,
		Want: want, Got: got, File: file(d.File), Priority: d.Priority,
	})
}
