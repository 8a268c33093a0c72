package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
)

// validateOptions are what validate is told.
type validateOptions struct {
	document
	secretsFolder
	format, asOf string
}

func newValidate(s *system) *cobra.Command {
	o := &validateOptions{}
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Tell what is wrong with a document",
		Long: `Validate reads the document, resolves every host and judges the rules that a
document alone decides. All problems are reported in one run, each as

  file:line:column: path: message

with a hint where there is a way out. Waivers are judged as of today.`,
		Example: `  pantherctl validate
  pantherctl validate -f fleet/security.yaml --format github
  pantherctl validate --as-of 2027-01-01`,
		Args:              usage(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(*cobra.Command, []string) error { return o.run(s) },
	}
	o.document.flag(cmd)
	o.secretsFolder.flag(cmd)
	cmd.Flags().StringVar(&o.format, "format", string(report.Text), strings.Join(report.Formats(), ", "))
	complete(cmd, "format", report.Formats())
	cmd.Flags().StringVar(&o.asOf, "as-of", "", "judge the dates of waivers as on this day, YYYY-MM-DD")
	return cmd
}

func (o *validateOptions) run(s *system) error {
	if err := oneOf("--format", o.format, report.Formats()); err != nil {
		return err
	}
	day, err := o.day(s)
	if err != nil {
		return err
	}
	fleet, problems, err := o.resolve(s)
	if err != nil {
		return err
	}
	entries := report.Problems(problems)
	if fleet != nil {
		secrets, err := o.files(&o.document)
		if err != nil {
			return err
		}
		entries = report.Findings(check.Document(fleet, check.Input{AsOf: day, Secrets: secrets, Rules: o.rules(&o.document, defaultOutput), JudgeDates: true}))
	}
	if err := report.Write(s.out, report.Format(o.format), s.coloured(), entries); err != nil {
		return err
	}
	if report.Failed(entries) {
		return errFindings
	}
	return nil
}

func (o *validateOptions) day(s *system) (time.Time, error) {
	if o.asOf == "" {
		return s.now(), nil
	}
	day, err := time.Parse(time.DateOnly, o.asOf)
	if err != nil {
		return day, hint(fmt.Errorf("--as-of %q is not a date", o.asOf), "write it as "+time.DateOnly)
	}
	return day, nil
}

// secretsFolder is the flag that names the folder of encrypted secrets.
type secretsFolder struct{ secrets string }

func (f *secretsFolder) flag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.secrets, "secrets", "", `the folder of .age files (default "secrets" beside the document)`)
	must(cmd.MarkFlagDirname("secrets"))
}

// path returns the folder of encrypted secrets, which need not exist.
func (f *secretsFolder) path(d *document) string {
	if f.secrets != "" {
		return f.secrets
	}
	return filepath.Join(d.dir(), "secrets")
}

// rules returns the secrets.nix of a generated folder as seen from the folder
// of secrets, for agenix.
func (f *secretsFolder) rules(d *document, generated string) string {
	rules, err := filepath.Rel(f.path(d), filepath.Join(generated, "secrets.nix"))
	if err != nil { // one of them is absolute
		rules, _ = filepath.Abs(filepath.Join(generated, "secrets.nix"))
	}
	return shellWord(filepath.ToSlash(rules))
}

// files returns the .age files in the folder by slash-separated path.
func (f *secretsFolder) files(d *document) (map[string]bool, error) {
	dir := f.path(d)
	if f.secrets == "" {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return map[string]bool{}, nil
		}
	}
	files := map[string]bool{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(name, ".age") {
			files[name] = true
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hint(fmt.Errorf("--secrets %s: there is no such folder", dir), "create it, or leave --secrets out")
	}
	return files, err
}
