package chart

import (
	"fmt"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/schema"
)

// hue is the colour of a service, in degrees: neighbours in the list are far
// apart on the wheel.
func (c *Chart) hue(service string) int {
	for i, s := range c.Services {
		if s == service {
			return i * 1375 / 10 % 360
		}
	}
	return 0
}

// chip is one service of a cell as it is drawn.
type chip struct {
	Label string // what is written on it
	Class string // of its side, and any where it stands for everything
	Hue   int
	Tip   []string // how it gets through, a line each
	Spoke string   // the whole of it, for those who listen
}

// chips are those of a cell; what is closed has none.
func (c *Chart) chips(cell Cell) []chip {
	var list []chip
	for _, item := range cell.Items {
		if item.State == reach.Closed {
			continue
		}
		x := chip{Label: item.Service, Class: string(item.Side), Hue: c.hue(item.Service), Tip: []string{item.Ports + " over the " + string(item.Side)}}
		if item.Service == schema.Any {
			x.Class += " any"
		}
		if item.State != reach.Open {
			x.Label += map[reach.State]string{reach.Partly: " (partly)", reach.Unknown: " (?)"}[item.State]
			x.Tip[0] += ", " + string(item.State)
		}
		if item.WhyNot != "" {
			x.Tip = append(x.Tip, item.WhyNot)
		}
		for _, p := range item.Paths {
			x.Tip = append(x.Tip, told(p))
		}
		x.Spoke = item.Service + ", " + x.Tip[0]
		list = append(list, x)
	}
	return list
}

func told(p Path) string {
	text := ""
	for i, hop := range p.Hops {
		if i > 0 {
			text += " → "
		}
		text += hop
	}
	return text + ": " + p.Why
}

// ends says in a sentence what a cell is about.
func (c *Chart) ends(row, column int) string {
	return fmt.Sprintf("%s to %s", c.Rows[row].Title(), c.Columns[column].Title())
}

// way is an entry of the legend of sides.
type way struct{ Class, Label string }

// ways are the sides that occur, with their words.
func (c *Chart) ways() []way {
	used := map[schema.Side]bool{}
	for _, row := range c.Cells {
		for _, cell := range row {
			for _, item := range cell.Items {
				used[item.Side] = true
			}
		}
	}
	var list []way
	for _, w := range []way{
		{"tailnet", "in the tailnet: plain"},
		{"lan", "over the LAN: dashed"},
		{"wan", "over the internet: thick"},
		{"container", "from containers: dotted"},
		{"tunnel", "by a tunnel from the internet: thick and dashed"},
	} {
		if used[schema.Side(w.Class)] {
			list = append(list, w)
		}
	}
	return list
}
