// Package chart writes who reaches whom: as a table for a terminal or a page,
// as JSON, as a picture for a wall, and what changed in words.
package chart

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/schema"
)

// Format is a form of chart.
type Format string

// The formats.
const (
	Text     Format = "text"
	JSON     Format = "json"
	Markdown Format = "markdown"
	SVG      Format = "svg"
	HTML     Format = "html"
)

// Formats returns the names of all formats.
func Formats() []string {
	return []string{string(Text), string(JSON), string(Markdown), string(SVG), string(HTML)}
}

// Filter chooses what a chart is about. Its zero value is everything.
type Filter struct {
	From, To, Service string // names of the document; "" for all
}

// explains reports whether a chart is so narrow that what is closed is told too.
func (f Filter) explains() bool { return f.From != "" && f.To != "" }

// Chart is a table of members, like ones in a row or column.
type Chart struct {
	Fleet    string
	Services []string // that occur, in the order of the document
	Rows     []Line
	Columns  []Line
	Cells    [][]Cell // by row and column
}

// Line is a row or column.
type Line struct {
	Titles []string // of its members, in the order of the document
	Kind   reach.Kind
}

// Title names the line: its members, or the first of many.
func (l Line) Title() string { return short(l.Titles, 3) }

// short joins names, the first of many.
func short(names []string, most int) string {
	if len(names) > most+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// Cell is what gets through from a row to a column.
type Cell struct {
	Self  bool // there is nobody but the member itself
	Items []Item
}

// Item is one service in a cell.
type Item struct {
	Service string // or ports that no service has
	Ports   string
	Side    schema.Side
	State   reach.State
	Paths   []Path
	WhyNot  string // of a closed one
}

// Path is one way by which a service gets through.
type Path struct {
	Hops  []string // from the source to the target
	By    []string // hosts and services in between; none for a direct one
	Why   string
	Where []schema.Pos // lines of the document, the rule first
}

// New makes the chart of a network.
func New(n *reach.Network, f Filter) *Chart {
	c := &Chart{Fleet: string(n.Fleet.Name.V)}
	rows, columns := n.Sources(), n.Targets()
	rows = only(rows, f.From)
	columns = only(columns, f.To)
	used := map[string]bool{}
	for _, to := range columns {
		c.Columns = append(c.Columns, line(to))
	}
	for _, from := range rows {
		row := make([]Cell, len(columns))
		for i, to := range columns {
			row[i] = cell(n, from, to, f)
			for _, item := range row[i].Items {
				used[item.Service] = true
			}
		}
		c.Rows = append(c.Rows, line(from))
		c.Cells = append(c.Cells, row)
	}
	for _, s := range append([]string{schema.Any}, n.Services...) {
		if used[s] {
			c.Services = append(c.Services, s)
			delete(used, s)
		}
	}
	var rest []string
	for s := range used {
		rest = append(rest, s)
	}
	slices.Sort(rest)
	c.Services = append(c.Services, rest...)
	return c
}

// only keeps the members that a name means, and of classes those left.
func only(classes [][]*reach.Member, name string) [][]*reach.Member {
	if name == "" {
		return classes
	}
	var kept [][]*reach.Member
	for _, c := range classes {
		if c = slices.DeleteFunc(slices.Clone(c), func(m *reach.Member) bool { return !m.Means(name) }); len(c) > 0 {
			kept = append(kept, c)
		}
	}
	return kept
}

func line(members []*reach.Member) Line {
	l := Line{Kind: members[0].Kind}
	for _, m := range members {
		l.Titles = append(l.Titles, m.Title())
	}
	return l
}

// cell works out one cell from the first two members that differ.
func cell(n *reach.Network, from, to []*reach.Member, f Filter) Cell {
	src, dst := reach.Differ(from, to)
	if src == nil {
		return Cell{Self: true}
	}
	var c Cell
	links := n.Links(src, dst)
	for i := range links {
		l := &links[i]
		for _, s := range chosen(n, l, dst, f) {
			ports := n.ServicePorts(dst, s)
			state := n.State(l, dst, s)
			item := Item{Service: s, Ports: ports.String(), Side: l.Side, State: state}
			switch {
			case state == reach.Closed && !f.explains():
				continue
			case state == reach.Closed:
				item.WhyNot = n.WhyNot(l, src, dst, s)
			case state == reach.Unknown:
				item.WhyNot = l.Unknown
			}
			for _, flow := range l.Through(ports) {
				item.Paths = append(item.Paths, path(src, dst, l.Side, &flow))
			}
			c.Items = append(c.Items, item)
		}
		for _, w := range l.Ways {
			if f.Service == "" || f.Service == w.Service {
				c.Items = append(c.Items, behind(src, l, &w))
			}
		}
	}
	if len(links) == 0 && f.explains() {
		c.Items = []Item{{Service: f.Service, State: reach.Closed, WhyNot: fmt.Sprintf("%s and %s have no side in common", src.Title(), dst.Title())}}
		if f.Service == "" {
			c.Items[0].Service = schema.Any
		}
	}
	return c
}

// behind is a service behind what is open.
func behind(src *reach.Member, l *reach.Link, w *reach.Way) Item {
	p := Path{Hops: append([]string{src.Title()}, w.Hops()...), By: w.Hops(), Why: w.Why()}
	for _, s := range w.Stages {
		if s.From.IsSet() && !s.From.Default() {
			p.Where = append(p.Where, s.From.Pos)
		}
	}
	return Item{Service: w.Service, Ports: w.Name, Side: l.Side, State: reach.Open, Paths: []Path{p}}
}

// chosen are the services that a chart tells of a link: any alone where all is
// open.
func chosen(n *reach.Network, l *reach.Link, dst *reach.Member, f Filter) []string {
	switch {
	case l.Side == reach.Tunnel: // it has no ports
		return nil
	case f.Service != "":
		return []string{f.Service}
	case n.State(l, dst, schema.Any) == reach.Open:
		return []string{schema.Any}
	}
	return slices.DeleteFunc(slices.Clone(n.Services), func(s string) bool { return len(n.ServicePorts(dst, s)) == 0 })
}

func path(src, dst *reach.Member, side schema.Side, f *reach.Flow) Path {
	p := Path{Why: f.Why(), Hops: f.Hops(src, dst, side)}
	if f.Exit != "" {
		p.By = []string{f.Exit}
	}
	if f.Grant != nil {
		p.Where = append(p.Where, f.Grant.At.Pos)
	}
	if from := f.Door.From; from.IsSet() && !from.Default() && from.Pos.IsValid() {
		p.Where = append(p.Where, from.Pos)
	}
	p.Where = slices.Compact(p.Where)
	return p
}

// Write writes a chart.
func Write(w io.Writer, format Format, c *Chart, f Filter) error {
	switch format {
	case JSON:
		return writeJSON(w, c)
	case Markdown:
		return writeMarkdown(w, c)
	case SVG:
		return writeSVG(w, c)
	case HTML:
		return writeHTML(w, c)
	}
	return writeText(w, c, f)
}
