package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// defaultOutput is the folder of generated files.
const defaultOutput = "generated"

// generateOptions are what generate is told.
type generateOptions struct {
	document
	secretsFolder
	dir   string
	check bool
	hosts []string // nil for all
	git   run.Runner
}

func newGenerate(s *system) *cobra.Command {
	o := &generateOptions{git: run.System{}}
	cmd := &cobra.Command{
		Use:   "generate [HOST...]",
		Short: "Write the NixOS modules of a fleet, or of some hosts",
		Long: `Generate writes hosts/HOST/default.nix and one file per concern for every host,
secrets.nix for agenix, a default.nix that a flake imports and, for a fleet with
a tailnet, its policy, tailnet/policy.hujson. To tests/ it writes NixOS tests of
what the document says, which vmtest runs. Nothing is written if the document or
any host has an error. Files that are as they should be stay untouched, files
that are no longer generated are removed, and files that pantherctl did not
write are never changed: manifest.json lists its own.

With --check nothing is written. What would change is shown as a diff, and the
exit code is 1 if there is anything.`,
		Example: `  pantherctl generate
  pantherctl generate -o nix/security yoga zephyrus
  pantherctl generate --check`,
		ValidArgsFunction: o.document.hosts(s),
		RunE: func(_ *cobra.Command, args []string) error {
			o.hosts = args
			return o.run(s)
		},
	}
	o.document.flag(cmd)
	o.secretsFolder.flag(cmd)
	cmd.Flags().StringVarP(&o.dir, "output", "o", defaultOutput, "the folder to write to")
	must(cmd.MarkFlagDirname("output"))
	cmd.Flags().BoolVar(&o.check, "check", false, "show what would change and write nothing")
	return cmd
}

func (o *generateOptions) run(s *system) error {
	if err := o.folder(s); err != nil {
		return err
	}
	fleet, err := o.fleet(s)
	if err != nil {
		return err
	}
	if err := o.known(fleet); err != nil {
		return err
	}
	if err := o.judge(s, fleet); err != nil {
		return err
	}
	files, err := gen.Generate(fleet, filepath.Base(o.name()), o.hosts)
	if err != nil {
		return fmt.Errorf("cannot generate: %w", err)
	}
	if o.check {
		return o.compare(s, fleet, files)
	}
	return o.write(s, fleet, files)
}

// folder refuses to write where nobody means to.
func (o *generateOptions) folder(s *system) error {
	dir, err := filepath.Abs(o.dir)
	switch {
	case err != nil:
		return err
	case o.dir == "", dir == "/", dir == filepath.Clean(s.getenv("HOME")):
		return hint(fmt.Errorf("%q is not a folder of its own for generated files", o.dir), "-o generated")
	}
	return nil
}

// known checks the hosts asked for.
func (o *generateOptions) known(fleet *policy.Fleet) error {
	for _, h := range o.hosts {
		if _, ok := fleet.Host(h); !ok {
			return noHost(fleet, h)
		}
	}
	return nil
}

// judge writes the findings of the hosts to generate. Errors that keep them
// from being written are errFindings. Dates are not judged: what is written
// must not depend on the day.
func (o *generateOptions) judge(s *system, fleet *policy.Fleet) error {
	secrets, err := o.files(&o.document)
	if err != nil {
		return err
	}
	entries := report.Findings(check.Document(fleet, check.Input{Secrets: secrets, Rules: o.rules(&o.document, o.dir)}))
	if len(entries) == 0 {
		return nil
	}
	if err := report.Write(s.out, report.Text, s.coloured(), entries); err != nil {
		return err
	}
	if report.Failed(entries) {
		return errFindings
	}
	return nil
}

// keep returns which files of other runs stay when only some hosts are
// generated: all but those of these hosts, and of hosts that are gone.
func (o *generateOptions) keep(fleet *policy.Fleet) func(string) bool {
	if len(o.hosts) == 0 {
		return nil
	}
	return func(name string) bool {
		test, isTest := strings.CutPrefix(name, "tests/hosts/")
		below, ok := strings.CutPrefix(name, "hosts/")
		if !ok && !isTest {
			return !slices.Contains([]string{"secrets.nix", "default.nix", gen.TailnetFile}, name)
		}
		host, _, _ := strings.Cut(below, "/")
		if isTest {
			host = strings.TrimSuffix(test, ".nix")
		}
		_, exists := fleet.Host(host)
		return exists && !slices.Contains(o.hosts, host)
	}
}

