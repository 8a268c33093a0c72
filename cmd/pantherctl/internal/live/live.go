// Package live compares a running host with its policy and with the facts of
// its configuration: what sshd, the packet filter, the kernel and the accounts
// really are, and what has failed, expired or grown old.
//
// What a host says is data. It is bounded, read field by field, never run, and
// no part of it that is longer than a line gets into a finding.
package live

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// Input is what a host is compared with.
type Input struct {
	Host      *policy.Host
	Facts     *facts.Host
	Now       time.Time
	Toplevel  string // the system that the configuration evaluates to, "" if unknown
	Generated Link   // whether the generated folder is what the document makes
	Evaluated Link   // whether what NixOS evaluates is what was generated
}

// A Result is what came of one host.
type Result struct {
	Findings []check.Finding // sorted by rule and message
	Chain    Chain
}

// Compare judges the answer of one host.
func Compare(in Input, a *Answer) *Result {
	c := &comparison{Input: in, answer: a, counts: map[string]int{}}
	for _, judge := range []func(*comparison){
		whole, sshd, filter, sysctls, bootParams, modules, lockdown, sockets, failed,
		accounts, groups, keys, sudoers, secrets, certificates, backups, tailnet, isolated,
	} {
		judge(c)
	}
	chain := c.chain()
	c.more()
	slices.SortStableFunc(c.findings, func(a, b check.Finding) int {
		return cmp.Or(rule.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	return &Result{slices.Compact(c.findings), chain}
}

// Unreached is the finding of a host that could not be asked.
func Unreached(h *policy.Host, why, way string) check.Finding {
	c := &comparison{Input: Input{Host: h}, counts: map[string]int{}}
	c.report("V8", "", "the running host could not be asked: "+why, way)
	return c.findings[0]
}

// comparison is one host under judgement.
type comparison struct {
	Input
	answer   *Answer
	findings []check.Finding
	counts   map[string]int           // of findings, by rule
	made     map[string]schema.Origin // settings of the document, by path; see origin
}

// most is how many findings of one rule a host can have: somebody reads them.
const most = 40

// report adds a finding about a setting below the host, a user as users.NAME,
// or "" for the host itself.
func (c *comparison) report(id, setting, message, hint string) {
	c.reportGot(id, setting, message, hint, "", "")
}

// reportGot is report with what was wanted and what was found.
func (c *comparison) reportGot(id, setting, message, hint, want, got string) {
	if c.counts[id]++; c.counts[id] > most {
		return
	}
	r, _ := rule.Find(id)
	path, from := strings.TrimSuffix(c.Host.Path(""), "."), c.Host.From
	if name, ok := strings.CutPrefix(setting, "users."); ok {
		if a, known := c.Host.Account(name); known {
			from = firstSet(a.Keys.From, a.Admin.From, a.Deploy.From, a.Comment.From, from)
		}
	} else if setting != "" {
		path, from = c.Host.Path(setting), firstSet(c.origin(setting), from)
	}
	c.findings = append(c.findings, check.Finding{
		Rule: id, Severity: r.Severity, Host: c.Host.Name, Path: path, Pos: from.Pos,
		Message: message, Hint: hint, Status: check.Fail, Want: want, Got: brief(got),
	})
}

// origin is where a setting of the host was made, if the document made it.
func (c *comparison) origin(setting string) schema.Origin {
	if c.made == nil {
		c.made = map[string]schema.Origin{}
		for _, s := range c.Host.All() {
			if n := len(s.From); n > 0 && !s.From[n-1].Default() {
				c.made[s.Path] = s.From[n-1]
			}
		}
	}
	return c.made[setting]
}

func firstSet(origins ...schema.Origin) schema.Origin {
	for _, o := range origins {
		if o.IsSet() {
			return o
		}
	}
	return schema.Origin{}
}

// more says how many findings were left out.
func (c *comparison) more() {
	for id, n := range c.counts {
		if n > most {
			c.counts[id] = 0
			c.report(id, "", fmt.Sprintf("and %d more of the same rule", n-most), "look at the host itself")
		}
	}
}

// whole reports an answer that was cut off. Nothing is known of what is missing.
func whole(c *comparison) {
	if !c.answer.Whole {
		c.report("V8", "", "the host stopped answering half-way: what is missing was not compared", "audit it again")
	}
}

// unseen reports a section that is needed and failed. It reports nothing of
// one that is missing because the answer was cut off.
func (c *comparison) unseen(section, what string) {
	if s, ok := c.answer.Sections[section]; ok {
		why := brief(lastLine(s.Text))
		switch {
		case s.Code == pipeClosed:
			why = "the answer is longer than anybody reads"
		case s.Code == timeout:
			why = "no answer came in time"
		case why == "":
			why = fmt.Sprintf("code %d", s.Code)
		}
		c.report("V8", "", fmt.Sprintf("%s could not be compared: %s", what, why), "run the command on the host, and read what it says")
	}
}

// The codes of a command that was cut at its limit, of timeout(1), and of what
// is not there.
const (
	pipeClosed = 128 + 13
	timeout    = 124
	absent     = 127
)

// mayJudge reports whether the document leaves a concern to nobody else.
func mayJudge(mode schema.Value[schema.Mode]) bool { return mode.V != schema.Own }

// longest is as much of a host's words as a finding repeats.
const longest = 200

// brief makes one line of bounded length of what a host says. Control
// characters are escaped where it is printed.
func brief(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return s
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}
