package chart

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/schema"
)

// cellWidth is how wide the text of a cell may get before it is broken.
const cellWidth = 22

// writeText writes a table of what is open and, below it, how: a line for each
// service of each cell.
func writeText(w io.Writer, c *Chart, f Filter) error {
	b := bufio.NewWriter(w)
	if !f.explains() {
		matrix(b, c)
		fmt.Fprintln(b)
	}
	told := false
	for i, row := range c.Rows {
		for j, column := range c.Columns {
			if len(c.Cells[i][j].Items) == 0 {
				continue
			}
			told = true
			fmt.Fprintf(b, "%s -> %s\n", row.Title(), column.Title())
			for _, l := range sentences(c.Cells[i][j]) {
				fmt.Fprintf(b, "  %s\n", l)
			}
		}
	}
	if f.explains() && !told {
		fmt.Fprintln(b, "nothing to tell: --from and --to name no two members")
	}
	return b.Flush()
}

// matrix writes the table.
func matrix(w io.Writer, c *Chart) {
	table := [][][]string{{{"from \\ to"}}}
	for _, column := range c.Columns {
		table[0] = append(table[0], wrap(column.Titles, ", ", 3))
	}
	for i, row := range c.Rows {
		line := [][]string{wrap(row.Titles, ", ", 3)}
		for j := range c.Columns {
			line = append(line, words(c.Cells[i][j]))
		}
		table = append(table, line)
	}
	widths := make([]int, len(c.Columns)+1)
	for _, line := range table {
		for j, cell := range line {
			for _, text := range cell {
				widths[j] = max(widths[j], utf8.RuneCountInString(text))
			}
		}
	}
	for _, line := range table {
		height := 0
		for _, cell := range line {
			height = max(height, len(cell))
		}
		for k := range height {
			var text strings.Builder
			for j, cell := range line {
				word := ""
				if k < len(cell) {
					word = cell[k]
				}
				fmt.Fprintf(&text, "%s%s", word, strings.Repeat(" ", widths[j]-utf8.RuneCountInString(word)+2))
			}
			fmt.Fprintln(w, strings.TrimRight(text.String(), " "))
		}
	}
}

// words are the lines of a cell: its services, those of another side than the
// tailnet behind its name.
func words(c Cell) []string {
	switch {
	case c.Self:
		return []string{"-"}
	case len(c.Items) == 0:
		return []string{"."}
	}
	var lines []string
	for _, side := range sidesOf(c) {
		var names []string
		if side != schema.Tailnet {
			names = append(names, string(side)+":")
		}
		for _, item := range c.Items {
			if item.Side == side && item.State != reach.Closed {
				names = append(names, mark(item))
			}
		}
		lines = append(lines, wrap(names, " ", 99)...)
	}
	return lines
}

// mark is the name of a service, with a sign if it is not simply open.
func mark(item Item) string {
	switch item.State {
	case reach.Partly:
		return item.Service + "(partly)"
	case reach.Unknown:
		return item.Service + "(?)"
	}
	return item.Service
}

func sidesOf(c Cell) []schema.Side {
	var sides []schema.Side
	for _, item := range c.Items {
		if !slices.Contains(sides, item.Side) {
			sides = append(sides, item.Side)
		}
	}
	return sides
}

// wrap breaks a list of words into lines; of too many the first ones.
func wrap(names []string, separator string, most int) []string {
	if len(names) > most+1 {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", len(names)-most))
	}
	var lines []string
	for i, name := range names {
		if i < len(names)-1 {
			name += strings.TrimRight(separator, " ")
		}
		if n := len(lines) - 1; n >= 0 && utf8.RuneCountInString(lines[n])+1+utf8.RuneCountInString(name) <= cellWidth {
			lines[n] += " " + name
			continue
		}
		lines = append(lines, name)
	}
	return lines
}

// sentences tell how each service of a cell gets through, or why not.
func sentences(c Cell) []string {
	var all []string
	for _, item := range c.Items {
		name := item.Service
		if item.Ports != item.Service {
			name += " (" + item.Ports + ")"
		}
		if item.Side != "" {
			name += " over the " + string(item.Side)
		}
		if item.State != reach.Open {
			name += ", " + string(item.State)
		}
		if item.WhyNot != "" {
			all = append(all, name+": "+item.WhyNot)
		}
		for _, p := range item.Paths {
			way := ""
			if len(p.By) > 0 {
				way = " by " + strings.Join(p.By, ", ")
			}
			all = append(all, name+way+": "+p.Why)
		}
	}
	return all
}
