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
func writeHTML(w io.Writer, entries []Entry) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"clean":   line,
		"count":   func(g hostEntries) Counts { return Count(g.Entries) },
		"name":    hostEntries.name,
		"label":   Entry.label,
		"details": func(e Entry) []map[string]string { return named(e.details()) },
		"at": func(e Entry) string {
			if at := (schema.Pos{File: e.File, Line: e.Line, Column: e.Column}); at.IsValid() {
				return line(at.String())
			}
			return ""
		},
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, struct {
		Counts Counts
		Hosts  []hostEntries
		Labels []string
	}{Count(entries), byHost(entries), []string{"error", "warning", "note", "not checked", "waived", "pass"}})
}

func named(ds []detail) []map[string]string {
	all := make([]map[string]string, len(ds))
	for i, d := range ds {
		all[i] = map[string]string{"Name": d.name, "Text": line(d.text)}
	}
	return all
}
