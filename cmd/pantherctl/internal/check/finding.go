// Package check judges a resolved fleet by the rules of the catalogue and
// applies the waivers of its document.
package check

import (
	"cmp"
	"slices"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// Status says how a judgement ended, in the words of XCCDF.
type Status string

// The statuses of a finding.
const (
	Fail       Status = "fail"       // nobody has accepted it
	Waived     Status = "waived"     // a waiver of the document does
	Pass       Status = "pass"       // the host is what the policy wants
	NotChecked Status = "notchecked" // the message says why
)

// Finding is one place where a host breaks a rule.
type Finding struct {
	Rule     string
	Severity rule.Severity // that of the rule, waived or not
	Host     string        // "everyone" for findings about a waiver of all hosts
	Path     string        // into the document, "hosts.yoga.ssh.max_auth_tries"
	Pos      schema.Pos    // the line that caused it; the host's entry for what its level set
	Message  string        // what is wrong, and what happens
	Hint     string        // the way out
	Status   Status

	// Of an option of the evaluated host, else empty.
	Want, Got string // the value the policy asks for and the one NixOS arrived at, as Nix
	File      string // the module that set it, as NixOS names it
	Priority  int    // of its definition: 50 is mkForce, 100 a plain one, 1000 mkDefault; 0 if unknown
}

// Input is what judging a document needs beside the document.
type Input struct {
	AsOf       time.Time       // the day that dates are compared with
	JudgeDates bool            // without it nothing counts as expired
	Secrets    map[string]bool // the .age files present, by relative name; nil if nobody looked
	Rules      string          // the secrets.nix that agenix reads, as seen from the folder of secrets

	Evaluated []Finding       // of evaluated hosts, for waivers to accept
	Compared  map[string]bool // the hosts that were evaluated
}

// Document judges a fleet by all rules of stage [rule.Document], and lets the
// waivers accept what was found there and on evaluated hosts. The findings are
// sorted by position, host and rule.
func Document(fleet *policy.Fleet, in Input) []Finding {
	var found []Finding
	names, files := map[string]sysctlName{}, map[string]bool{}
	rules := map[string]rule.Rule{}
	for _, r := range rule.All() {
		rules[r.ID] = r
	}
	for _, j := range judges() {
		r := rules[j.rule]
		for _, h := range fleet.Hosts {
			if j.concerns(h) {
				j.judge(&subject{Host: h, fleet: fleet, in: in, rule: r, found: &found, names: names, files: files})
			}
		}
	}
	judgeWhole(fleet, rules, &found)
	found = append(found, in.Evaluated...)
	found = append(found, waive(found, fleet, in)...)
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Host, b.Host),
			rule.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(found)
}
