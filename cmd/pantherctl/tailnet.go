package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/tailnet"
)

func newTailnet(s *system) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tailnet",
		Short: "Work on the access policy of a tailnet",
		Long:  `Tailnet works on policy files of Tailscale, generated ones and any others.`,
		Args:  usage(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTailnetCheck(s), newTailnetDiff(s), newTailnetPush(s))
	return cmd
}

// tailnetCheckOptions are what tailnet check is told.
type tailnetCheckOptions struct {
	policyFile
	format string
}

func newTailnetCheck(s *system) *cobra.Command {
	o := &tailnetCheckOptions{}
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Tell what is wrong or doubtful in a policy file",
		Long: `Check reads a policy file (HuJSON) and reports what the service would refuse, in
the service's words, and what its author may not mean: a policy that allows
everything because grants is missing, misspelt names, rules that open nothing,
exit nodes that nobody may use, missing tests. The file's own tests are run,
with one imagined machine for each user and tag. Without FILE it is the
generated policy; - is standard input.

No network is needed and nothing is sent.`,
		Example: `  pantherctl tailnet check
  pantherctl tailnet check --format github policy.hujson`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			o.name(args)
			return o.run(s)
		},
	}
	cmd.Flags().StringVar(&o.format, "format", string(report.Text), strings.Join(report.Formats(), ", "))
	complete(cmd, "format", report.Formats())
	return cmd
}

func (o *tailnetCheckOptions) run(s *system) error {
	if err := oneOf("--format", o.format, report.Formats()); err != nil {
		return err
	}
	text, err := o.read(s)
	if err != nil {
		return err
	}
	entries := o.entries(tailnet.Lint(text))
	if err := report.Write(s.out, report.Format(o.format), s.coloured(), entries); err != nil {
		return err
	}
	if report.Failed(entries) {
		return errFindings
	}
	return nil
}

// policyFile is the argument that names a policy file.
type policyFile struct {
	file string // "-" is standard input
}

// name takes the file from the arguments: the generated one if there is none.
func (p *policyFile) name(args []string) {
	p.file = filepath.FromSlash(defaultOutput + "/" + gen.TailnetFile)
	if len(args) > 0 {
		p.file = args[0]
	}
}

// title returns what positions call the file.
func (p *policyFile) title() string {
	if p.file == "-" {
		return stdinName
	}
	return filepath.ToSlash(filepath.Clean(p.file))
}

func (p *policyFile) read(s *system) ([]byte, error) {
	if p.file == "-" {
		return limited(s.in)
	}
	text, err := readRegular(p.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = hint(err, "pantherctl generate writes one for a fleet with a tailnet; or name a policy file (HuJSON)")
	case errors.Is(err, errNotRegular):
		err = hint(err, "- reads standard input")
	}
	return text, err
}

// entries puts findings into our form: what the service refuses is an error,
// the rest are warnings.
func (p *policyFile) entries(findings []tailnet.Finding) []report.Entry {
	entries := make([]report.Entry, len(findings))
	for i, f := range findings {
		entries[i] = report.Entry{
			Severity: rule.Warning, Status: check.Fail, File: p.title(), Line: f.At.Line, Column: f.At.Column,
			Message: f.Message, Hint: f.Hint,
		}
		if f.Rejected {
			entries[i].Severity = rule.Error
		}
	}
	return entries
}
