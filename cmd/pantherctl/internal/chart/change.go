package chart

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
)

// mostNamed is how many members one sentence names.
const mostNamed = 6

// WriteChanges says what changes open and close, and who is affected. Of the
// formats only text, JSON and Markdown tell changes.
func WriteChanges(w io.Writer, format Format, changes []reach.Change) error {
	if format == JSON {
		return changesJSON(w, changes)
	}
	b := bufio.NewWriter(w)
	before := ""
	if format == Markdown {
		before = "- "
	}
	for _, c := range changes {
		fmt.Fprintf(b, "%s%s\n", before, sentence(c))
		if c.Why != "" {
			fmt.Fprintf(b, "  %s\n", c.Why)
		}
	}
	fmt.Fprintln(b, summary(changes))
	return b.Flush()
}

// sentence is a change in words.
func sentence(c reach.Change) string {
	what := c.Ports.String()
	if c.Name != "" {
		what = c.Name
	}
	if len(c.Services) > 0 {
		what = fmt.Sprintf("%s (%s)", strings.Join(c.Services, ", "), what)
	}
	from, to := short(c.From, mostNamed), short(c.To, mostNamed)
	switch c.Effect {
	case reach.Unjudges:
		return fmt.Sprintf("unknown from now on: what %s reach on %s over the %s", from, to, c.Side)
	case reach.Judges:
		return fmt.Sprintf("known from now on: what %s reach on %s over the %s", from, to, c.Side)
	case reach.Unlimits:
		return fmt.Sprintf("unlimits %s from %s to %s over the %s: the rate per source is gone", what, from, to, c.Side)
	case reach.Limits:
		return fmt.Sprintf("limits %s from %s to %s over the %s", what, from, to, c.Side)
	}
	return fmt.Sprintf("%s %s from %s to %s over the %s", c.Effect, what, from, to, c.Side)
}

// summary counts the changes and names the targets they are about.
func summary(changes []reach.Change) string {
	if len(changes) == 0 {
		return "nothing opens, nothing closes"
	}
	wider, hosts := 0, []string(nil)
	for _, c := range changes {
		if c.Effect.Widens() {
			wider++
		}
		for _, name := range c.To {
			if !slices.Contains(hosts, name) {
				hosts = append(hosts, name)
			}
		}
	}
	slices.Sort(hosts)
	return fmt.Sprintf("%d widen, %d narrow; affected: %s", wider, len(changes)-wider, short(hosts, 2*mostNamed))
}

func changesJSON(w io.Writer, changes []reach.Change) error {
	type change struct {
		Effect   reach.Effect `json:"effect"`
		Widens   bool         `json:"widens"`
		From     []string     `json:"from"`
		To       []string     `json:"to"`
		Side     string       `json:"side"`
		Ports    string       `json:"ports"`
		Name     string       `json:"name,omitempty"` // of a site behind a proxy or tunnel
		Services []string     `json:"services"`
		Why      string       `json:"why,omitempty"`
	}
	list := []change{}
	for _, c := range changes {
		list = append(list, change{c.Effect, c.Effect.Widens(), c.From, c.To, string(c.Side), c.Ports.String(), c.Name, append([]string{}, c.Services...), c.Why})
	}
	return encode(w, struct {
		Changes []change `json:"changes"`
	}{list})
}

// WriteDisagreements says where a document and the final rules differ.
func WriteDisagreements(w io.Writer, list []reach.Disagreement) error {
	b := bufio.NewWriter(w)
	for _, d := range list {
		if len(d.More) > 0 {
			fmt.Fprintf(b, "the final rules let more in than the document says: %s from %s to %s over the %s\n", d.More, d.From, d.To, d.Side)
		}
		if len(d.Less) > 0 {
			fmt.Fprintf(b, "the final rules let less in than the document says: %s from %s to %s over the %s\n", d.Less, d.From, d.To, d.Side)
		}
		if d.Unknown != "" {
			fmt.Fprintf(b, "%s to %s over the %s: %s\n", d.From, d.To, d.Side, d.Unknown)
		}
	}
	return b.Flush()
}
