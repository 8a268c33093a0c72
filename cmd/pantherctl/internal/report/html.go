package report

import (
	_ "embed"
	"errors"
	"html/template"
	"io"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

//go:embed page.html
var page string

// writeHTML writes one page that needs nothing else: a card for each host, a
// filter, light and dark. Everything of a host or a document is escaped by
// html/template and cleaned before.
func writeHTML(w io.Writer, entries []*Entry) error {
	t := template.New("page")
	made := items{t, map[Entry]item{}}
	_, err := t.Funcs(template.FuncMap{
		"count": func(g hostEntries) Counts { return count(g.Entries) },
		"name":  hostEntries.name,
		"items": made.of,
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

// item is an entry as the page shows it. Most hosts have the same items in other
// places, so what stands before and after the place is made once.
type item struct {
	Head, Tail template.HTML
	Where      string // cleaned
}

// items are those made, by their entries without host and place.
type items struct {
	page *template.Template
	made map[Entry]item
}

func (x items) of(g hostEntries) ([]item, error) {
	all := make([]item, len(g.Entries))
	for i, e := range g.Entries {
		key := *e
		key.Host, key.File, key.Line, key.Column, key.Path = "", "", 0, 0, ""
		made, ok := x.made[key]
		if !ok {
			var err error
			if made, err = x.item(key); err != nil {
				return nil, err
			}
			x.made[key] = made
		}
		made.Where = where(e)
		all[i] = made
	}
	return all, nil
}

func (x items) item(e Entry) (item, error) {
	details := e.details()
	for i := range details {
		details[i].Text = line(details[i].Text)
	}
	var head, tail strings.Builder
	err := errors.Join(
		x.page.ExecuteTemplate(&head, "head", struct{ Label, Rule, Message string }{e.label(), line(e.Rule), line(e.Message)}),
		x.page.ExecuteTemplate(&tail, "tail", details),
	)
	return item{Head: template.HTML(head.String()), Tail: template.HTML(tail.String())}, err
}

func where(e *Entry) string {
	at := schema.Pos{File: e.File, Line: e.Line, Column: e.Column}
	switch {
	case !at.IsValid():
		return line(e.Path)
	case e.Path == "":
		return line(at.String())
	}
	return line(at.String() + ": " + e.Path)
}
