package chart

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// writeMarkdown writes the table and, below it, how each service gets through.
func writeMarkdown(w io.Writer, c *Chart) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# Who reaches whom in %s\n\n", c.Fleet)
	b.WriteString("Rows send, columns receive. What is not named is closed.\n\n| from \\ to |")
	for _, column := range c.Columns {
		fmt.Fprintf(b, " %s |", column.Title())
	}
	fmt.Fprintf(b, "\n|---|%s\n", strings.Repeat("---|", len(c.Columns)))
	for i, row := range c.Rows {
		fmt.Fprintf(b, "| **%s** |", row.Title())
		for j := range c.Columns {
			text := strings.Join(words(c.Cells[i][j]), " ")
			if text == "." {
				text = ""
			}
			fmt.Fprintf(b, " %s |", text)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n## Paths\n")
	for i, row := range c.Rows {
		for j, column := range c.Columns {
			if len(c.Cells[i][j].Items) == 0 {
				continue
			}
			fmt.Fprintf(b, "\n### %s → %s\n\n", row.Title(), column.Title())
			for _, text := range sentences(c.Cells[i][j]) {
				fmt.Fprintf(b, "- %s\n", text)
			}
		}
	}
	return b.Flush()
}
