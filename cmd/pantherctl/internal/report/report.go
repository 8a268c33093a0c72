// Package report writes the problems of a document and the findings of rules
// for people and for CI.
//
// What comes out is sorted, each line once, and no control character of the
// input is passed on to a terminal.
package report

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/schema"
)

// Format is a form of report.
type Format string

// The formats.
const (
	Text     Format = "text"     // for people
	JSON     Format = "json"     // one object
	GitHub   Format = "github"   // workflow commands that annotate a pull request
	SARIF    Format = "sarif"    // SARIF 2.1.0, for code scanning
	JUnit    Format = "junit"    // a suite for each host
	Markdown Format = "markdown" // a summary of a CI job
	HTML     Format = "html"     // one page
)

// Formats returns the names of all formats.
func Formats() []string {
	return []string{string(Text), string(JSON), string(GitHub), string(SARIF), string(JUnit), string(Markdown), string(HTML)}
}

// An Entry is one line of a report: a problem of the document, which has no
// rule, or a finding.
type Entry struct {
	Severity rule.Severity `json:"severity"`
	Status   check.Status  `json:"status"`
	Rule     string        `json:"rule,omitempty"`
	Host     string        `json:"host,omitempty"`
	File     string        `json:"file,omitempty"`
	Line     int           `json:"line,omitempty"`   // from 1
	Column   int           `json:"column,omitempty"` // in characters, from 1
	Path     string        `json:"path,omitempty"`   // into the document
	Message  string        `json:"message"`
	Hint     string        `json:"hint,omitempty"`
	Want     string        `json:"want,omitempty"`     // the value the policy asks for, as Nix
	Got      string        `json:"got,omitempty"`      // the value of the evaluated host
	Module   string        `json:"module,omitempty"`   // the file that set it
	Priority int           `json:"priority,omitempty"` // of its definition, 50 for mkForce
}

// Problems returns the entries of a document's problems.
func Problems(ds schema.Diagnostics) []Entry {
	entries := make([]Entry, len(ds))
	for i, d := range ds {
		entries[i] = Entry{
			Severity: rule.Error, Status: check.Fail, File: d.Pos.File, Line: d.Pos.Line, Column: d.Pos.Column,
			Path: d.Path, Message: d.Message, Hint: d.Hint,
		}
	}
	return entries
}

// Findings returns the entries of findings.
func Findings(fs []check.Finding) []Entry {
	entries := make([]Entry, len(fs))
	for i, f := range fs {
		entries[i] = Entry{
			Severity: f.Severity, Status: f.Status, Rule: f.Rule, Host: f.Host,
			File: f.Pos.File, Line: f.Pos.Line, Column: f.Pos.Column,
			Path: f.Path, Message: f.Message, Hint: f.Hint,
			Want: f.Want, Got: f.Got, Module: f.File, Priority: f.Priority,
		}
	}
	return entries
}

// Failed reports whether an entry is an error that nobody waived.
func Failed(entries []Entry) bool { return slices.ContainsFunc(entries, Entry.Fails) }

// Fails reports whether the entry is an error that nobody waived.
func (e Entry) Fails() bool { return e.Severity == rule.Error && e.Status == check.Fail }

// sorted returns the entries by place, host and rule, each once. They stay where
// they are: large fleets have hundreds of thousands.
func sorted(entries [][]Entry) []*Entry {
	var all []*Entry
	for _, some := range entries {
		for i := range some {
			all = append(all, &some[i])
		}
	}
	slices.SortStableFunc(all, func(a, b *Entry) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Host, b.Host), rule.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Message, b.Message), cmp.Compare(a.Module, b.Module),
		)
	})
	return slices.CompactFunc(all, func(a, b *Entry) bool { return *a == *b })
}

// Counts are the numbers of entries of each kind. Only failed ones count by
// their severity.
type Counts struct {
	Errors     int `json:"errors"`
	Warnings   int `json:"warnings"`
	Infos      int `json:"infos"`
	Waived     int `json:"waived"`
	NotChecked int `json:"not_checked"`
	Passed     int `json:"passed"`
}

func count(entries []*Entry) Counts {
	var c Counts
	for _, e := range entries {
		switch {
		case e.Status == check.Waived:
			c.Waived++
		case e.Status == check.Pass:
			c.Passed++
		case e.Status == check.NotChecked:
			c.NotChecked++
		case e.Severity == rule.Error:
			c.Errors++
		case e.Severity == rule.Warning:
			c.Warnings++
		default:
			c.Infos++
		}
	}
	return c
}

// String returns "2 errors, 1 warning, 1 waived", or "no findings".
func (c Counts) String() string {
	var parts []string
	add := func(n int, one, many string) {
		switch n {
		case 0:
		case 1:
			parts = append(parts, "1 "+one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
	}
	add(c.Errors, "error", "errors")
	add(c.Warnings, "warning", "warnings")
	add(c.Infos, "note", "notes")
	add(c.Waived, "waived", "waived")
	add(c.NotChecked, "not checked", "not checked")
	add(c.Passed, "passed", "passed")
	if parts == nil {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}

// Write writes a report of all these entries, sorted. Colour is for text only.
// Text, annotations and Markdown count what passed, and leave it out.
func Write(w io.Writer, f Format, colour bool, entries ...[]Entry) error {
	all, b := sorted(entries), bufio.NewWriter(w)
	var err error
	switch f {
	case JSON:
		err = writeJSON(b, all)
	case GitHub:
		writeGitHub(b, all)
	case SARIF:
		err = writeSARIF(b, all)
	case JUnit:
		err = writeJUnit(b, all)
	case Markdown:
		writeMarkdown(b, all)
	case HTML:
		err = writeHTML(b, all)
	default:
		writeText(b, colour, all)
	}
	return errors.Join(err, b.Flush())
}

// Clean escapes what a terminal would act on or not show: control characters,
// invisible and direction-changing ones, and bytes that are not UTF-8. Tabs
// and line ends stay.
func Clean(s string) string {
	if harmless(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case plain(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		s = s[size:]
	}
	return b.String()
}

func plain(r rune) bool { return r == '\n' || r == '\t' || strconv.IsPrint(r) }

// harmless reports whether there is nothing to escape. Most texts are ASCII, and
// looking at bytes is ten times as fast as at runes.
func harmless(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return utf8.ValidString(s) && strings.IndexFunc(s[i:], func(r rune) bool { return !plain(r) }) < 0
		}
		if s[i] == 0x7f || s[i] < ' ' && s[i] != '\n' && s[i] != '\t' {
			return false
		}
	}
	return true
}

// line is Clean for what has to stay on one line.
func line(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(Clean(s), "\n", `\n`), "\t", " ")
}
