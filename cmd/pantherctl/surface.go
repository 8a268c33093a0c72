package main

import (
	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/chart"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
)

// surfaceOptions are what surface is told.
type surfaceOptions struct {
	document
	host, format string
}

func newSurface(s *system) *cobra.Command {
	o := &surfaceOptions{}
	cmd := &cobra.Command{
		Use:   "surface HOST",
		Short: "List exactly what a host exposes, to whom, and why",
		Long: `Surface lists what the firewall of a host lets in: on which interface and
address, who reaches it, and the line of the document that opens it. What only
the tailnet's policy keeps closed, what answers while the host boots and what
NixOS lets in by itself are there too.`,
		Example: `  pantherctl surface web
  pantherctl surface web --format json`,
		Args:              usage(cobra.ExactArgs(1)),
		ValidArgsFunction: o.document.hosts(s),
		RunE: func(_ *cobra.Command, args []string) error {
			o.host = args[0]
			return o.run(s)
		},
	}
	o.document.flag(cmd)
	formats := []string{string(chart.Text), string(chart.JSON)}
	cmd.Flags().StringVar(&o.format, "format", string(chart.Text), "text or json")
	complete(cmd, "format", formats)
	return cmd
}

func (o *surfaceOptions) run(s *system) error {
	if err := oneOf("--format", o.format, []string{string(chart.Text), string(chart.JSON)}); err != nil {
		return err
	}
	fleet, err := o.fleet(s)
	if err != nil {
		return err
	}
	if _, ok := fleet.Host(o.host); !ok {
		return noHost(fleet, o.host)
	}
	network := reach.New(fleet)
	member, _ := network.Member(o.host)
	list, unknown := network.Surface(member)
	return chart.WriteSurface(s.out, chart.Format(o.format), o.host, list, unknown)
}
