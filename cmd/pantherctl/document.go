package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/pantherctl/pantherctl/schema/suggest"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/report"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// stdinName is the document's name where it comes from standard input.
const stdinName = "stdin"

// document is the flag that names the fleet's document.
type document struct {
	file string // "-" is standard input
}

func (d *document) flag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&d.file, "file", "f", "security.yaml", "the fleet's document, - for standard input")
	must(cmd.MarkFlagFilename("file", "yaml", "yml"))
}

// name returns what positions call the document.
func (d *document) name() string {
	if d.file == "-" {
		return stdinName
	}
	return filepath.ToSlash(filepath.Clean(d.file))
}

// dir returns the folder of the document.
func (d *document) dir() string {
	if d.file == "-" {
		return "."
	}
	return filepath.Dir(d.file)
}

// load reads the document. The error says that there is none to read; what is
// wrong with one is among the diagnostics.
func (d *document) load(s *system) (*schema.Fleet, schema.Diagnostics, error) {
	src, err := d.read(s)
	switch {
	case errors.Is(err, schema.ErrTooLarge):
		return nil, schema.Diagnostics{{Pos: schema.Pos{File: d.name()}, Message: "the file is " + err.Error()}}, nil
	case err != nil:
		return nil, nil, err
	}
	fleet, problems := schema.Load(d.name(), src, readRegular)
	return fleet, problems, nil
}

// resolve reads the document and lays its layers over each other. Problems of
// both steps are returned together, but for those of the second that another
// at or inside the same place explains. The fleet is nil if there are any.
func (d *document) resolve(s *system) (*policy.Fleet, schema.Diagnostics, error) {
	go policy.Levels(policy.NewestVersion) // which takes as long as the document, and another core
	loaded, problems, err := d.load(s)
	if err != nil || loaded == nil {
		return nil, problems, err
	}
	fleet, more := policy.Resolve(loaded)
	for _, m := range more {
		if !explained(m, problems) {
			problems = append(problems, m)
		}
	}
	if len(problems) > 0 {
		return nil, problems.Sorted(), nil
	}
	return fleet, nil, nil
}

// fleet returns the resolved fleet, or writes what is wrong with it.
func (d *document) fleet(s *system) (*policy.Fleet, error) {
	fleet, problems, err := d.resolve(s)
	if err == nil && fleet == nil {
		err = report.Write(s.out, report.Text, s.coloured(), report.Problems(problems))
		if err == nil {
			err = errFindings
		}
	}
	return fleet, err
}

// chosen returns the hosts of these names, each once; all of them for none.
func chosen(fleet *policy.Fleet, names []string) ([]*policy.Host, error) {
	if len(names) == 0 {
		return fleet.Hosts, nil
	}
	var hosts []*policy.Host
	for _, name := range names {
		h, ok := fleet.Host(name)
		if !ok {
			return nil, noHost(fleet, name)
		}
		if !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	return hosts, nil
}

// noHost says that the fleet has no host of a name.
func noHost(fleet *policy.Fleet, name string) error {
	known := fleet.Fleet.Hosts.Keys()
	slices.Sort(known)
	way := "its hosts are " + strings.Join(known[:min(len(known), 20)], ", ")
	if near := suggest.Nearest(name, known); near != "" {
		way = fmt.Sprintf("did you mean %s?", near)
	}
	return hint(fmt.Errorf("the fleet has no host %q", name), way)
}

func explained(d schema.Diagnostic, by schema.Diagnostics) bool {
	for _, b := range by {
		if d.Path == "" || b.Path == "" || strings.HasPrefix(b.Path+".", d.Path+".") || strings.HasPrefix(d.Path+".", b.Path+".") {
			return true
		}
	}
	return false
}

func (d *document) read(s *system) ([]byte, error) {
	if d.file == "-" {
		return limited(s.in)
	}
	src, err := readRegular(d.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, hint(err, "pantherctl init writes one to start from, -f names another")
	case errors.Is(err, errFolder):
		return nil, hint(err, "name the file in it: -f "+filepath.Join(d.file, "security.yaml"))
	case errors.Is(err, errNotRegular):
		return nil, hint(err, "-f - reads standard input")
	case errors.Is(err, fs.ErrPermission):
		return nil, hint(err, "let yourself read it: chmod u+r")
	}
	return src, err
}

var (
	errFolder     = errors.New("is a folder")
	errNotRegular = errors.New("is not a regular file")
)

// readRegular reads a file of the document. It does not wait for a writer as
// opening a named pipe would, and reads no more than a document may hold.
func readRegular(name string) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s %w", name, errFolder)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s %w", name, errNotRegular)
	case info.Size() > schema.MaxBytes:
		return nil, schema.ErrTooLarge
	}
	return limited(f)
}

func limited(r io.Reader) ([]byte, error) {
	src, err := io.ReadAll(io.LimitReader(r, schema.MaxBytes+1))
	if err == nil && len(src) > schema.MaxBytes {
		return nil, schema.ErrTooLarge
	}
	return src, err
}

// hosts completes host names from the document.
func (d *document) hosts(s *system) cobra.CompletionFunc {
	return func(_ *cobra.Command, given []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var names []cobra.Completion
		if fleet, _, err := d.load(s); err == nil && fleet != nil {
			for _, e := range fleet.Hosts.Entries {
				names = append(names, cobra.CompletionWithDesc(e.Key, string(e.Value.System.V)))
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
