package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/schema"
)

// The text of an entry is, in this order and without what it lacks,
//
//	file:line:column: path: severity: message (rule)
//	  hint: a way out
//
// where a problem of the document has neither severity nor rule, a waived finding
// is marked WAIVED before its severity, and NOT CHECKED stands in place of one.
func writeText(w io.Writer, colour bool, entries []*Entry) {
	for _, e := range unpassed(entries) {
		writeEntry(w, colour, *e)
	}
	fmt.Fprintln(w, count(entries))
}

func writeEntry(w io.Writer, colour bool, e Entry) {
	fmt.Fprintln(w, paint(colour, shade(e), heading(e)))
	if e.namesModule() {
		fmt.Fprintf(w, "  set by: %s\n", line(e.setBy()))
	}
	if e.Hint != "" {
		fmt.Fprintf(w, "  hint: %s\n", line(e.Hint))
	}
}

// namesModule reports whether a module is to be named that the message does not
// name already.
func (e Entry) namesModule() bool { return e.Module != "" && !strings.Contains(e.Message, e.Module) }

// unpassed returns the entries that somebody should read.
func unpassed(entries []*Entry) []*Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(e *Entry) bool { return e.Status == check.Pass })
}

// setBy names the module that set an option, and how firmly.
func (e Entry) setBy() string {
	words := map[int]string{10: "mkVMOverride", 50: "mkForce", 100: "", 1000: "mkDefault", 1500: "the option's default"}
	word, ok := words[e.Priority]
	switch {
	case e.Priority == 0 || ok && word == "":
		return e.Module
	case !ok:
		word = fmt.Sprintf("mkOverride %d", e.Priority)
	}
	return e.Module + " (" + word + ")"
}

func heading(e Entry) string {
	var parts []string
	if at := (schema.Pos{File: e.File, Line: e.Line, Column: e.Column}); at.IsValid() {
		parts = append(parts, at.String())
	}
	if e.Path != "" {
		parts = append(parts, e.Path)
	}
	if e.Host != "" && !strings.HasPrefix(e.Path+".", "hosts."+e.Host+".") {
		parts = append(parts, e.Host)
	}
	if word := standing(e); word != "" {
		parts = append(parts, word)
	}
	message := e.Message
	if e.Rule != "" {
		message += " (" + e.Rule + ")"
	}
	return line(strings.Join(append(parts, message), ": "))
}

// standing says how bad an entry is. One that was not checked is neither good
// nor bad.
func standing(e Entry) string {
	switch {
	case e.Status == check.NotChecked:
		return "NOT CHECKED"
	case e.Rule == "":
		return ""
	case e.Status == check.Waived:
		return "WAIVED " + string(e.Severity)
	}
	return string(e.Severity)
}

// A Shade is a colour of a terminal.
type Shade string

// The shades, as terminals number them.
const (
	Red    Shade = "31"
	Green  Shade = "32"
	Yellow Shade = "33"
	Cyan   Shade = "36"
	Grey   Shade = "90"
)

func shade(e Entry) Shade {
	switch {
	case e.Status != check.Fail:
		return Grey
	case e.Severity == rule.Error:
		return Red
	case e.Severity == rule.Warning:
		return Yellow
	default:
		return Cyan
	}
}

func paint(colour bool, s Shade, text string) string {
	if !colour {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// Diff writes a unified diff, cleaned, with its lines coloured by what they do.
func Diff(w io.Writer, colour bool, diff io.Reader) error {
	in, out := bufio.NewReader(diff), bufio.NewWriter(w)
	for {
		text, err := in.ReadString('\n')
		if text != "" {
			fmt.Fprintln(out, diffLine(colour, Clean(strings.TrimSuffix(text, "\n"))))
		}
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return err
		}
	}
}

func diffLine(colour bool, text string) string {
	switch {
	case strings.HasPrefix(text, "+"):
		return paint(colour, Green, text)
	case strings.HasPrefix(text, "-"):
		return paint(colour, Red, text)
	case strings.HasPrefix(text, "@@"):
		return paint(colour, Cyan, text)
	default:
		return text
	}
}