// compare shows the difference between the folder and what would be there.
func (o *generateOptions) compare(s *system, fleet *policy.Fleet, files []gen.File) error {
	dir := os.DirFS(o.dir)
	if root, err := os.OpenRoot(o.dir); err == nil {
		defer root.Close() // only read
		dir = root.FS()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return o.explain(err)
	}
	changes, err := gen.Plan(dir, files, o.keep(fleet))
	if err != nil {
		return o.explain(err)
	}
	read, write := io.Pipe() // as a whole the difference is as long as all files
	defer read.Close()       // which ends who writes
	go func() {
		err := gen.Diff(write, dir, changes)
		if err != nil {
			err = o.explain(err)
		}
		write.CloseWithError(err)
	}()
	diff := bufio.NewReader(read)
	if _, err := diff.Peek(1); errors.Is(err, io.EOF) {
		return nil
	}
	return cmp.Or(report.Diff(s.out, s.coloured(), diff), errFindings)
}

func (o *generateOptions) write(s *system, fleet *policy.Fleet, files []gen.File) error {
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return o.explain(err)
	}
	root, err := os.OpenRoot(o.dir)
	if err != nil {
		return o.explain(err)
	}
	defer root.Close() // its files are closed one by one
	changes, err := gen.Plan(root.FS(), files, o.keep(fleet))
	if err != nil {
		return o.explain(err)
	}
	if err := gen.Write(root, changes); err != nil {
		return o.explain(err)
	}
	fmt.Fprintf(s.out, "%s: %d written, %d removed, %d unchanged\n",
		report.Clean(o.dir), len(changes.Write), len(changes.Remove), changes.Unchanged)
	return o.untracked(s, changes.Listed)
}

// explain adds the folder and the way out to an error of writing.
func (o *generateOptions) explain(err error) error {
	var way string
	conflict, ok := errors.AsType[*gen.ConflictError](err)
	switch {
	case ok:
		way = conflictHint(conflict)
	case errors.Is(err, gen.ErrManifest):
		way = "restore it from version control, or remove it: then files that differ are named"
	case errors.Is(err, fs.ErrPermission):
		way = "-o names another folder"
	case errors.Is(err, fs.ErrExist):
		way = "another pantherctl may be writing there; if none is, remove that file"
	default:
		way = "once that is mended, run it again: what was begun is then finished"
	}
	return hint(fmt.Errorf("%s: %w", o.dir, err), way)
}

func conflictHint(e *gen.ConflictError) string {
	names := make([]string, 0, len(e.Conflicts))
	for _, c := range e.Conflicts {
		names = append(names, c.Path)
	}
	return "move away or rename: " + strings.Join(names, ", ")
}

// untracked names the files that a flake does not see.
func (o *generateOptions) untracked(s *system, files []string) error {
	if !inWorkTree(o.dir) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	u, err := run.GitUntracked(ctx, o.git, o.dir, files)
	if err != nil {
		return fmt.Errorf("the files are written, but git does not say which it tracks: %w", err)
	}
	if len(u.Files) == 0 {
		return nil
	}
	fmt.Fprintf(s.out, "git does not track these yet, so a flake does not see them:\n")
	const shown = 20
	for _, f := range u.Files[:min(shown, len(u.Files))] {
		fmt.Fprintf(s.out, "  %s\n", report.Clean(filepath.Join(o.dir, f)))
	}
	if more := len(u.Files) - shown; more > 0 {
		fmt.Fprintf(s.out, "  and %d more\n", more)
	}
	fmt.Fprintf(s.out, "add them with:\n  %s\n", gitAdd(o.dir, u))
	return nil
}

// inWorkTree reports whether a folder above has a .git, which spares everyone
// else the run of a program.
func inWorkTree(dir string) bool {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		above := filepath.Dir(dir)
		if above == dir {
			return false
		}
		dir = above
	}
}

// gitAdd returns the line that makes git track the files.
func gitAdd(dir string, u run.Untracked) string {
	words := []string{"git", "add"}
	if u.Ignored {
		words = append(words, "--force")
	}
	words = append(words, "--")
	if u.All {
		words = append(words, shellWord(dir))
	} else {
		for _, f := range u.Files {
			words = append(words, shellWord(filepath.Join(dir, f)))
		}
	}
	return strings.Join(words, " ")
}

// shellWord quotes a word for a shell where it needs to be.
func shellWord(s string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:@%", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !safe(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(report.Clean(s), "'", `'\''`) + "'"
}
