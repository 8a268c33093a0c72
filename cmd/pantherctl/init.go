package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/testdata"
)

// initOptions are what init is told.
type initOptions struct {
	fleet string // the example to start from
	file  string // "-" is standard output
}

func newInit(s *system) *cobra.Command {
	o := &initOptions{}
	cmd := &cobra.Command{
		Use:   "init [pantheros|homelab]",
		Short: "Write a document to start from",
		Long: `Init writes one of two fleets as a commented document: pantheros, two
workstations and two servers that reach each other by Tailscale only, or
homelab, a laptop and a home server. A file that exists is never overwritten.`,
		Example: `  pantherctl init
  pantherctl init homelab -o fleet/security.yaml`,
		Args:      usage(cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)),
		ValidArgs: testdata.Fleets(),

		RunE: func(_ *cobra.Command, args []string) error {
			o.fleet = append(args, testdata.Fleets()[0])[0]
			return o.run(s)
		},
	}
	cmd.Flags().StringVarP(&o.file, "output", "o", "security.yaml", "the file to write, - for standard output")
	must(cmd.MarkFlagFilename("output", "yaml", "yml"))
	return cmd
}

func (o *initOptions) run(s *system) error {
	text, err := testdata.Fleet(o.fleet)
	if err != nil {
		return err
	}
	if o.file == "-" {
		_, err := s.out.Write(text)
		return err
	}
	f, err := os.OpenFile(o.file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return hint(fmt.Errorf("%s exists already", o.file), "-o names another file")
	case err != nil:
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: written; its hosts, users and keys are an example that nobody can log in with: put yours in, then run pantherctl validate\n", report.Clean(o.file))
	return nil
}
