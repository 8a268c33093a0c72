package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/chart"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
	"github.com/pantherctl/pantherctl/schema/suggest"
)

// reachOptions are what reach is told.
type reachOptions struct {
	document
	filter       chart.Filter
	format       string
	diff, failOn string
	facts        string
}

func newReach(s *system) *cobra.Command {
	o := &reachOptions{}
	cmd := &cobra.Command{
		Use:   "reach",
		Short: "Tell who can reach whom, by which path and why",
		Long: `Reach tells for every pair of hosts, devices and strangers which services get
through, over which side, and which lines of the document let them: what the
tailnet's policy grants and the host's firewall lets in. Members that nothing
tells apart share a row. With --from and --to it also tells why a service is
closed.

With --diff OLD, a file or a git revision, it tells in words what opens and
closes from there to the document, and who is affected. With --fail-on widen
the exit code is 1 if more gets through than before.

With --facts FILE, what the facts of the evaluated hosts say of their final
nftables rules takes the place of the document's openings, and any difference
between the two is told; then the exit code is 1.

The LANs of all hosts count as one, and a router as forwarding nothing.`,
		Example: `  pantherctl reach
  pantherctl reach --from workstation --to web --service https
  pantherctl reach --format html > reach.html
  pantherctl reach --diff HEAD --fail-on widen`,
		Args:              usage(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), s) },
	}
	o.document.flag(cmd)
	cmd.Flags().StringVar(&o.filter.From, "from", "", "only what these send: a host, role, device, user, everyone, lan, container or internet")
	cmd.Flags().StringVar(&o.filter.To, "to", "", "only what these receive: a host, role, everyone or internet")
	cmd.Flags().StringVar(&o.filter.Service, "service", "", "only this service, or any")
	cmd.Flags().StringVar(&o.format, "format", string(chart.Text), "text, json, markdown, svg or html")
	complete(cmd, "format", chart.Formats())
	cmd.Flags().StringVar(&o.diff, "diff", "", "a file or git revision to tell the difference from")
	cmd.Flags().StringVar(&o.facts, "facts", "", "a file of evaluated facts, as check --save-facts writes it: judge their final nftables rules")
	cmd.Flags().StringVar(&o.failOn, "fail-on", "", "with --diff: widen makes it an error that more gets through")
	complete(cmd, "fail-on", []string{"widen"})
	return cmd
}

func (o *reachOptions) run(ctx context.Context, s *system) error {
	if err := o.check(); err != nil {
		return err
	}
	fleet, err := o.fleet(s)
	if err != nil {
		return err
	}
	network := reach.New(fleet)
	if o.diff != "" {
		return o.compare(ctx, s, network)
	}
	if err := o.known(network); err != nil {
		return err
	}
	if o.facts != "" {
		return o.evaluated(s, network)
	}
	return o.write(s, network)
}

// write writes the chart of a network. Rules are in it as the facts have them:
// what people read is cleaned, other forms escape by themselves.
func (o *reachOptions) write(s *system, network *reach.Network) error {
	var text strings.Builder
	format := chart.Format(o.format)
	if err := chart.Write(&text, format, chart.New(network, o.filter), o.filter); err != nil {
		return err
	}
	written := text.String()
	if format == chart.Text || format == chart.Markdown {
		written = report.Clean(written)
	}
	_, err := io.WriteString(s.out, written)
	return err
}

// evaluated writes who reaches whom by the final rules of the hosts, and where
// the document says otherwise.
func (o *reachOptions) evaluated(s *system, document *reach.Network) error {
	text, err := os.ReadFile(o.facts)
	if err != nil {
		return hint(err, savingFacts)
	}
	rules, err := reach.ReadFacts(text)
	if err != nil {
		return hint(fmt.Errorf("--facts %s: %w", o.facts, err), savingFacts)
	}
	network := reach.WithRules(document.Fleet, rules)
	if err := o.write(s, network); err != nil {
		return err
	}
	differences := reach.Compare(document, network)
	to := s.out
	if chart.Format(o.format) != chart.Text {
		to = s.err // the other forms are one document each
	}
	var told strings.Builder
	if err := chart.WriteDisagreements(&told, differences); err != nil {
		return err
	}
	if _, err := io.WriteString(to, report.Clean(told.String())); err != nil || len(differences) == 0 {
		return err
	}
	return errFindings
}

