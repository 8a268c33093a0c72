package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// writeMarkdown writes a summary as GitHub's and GitLab's jobs show it: a table
// of hosts, then what each of them has to mend.
func writeMarkdown(b io.Writer, entries []*Entry) {
	groups := byHost(entries)
	fmt.Fprintf(b, "## pantherctl: %s\n", count(entries))
	if len(groups) > 0 {
		fmt.Fprint(b, "\n| host | errors | warnings | notes | waived | not checked | passed |\n|---|---|---|---|---|---|---|\n")
	}
	for _, g := range groups {
		c := count(g.Entries)
		fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %d | %d |\n", escapeMarkdown(g.name()), c.Errors, c.Warnings, c.Infos, c.Waived, c.NotChecked, c.Passed)
	}
	for _, g := range groups {
		open := unpassed(g.Entries)
		if len(open) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n### %s\n\n", escapeMarkdown(g.name()))
		for _, e := range open {
			fmt.Fprintf(b, "- **%s**%s %s%s\n", e.label(), spaced(e.Rule), place(*e), escapeMarkdown(e.Message))
			for _, more := range e.details() {
				fmt.Fprintf(b, "  - %s: %s\n", more.Name, escapeMarkdown(more.Text))
			}
		}
	}
}

// detail is what an entry adds to its message.
type detail struct{ Name, Text string }

func (e Entry) details() []detail {
	var all []detail
	for _, d := range []detail{{"wanted", e.Want}, {"found", e.Got}, {"hint", e.Hint}} {
		if d.Text != "" {
			all = append(all, d)
		}
	}
	if e.namesModule() {
		all = append(all, detail{"set by", e.setBy()})
	}
	return all
}

func place(e Entry) string {
	var text string
	if at := (schema.Pos{File: e.File, Line: e.Line, Column: e.Column}); at.IsValid() {
		text = escapeMarkdown(at.String()) + ": "
	}
	if e.Path != "" {
		text += escapeMarkdown(e.Path) + ": "
	}
	return text
}

func spaced(s string) string {
	if s == "" {
		return ""
	}
	return " " + escapeMarkdown(s)
}

// escapeMarkdown makes a text mean itself, on one line: nothing of a host or a
// document becomes a link, a tag or a cell.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for _, r := range line(s) {
		if strings.ContainsRune("\\`*_{}[]<>()#+!|~@&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return addresses.Replace(b.String())
}

// addresses are what becomes a link by itself (GitHub Flavored Markdown, 6.9).
var addresses = strings.NewReplacer("://", `:\/\/`, "www.", `www\.`)
