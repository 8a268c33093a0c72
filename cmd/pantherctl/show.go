package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pantherctl/pantherctl/schema/suggest"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/schema"
)

// showOptions are what show is told.
type showOptions struct {
	document
	host, prefix string
}

func newShow(s *system) *cobra.Command {
	o := &showOptions{}
	cmd := &cobra.Command{
		Use:   "show HOST [SETTING]",
		Short: "Print every setting of a host, and what set it",
		Long: `Show prints the settings of a host after level, roles and host are laid over
each other: what each is, and the place in the document that says so, or the
level with its reason. SETTING shows only what lies at or below it.`,
		Example: `  pantherctl show web
  pantherctl show web ssh.kex`,
		Args:              usage(cobra.RangeArgs(1, 2)),
		ValidArgsFunction: o.document.hosts(s),
		RunE: func(_ *cobra.Command, args []string) error {
			o.host = args[0]
			if len(args) == 2 {
				o.prefix = args[1]
			}
			return o.run(s)
		},
	}
	o.document.flag(cmd)
	return cmd
}

func (o *showOptions) run(s *system) error {
	fleet, err := o.fleet(s)
	if err != nil {
		return err
	}
	host, ok := fleet.Host(o.host)
	if !ok {
		return noHost(fleet, o.host)
	}
	settings := slices.DeleteFunc(host.All(), func(x schema.Setting) bool {
		return o.prefix != "" && !strings.HasPrefix(x.Path+".", o.prefix+".")
	})
	if len(settings) == 0 {
		var paths []string
		for _, x := range host.All() {
			paths = append(paths, x.Path)
		}
		way := "pantherctl show " + o.host + " prints all"
		if near := suggest.Nearest(o.prefix, paths); near != "" {
			way = fmt.Sprintf("did you mean %s?", near)
		}
		return hint(fmt.Errorf("%s has no setting %s", o.host, o.prefix), way)
	}
	return printSettings(s.out, settings)
}

// printSettings writes a line for each setting: path, value, origin. Few values
// are long, and only those go beyond their column.
func printSettings(w io.Writer, settings []schema.Setting) error {
	const widest = 40
	paths, values := 0, 0
	for _, x := range settings {
		paths = max(paths, utf8.RuneCountInString(x.Path))
		if n := utf8.RuneCountInString(report.Clean(x.Text)); n <= widest {
			values = max(values, n)
		}
	}
	for _, x := range settings {
		origins := make([]string, len(x.From))
		for i, from := range x.From {
			origins[i] = from.String()
			if r := from.Reason; r != nil {
				origins[i] += ": " + r.Why + " [" + r.Source + "]"
			}
		}
		_, err := fmt.Fprintf(w, "%-*s  %-*s  %s\n", paths, x.Path, values, report.Clean(x.Text), strings.Join(origins, "; "))
		if err != nil {
			return err
		}
	}
	return nil
}
