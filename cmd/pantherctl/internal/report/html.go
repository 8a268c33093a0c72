package report

import (
	_ "embed"
	"html/template"
	"io"

	"github.com/pantherctl/pantherctl/schema"
)

//go:embed page.html
var page string

// writeHTML writes one page that needs nothing else: a card for each host, a
// filter, light and dark. Everything of a host or a document is escaped by
// html/template and cleaned before.
func writeHTML(w io.Writer, entries []*Entry) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"count": func(g hostEntries) Counts { return count(g.Entries) },
		"name":  hostEntries.name,
		"rows":  rows,
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, struct {
		Counts Counts
		Hosts  []hostEntries
		Labels []string
	}{count(entries), byHost(entries), []string{"error", "warning", "note", "not checked", "waived", "pass"}})
}

// row is an entry as the page shows it.
type row struct {
	Label, Rule, Message, Where string // cleaned
	Details                     []detail
}

func rows(g hostEntries) []row {
	all := make([]row, len(g.Entries))
	for i, e := range g.Entries {
		where := line(e.Path)
		if at := (schema.Pos{File: e.File, Line: e.Line, Column: e.Column}); at.IsValid() {
			where = line(at.String())
			if e.Path != "" {
				where += ": " + line(e.Path)
			}
		}
		all[i] = row{e.label(), line(e.Rule), line(e.Message), where, e.details()}
		for j := range all[i].Details {
			all[i].Details[j].Text = line(all[i].Details[j].Text)
		}
	}
	return all
}
