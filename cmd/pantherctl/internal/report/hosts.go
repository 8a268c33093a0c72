package report

import (
	"bufio"
	"fmt"
	"io"
)

// ByHost writes entries for people by host, the worst first; [Write] has them by
// their place in the document. The count comes last.
func ByHost(w io.Writer, colour bool, entries []Entry) error {
	all, b := sorted([][]Entry{entries}), bufio.NewWriter(w)
	open := unpassed(all)
	for _, g := range byHost(open) {
		fmt.Fprintf(b, "\n%s: %s\n", g.name(), count(g.Entries))
		for _, e := range g.Entries {
			writeEntry(b, colour, *e)
		}
	}
	if len(open) > 0 {
		fmt.Fprintln(b)
	}
	fmt.Fprintln(b, count(all))
	return b.Flush()
}
