// Package drift compares what a host was to be with what NixOS made of it:
// every value that the generated modules set, and what other modules add to
// them, with the file that did it and the place in the document that asked for
// something else.
package drift

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
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
	Status   Status
	Want     string // as Nix writes it
	Got      string
	File     string // that set what is there, "" if nobody did
	Priority int
	Path     string // of the setting in the document
	From     schema.Origin
}

// A Comparison is what came of one host.
type Comparison struct {
	Host     string
	Items    []Item          // in the order of the facts
	Findings []check.Finding // sorted by rule and option
}

// Compare judges the facts of one host.
func Compare(h *policy.Host, f *facts.Host) *Comparison {
	c := &comparison{Host: h, facts: f, settings: newSettings(h), result: &Comparison{Host: h.Name}}
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
		unasked, ports, trustedInterfaces, filters, sshd, sudoers, kernelParams,
		accounts, passwords, secrets, stateForgotten, guard, ownJudgement,
	}
}

// comparison is one host under judgement.
type comparison struct {
	*policy.Host
	facts    *facts.Host
	settings settings
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

// options returns the options at and below a path; * stands for any name.
func (c *comparison) options(pattern string) []*facts.Option {
	var found []*facts.Option
	names := strings.Split(pattern, ".")
	for i := range c.facts.Options {
		if o := &c.facts.Options[i]; matches(o.Path, names) {
			found = append(found, o)
		}
	}
	return found
}

// matches reports whether a path is one of a pattern's.
func matches(path, pattern []string) bool {
	return len(path) == len(pattern) && begins(path, pattern)
}

func begins(path, pattern []string) bool {
	if len(path) < len(pattern) {
		return false
	}
	for i, name := range pattern {
		if name != "*" && name != path[i] {
			return false
		}
	}
	return true
}
