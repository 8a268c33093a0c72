// Package rule is the catalogue of what pantherctl judges: every rule with its
// severity, the stages that can judge it, why it bites and how to fix it.
//
// The package judges nothing itself. An id never changes its meaning and is
// never given to another rule, because waivers name rules by id.
package rule

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Severity says what a finding means for a host that has no waiver for it.
type Severity string

// The severities, worst first.
const (
	Error   Severity = "error"   // the host is locked out, exposed or broken
	Warning Severity = "warning" // it works today; a known event breaks it
	Info    Severity = "info"    // a limit of the verdict, nothing to fix
)

// Stage is the material a rule is judged from.
type Stage string

// The stages, in the order a host passes through them.
const (
	Document  Stage = "document"  // the YAML document, before anything is built
	Evaluated Stage = "evaluated" // the final NixOS option values
	Lab       Stage = "lab"       // its ruleset in a kernel, see pantherctl lab
	Live      Stage = "live"      // the running host
)

// Rule is one entry of the catalogue. Only Guaranteed may be empty.
type Rule struct {
	// ID is a letter for the family and a number, such as A1, L22 or K001.
	ID string `json:"id"`
	// Title states the finding as a phrase, without a full stop.
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
	// Stages are those that can judge the rule, in pipeline order.
	Stages []Stage `json:"stages"`
	// Concern is the part of a host that the rule is about, by the name of its
	// section and module, such as firewall or ssh; or fleet.
	Concern string `json:"concern"`
	// Rationale tells in one to three sentences why the finding bites.
	Rationale string `json:"rationale"`
	// Fix tells what to write or do.
	Fix string `json:"fix"`
	// Guaranteed tells how generated modules rule the finding out. Such a rule
	// is not judged on the document: only modules beside them can bring it in.
	Guaranteed string `json:"guaranteed,omitempty"`
	// Reference names public sources: manual pages, NixOS options, kernel
	// documentation, or issues as project#number.
	Reference string `json:"reference"`
}

// JudgedAt reports whether stage s can judge the rule.
func (r Rule) JudgedAt(s Stage) bool {
	return slices.Contains(r.Stages, s)
}

// catalogue is put together once for [Find], which a large report asks for the
// rule of each item.
var catalogue = sync.OnceValue(All)

// All returns the catalogue in the order of [Compare]. The caller owns it.
func All() []Rule {
	all := slices.Concat(lockout(), ssh(), kernel(), persistence(), firewall(), tailnet(), intrusion(),
		secrets(), sshClient(), disk(), upkeep(), fleet(), observe(), isolation(), exposed(), web(), incident(),
		certificates(), relays(), serves(), reach(), evaluated(), lab(), running())
	slices.SortFunc(all, func(a, b Rule) int { return Compare(a.ID, b.ID) })
	return all
}

// Compare orders two ids by family, then by number: A2 comes before A19.
func Compare(a, b string) int {
	return cmp.Or(
		cmp.Compare(a[:min(1, len(a))], b[:min(1, len(b))]),
		cmp.Compare(len(a), len(b)),
		cmp.Compare(a, b),
	)
}

// Find returns the rule with exactly this id.
func Find(id string) (Rule, bool) {
	all := catalogue()
	i, found := slices.BinarySearchFunc(all, id, func(r Rule, id string) int {
		return Compare(r.ID, id)
	})
	if !found {
		return Rule{}, false
	}
	return all[i], true
}

// Nearest returns the id that a misspelt one was meant for, or "" if its
// family is unknown. It forgives case, padding and separators, as in k1, A-07
// and L 3; a number past the end of its family gives the family's last id.
func Nearest(id string) string {
	id = strings.ToUpper(strings.TrimSpace(id))
	if id == "" {
		return ""
	}
	number, err := strconv.ParseUint(strings.TrimLeft(id[1:], " -_#"), 10, 16)
	if err != nil {
		return ""
	}
	best := ""
	for _, r := range All() {
		n, err := strconv.ParseUint(r.ID[1:], 10, 16)
		if err == nil && r.ID[0] == id[0] && (best == "" || n <= number) {
			best = r.ID
		}
	}
	return best
}
