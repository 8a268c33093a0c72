package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
)

// writeJSON writes {"findings": [entry…], "counts": {…}}.
func writeJSON(w io.Writer, entries []*Entry) error {
	if entries == nil {
		entries = []*Entry{}
	}
	text, err := json.MarshalIndent(struct {
		Findings []*Entry `json:"findings"`
		Counts   Counts   `json:"counts"`
	}{entries, count(entries)}, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, escapeJSON(string(text))+"\n")
	return err
}

// escapeJSON escapes what encoding/json leaves and [Clean] would not: DEL, the
// controls of Latin-1, and what is invisible. Outside strings JSON has none.
func escapeJSON(text string) string {
	if harmless(text) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case plain(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// writeGitHub writes one workflow command for each entry:
//
//	::error file=F,line=L,col=C,title=T::message
func writeGitHub(w io.Writer, entries []*Entry) {
	for _, e := range unpassed(entries) {
		fmt.Fprintf(w, "::%s %s::%s\n", command(*e), strings.Join(properties(*e), ","), data(annotation(*e)))
	}
}

func command(e Entry) string {
	switch {
	case e.Fails():
		return "error"
	case e.Severity == rule.Warning && e.Status == check.Fail:
		return "warning"
	default:
		return "notice"
	}
}

func properties(e Entry) []string {
	title := "pantherctl"
	if e.Rule != "" {
		title += " " + e.Rule
	}
	if e.Status == check.Waived {
		title += " WAIVED"
	}
	props := []string{"title=" + property(title)}
	if e.File != "" {
		props = append(props, "file="+property(e.File))
	}
	if e.Line > 0 {
		props = append(props, fmt.Sprintf("line=%d,col=%d", e.Line, e.Column))
	}
	return props
}

func annotation(e Entry) string {
	text := e.Message
	if e.Path != "" {
		text = e.Path + ": " + text
	}
	if e.Host != "" && e.Path == "" {
		text = e.Host + ": " + text
	}
	if e.Hint != "" {
		text += "\nhint: " + e.Hint
	}
	return text
}

// data escapes the message of a workflow command, property a value before it.
// Without it a line of a document could give the runner commands.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(Clean(s))
}

func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s))
}
