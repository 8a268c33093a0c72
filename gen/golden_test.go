package gen_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "rewrite the generated modules and, where NixOS is at hand, the facts")

// TestGolden compares the folders of generated modules with what Generate
// makes now, file by file, none missing and none too many.
func TestGolden(t *testing.T) {
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			_, files := e.generate(t)
			dir := filepath.Join(e.dir, "generated")
			if *update {
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
				save(t, dir, files)
			}
			if diff := cmp.Diff(readFolder(t, dir), texts(files), byLine); diff != "" {
				t.Errorf("%s is not what is generated now; go test ./gen -update rewrites it (-want +got)\n%s", dir, diff)
			}
		})
	}
}

// byLine compares texts line by line.
var byLine = cmpopts.AcyclicTransformer("lines", lines)

func lines(text string) []string { return strings.SplitAfter(text, "\n") }

// TestParse has Nix read every generated file, all in one run.
func TestParse(t *testing.T) {
	nix := tool(t, "nix-instantiate")
	args := []string{"--parse"}
	for _, e := range examples() {
		dir := filepath.Join(e.dir, "generated")
		for name := range readFolder(t, dir) {
			if filepath.Ext(name) != ".nix" {
				continue // a script
			}
			args = append(args, filepath.Join(dir, name))
		}
	}
	if _, err := run(t, nix, args...); err != nil {
		t.Error(err)
	}
	t.Logf("%d files", len(args)-1)
}

// readFolder returns the texts of all files below a folder.
func readFolder(t *testing.T, dir string) map[string]string {
	t.Helper()
	byPath := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			byPath[name] = readText(t, dir, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return byPath
}
