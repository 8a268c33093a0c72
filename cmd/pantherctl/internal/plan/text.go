package plan

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
)

// Write writes hosts for people: what changes in meaning, then what it is made
// of, and how much that is.
func Write(w io.Writer, hosts []Host, coloured bool) error {
	t := &texter{coloured: coloured}
	for i := range hosts {
		t.host(&hosts[i])
	}
	t.counts(hosts)
	_, err := io.WriteString(w, t.String())
	return err
}

// texter gathers lines.
type texter struct {
	strings.Builder
	coloured bool
}

func (t *texter) host(h *Host) {
	if !h.Differs() {
		return
	}
	fmt.Fprintf(t, "%s\n", report.Clean(h.Name))
	object := 0
	for _, c := range h.Changes {
		object = max(object, min(len(c.Object), 48))
	}
	for _, c := range h.Changes {
		line := fmt.Sprintf("%-10s  %-*s  %s", c.Area, object, c.Object, values(c))
		fmt.Fprintf(t, "  %s  %s\n", t.mark(c.Mark), strings.TrimRight(oneLine(line), " "))
	}
	for _, why := range h.Reboot {
		fmt.Fprintf(t, "  reboot   %s\n", oneLine(why))
	}
	for _, why := range h.Inhibited {
		fmt.Fprintf(t, "  refused  a live switch, by %s\n", oneLine(why))
	}
	if h.Activation != nil {
		for _, name := range h.Activation.Failed {
			fmt.Fprintf(t, "  refused  a switch, by the check %s\n", oneLine(name))
		}
	}
	t.closure(h)
}

// values says how an object differs.
func values(c Change) string {
	var s string
	switch {
	case c.Area == AreaUnit && c.Old == "":
		s = c.New
	case c.Old == "":
		s = "+ " + c.New
	case c.New == "":
		s = "- " + c.Old
	default:
		s = c.Old + " -> " + c.New
	}
	if c.Note != "" {
		s += " (" + c.Note + ")"
	}
	return s
}

func oneLine(s string) string { return strings.ReplaceAll(report.Clean(s), "\n", "; ") }

// mark pads a mark, and colours what widens.
func (t *texter) mark(m Mark) string {
	s := fmt.Sprintf("%-7s", m)
	switch {
	case !t.coloured || m == Neutral:
		return s
	case m == Widens:
		return "\x1b[31m" + s + "\x1b[0m"
	}
	return "\x1b[32m" + s + "\x1b[0m"
}

func (t *texter) closure(h *Host) {
	c := h.Closure
	if !c.differs() {
		if h.Old != h.New && h.Old != "" && len(h.Changes) == 0 {
			fmt.Fprintf(t, "  system   %s\n", oneLine(pathChange(h.Old, h.New)))
		}
		return
	}
	if len(c.Packages) > 0 {
		words := make([]string, len(c.Packages))
		for i, p := range c.Packages {
			words[i] = p.String()
		}
		what := "packages"
		if c.Inputs {
			what = "built from"
		}
		fmt.Fprintf(t, "  %s: %s\n", what, oneLine(list(words)))
	}
	if c.OldBytes > 0 && c.NewBytes > 0 {
		fmt.Fprintf(t, "  size: %s -> %s (%+.1f MiB)\n", mebibytes(c.OldBytes), mebibytes(c.NewBytes), float64(c.NewBytes-c.OldBytes)/(1<<20))
	}
}

func mebibytes(n int64) string { return fmt.Sprintf("%.0f MiB", math.Round(float64(n)/(1<<20))) }

// counts ends the text: one line.
func (t *texter) counts(hosts []Host) {
	marks, changes := map[Mark]int{}, 0
	var differ, reboot, refused []string
	for i := range hosts {
		h := &hosts[i]
		if h.Differs() {
			differ = append(differ, h.Name)
		}
		for _, m := range []Mark{Widens, Narrows, Neutral} {
			marks[m] += h.Marked(m)
		}
		changes += len(h.Changes)
		if len(h.Reboot) > 0 {
			reboot = append(reboot, h.Name)
		}
		if len(h.Inhibited) > 0 || h.Activation != nil && len(h.Activation.Failed) > 0 {
			refused = append(refused, h.Name)
		}
	}
	if len(differ) == 0 {
		fmt.Fprintf(t, "nothing changes on %s\n", counted(len(hosts), "host"))
		return
	}
	fmt.Fprintf(t, "%s on %d of %s: %d widening, %d narrowing, %d neutral", counted(changes, "change"), len(differ), counted(len(hosts), "host"),
		marks[Widens], marks[Narrows], marks[Neutral])
	if len(reboot) > 0 {
		fmt.Fprintf(t, "; reboot: %s", oneLine(list(reboot)))
	}
	if len(refused) > 0 {
		fmt.Fprintf(t, "; no live switch: %s", oneLine(list(refused)))
	}
	t.WriteString("\n")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
