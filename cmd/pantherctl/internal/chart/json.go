package chart

import (
	"encoding/json"
	"io"

	"github.com/pantherctl/pantherctl/schema"
)

// entry is one service between members, as JSON.
type entry struct {
	From    []string   `json:"from"`
	To      []string   `json:"to"`
	Side    string     `json:"side,omitempty"`
	Service string     `json:"service"`
	Ports   string     `json:"ports"`
	State   string     `json:"state"`
	Paths   []jsonPath `json:"paths,omitempty"`
	Why     string     `json:"why,omitempty"`
}

type jsonPath struct {
	Hops  []string `json:"hops"`
	Why   string   `json:"why"`
	Lines []string `json:"lines"` // file:line:column
}

// writeJSON writes {"fleet", "from", "to", "reach": [entry…]}: what is not
// there is closed.
func writeJSON(w io.Writer, c *Chart) error {
	out := struct {
		Fleet string     `json:"fleet"`
		From  [][]string `json:"from"` // like members together
		To    [][]string `json:"to"`
		Reach []entry    `json:"reach"`
	}{Fleet: c.Fleet, Reach: []entry{}}
	for _, column := range c.Columns {
		out.To = append(out.To, column.Titles)
	}
	for i, row := range c.Rows {
		out.From = append(out.From, row.Titles)
		for j, column := range c.Columns {
			for _, item := range c.Cells[i][j].Items {
				e := entry{
					From: row.Titles, To: column.Titles, Side: string(item.Side), Service: item.Service,
					Ports: item.Ports, State: string(item.State), Why: item.WhyNot,
				}
				for _, p := range item.Paths {
					e.Paths = append(e.Paths, jsonPath{p.Hops, p.Why, positions(p.Where)})
				}
				out.Reach = append(out.Reach, e)
			}
		}
	}
	return encode(w, out)
}

func positions(list []schema.Pos) []string {
	lines := []string{}
	for _, p := range list {
		lines = append(lines, p.String())
	}
	return lines
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
