package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
)

// hostEntries are the entries of one host, the worst first.
type hostEntries struct {
	Host    string // "" for what is about the document
	Entries []*Entry
}

func (g hostEntries) name() string { return line(cmp.Or(g.Host, "document")) }

// byHost groups entries: hosts by what is worst of them, then by name.
func byHost(entries []*Entry) []hostEntries {
	index := map[string]int{}
	var groups []hostEntries
	for _, e := range entries {
		i, ok := index[e.Host]
		if !ok {
			i = len(groups)
			index[e.Host], groups = i, append(groups, hostEntries{Host: e.Host})
		}
		groups[i].Entries = append(groups[i].Entries, e)
	}
	for _, g := range groups {
		slices.SortStableFunc(g.Entries, func(a, b *Entry) int { return cmp.Compare(a.rank(), b.rank()) })
	}
	slices.SortStableFunc(groups, func(a, b hostEntries) int {
		return cmp.Or(cmp.Compare(a.Entries[0].rank(), b.Entries[0].rank()), strings.Compare(a.Host, b.Host))
	})
	return groups
}

// rank orders entries from what must be mended to what is as it should be.
func (e Entry) rank() int {
	switch {
	case e.Status == check.Pass:
		return 5
	case e.Status == check.Waived:
		return 4
	case e.Status == check.NotChecked:
		return 3
	}
	return slices.Index([]rule.Severity{rule.Error, rule.Warning, rule.Info}, e.Severity)
}

// label is the rank as a word.
func (e Entry) label() string {
	switch e.Status {
	case check.Pass:
		return "pass"
	case check.Waived:
		return "waived"
	case check.NotChecked:
		return "not checked"
	}
	if e.Severity == rule.Info {
		return "note"
	}
	return string(e.Severity)
}
