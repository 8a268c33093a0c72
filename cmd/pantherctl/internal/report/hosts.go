package report

import (
	"bufio"
	"fmt"
	"io"
)

// ByHost writes entries for people by host, the worst first; [Write] has them by
// their place in the document. The count comes last.
func ByHost(w io.Writer, colour bool, entries []Entry) error {
	b := bufio.NewWriter(w)
	for _, g := range byHost(unpassed(Sorted(entries))) {
		fmt.Fprintf(b, "\n%s: %s\n", g.name(), Count(g.Entries))
		for _, e := range g.Entries {
			writeEntry(b, colour, e)
		}
	}
	if len(unpassed(entries)) > 0 {
		fmt.Fprintln(b)
	}
	fmt.Fprintln(b, Count(entries))
	return b.Flush()
}
