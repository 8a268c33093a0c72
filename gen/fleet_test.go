package gen_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// example is a fleet whose modules and facts are committed beside its document.
type example struct{ name, dir string }

func examples() []example {
	return []example{
		{"pantheros", "../testdata/fleets/pantheros"},
		{"homelab", "../testdata/fleets/homelab"},
		{"high-security", "testdata/high-security"},
	}
}

func (e example) document(t *testing.T) string { return readText(t, e.dir, "security.yaml") }

// generate returns the fleet of a document and its files.
func (e example) generate(t *testing.T) (*policy.Fleet, []gen.File) {
	t.Helper()
	fleet, problems := resolve(e.document(t))
	for _, p := range problems {
		t.Errorf("%s: %s", e.dir, p)
	}
	if t.Failed() {
		t.FailNow()
	}
	files, err := gen.Generate(fleet, "security.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	return fleet, files
}

// resolve reads a document of one file.
func resolve(document string) (*policy.Fleet, schema.Diagnostics) {
	read := func(name string) ([]byte, error) { return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist) }
	loaded, problems := schema.Load("security.yaml", []byte(document), read)
	if len(problems) > 0 {
		return nil, problems
	}
	return policy.Resolve(loaded)
}

// texts are the texts of files by path.
func texts(files []gen.File) map[string]string {
	byPath := make(map[string]string, len(files))
	for _, f := range files {
		byPath[f.Path] = string(f.Data)
	}
	return byPath
}

func readText(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// save writes files below a folder.
func save(t *testing.T, dir string, files []gen.File) {
	t.Helper()
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// tool is the path of a program that judges. Without it the test is skipped,
// except in CI, where an absent judge must not look like a pass.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatalf("CI must ask %s itself: %v", name, err)
	case err != nil:
		t.Skipf("%s was not asked: %v", name, err)
	}
	return path
}

// run runs a program and returns its output. Whatever it says beside that,
// even a warning, is an error.
func run(t *testing.T, program string, args ...string) (string, error) {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", filepath.Base(program), err, stderr.String())
	}
	if stderr.Len() > 0 {
		return "", fmt.Errorf("%s said\n%s", filepath.Base(program), stderr.String())
	}
	return stdout.String(), nil
}