// check checks the flags before anything is read.
func (o *reachOptions) check() error {
	if err := oneOf("--format", o.format, chart.Formats()); err != nil {
		return err
	}
	switch picture := chart.Format(o.format) == chart.SVG || chart.Format(o.format) == chart.HTML; {
	case o.diff == "" && o.failOn != "":
		return hint(errors.New("--fail-on is about a difference"), "name what to compare with: --diff HEAD")
	case o.diff != "" && picture:
		return hint(fmt.Errorf("a difference has no form %s", o.format), "write one of text, json, markdown")
	case o.diff != "" && o.facts != "":
		return hint(errors.New("--diff compares documents, --facts a document with its evaluation"), "give one of them")
	case o.diff != "" && o.filter != chart.Filter{}:
		return hint(errors.New("--diff tells all that differs"), "leave out --from, --to and --service")
	case o.failOn != "":
		return oneOf("--fail-on", o.failOn, []string{"widen"})
	}
	return nil
}

// known checks that the names of the filter are somebody's.
func (o *reachOptions) known(n *reach.Network) error {
	var froms, tos []string
	for _, m := range n.Members {
		froms = append(froms, m.Name)
		if m.Kind == reach.Host || m.Kind == reach.Subnet || m == n.Internet {
			tos = append(tos, m.Name)
		}
	}
	roles := append(n.Fleet.Roles.Keys(), schema.Everyone)
	users := n.Fleet.Users.Keys()
	services := slices.Concat(n.Services, n.Fleet.Fleet.Services.Keys(), schema.KnownServices(), []string{schema.Any})
	for _, f := range []struct {
		flag, value string
		known       []string
	}{
		{"--from", o.filter.From, slices.Concat(froms, roles, users)},
		{"--to", o.filter.To, slices.Concat(tos, roles, n.Fleet.Networks.Keys())},
		{"--service", o.filter.Service, services},
	} {
		if f.value == "" || slices.Contains(f.known, f.value) {
			continue
		}
		way := "pantherctl reach shows everybody and every service"
		if near := suggest.Nearest(f.value, f.known); near != "" {
			way = fmt.Sprintf("did you mean %s?", near)
		}
		return hint(fmt.Errorf("%s %q is nothing in this fleet", f.flag, f.value), way)
	}
	return nil
}

// compare writes what differs from another document.
func (o *reachOptions) compare(ctx context.Context, s *system, now *reach.Network) error {
	old, problems, err := o.older(ctx)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		err := report.Write(s.err, report.Text, false, report.Problems(problems))
		return errors.Join(err, hint(fmt.Errorf("--diff %s: the document there is not right", o.diff), "compare with one that validates"))
	}
	changes := reach.Diff(reach.New(old), now)
	if err := chart.WriteChanges(s.out, chart.Format(o.format), changes); err != nil {
		return err
	}
	if o.failOn == "widen" && slices.ContainsFunc(changes, func(c reach.Change) bool { return c.Effect.Widens() }) {
		return errFindings
	}
	return nil
}

// older resolves the document to compare with: the file of that name or, if
// there is none, the document as of that revision.
func (o *reachOptions) older(ctx context.Context) (*policy.Fleet, schema.Diagnostics, error) {
	if _, err := os.Stat(o.diff); err == nil {
		src, err := readRegular(o.diff)
		if err != nil {
			return nil, nil, err
		}
		return resolveText(path.Clean(o.diff), src, readRegular)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if o.file == "-" {
		return nil, nil, hint(fmt.Errorf("--diff %s: there is no such file", o.diff), "a revision needs a document with a name: -f security.yaml")
	}
	read := func(name string) ([]byte, error) {
		src, err := run.GitFile(ctx, run.System{}, o.diff, name)
		if err == nil && len(src) > schema.MaxBytes {
			err = schema.ErrTooLarge
		}
		return src, err
	}
	src, err := read(o.name())
	if err != nil {
		return nil, nil, hint(fmt.Errorf("--diff %s: neither a file nor a revision that holds %s", o.diff, o.name()), strings.TrimSpace(err.Error()))
	}
	return resolveText(o.diff+":"+o.name(), src, func(name string) ([]byte, error) {
		return read(strings.TrimPrefix(name, o.diff+":"))
	})
}

func resolveText(name string, src []byte, read schema.ReadFile) (*policy.Fleet, schema.Diagnostics, error) {
	loaded, problems := schema.Load(name, src, read)
	if len(problems) > 0 {
		return nil, problems, nil
	}
	fleet, problems := policy.Resolve(loaded)
	return fleet, problems, nil
}
