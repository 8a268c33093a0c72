package gen

import (
	"fmt"
	"io"
	"io/fs"

	"github.com/rogpeppe/go-internal/diff"
)

// Diff writes what the changes would do to the folder they were planned for,
// as a unified diff; nothing if there are no changes. The text of the folder's
// files goes through as it is, control characters included. A symbolic link is
// shown as such, not followed.
func Diff(w io.Writer, dir fs.FS, c *Changes) error {
	d := &differ{w: w, tree: &tree{dir: dir, folders: map[string]map[string]fs.DirEntry{}}}
	for _, f := range c.Write {
		d.file(f.Path, f.Data)
	}
	for _, f := range c.clashes {
		d.file(f.Path, f.Data)
	}
	for _, name := range c.Remove {
		d.file(name, nil)
	}
	for _, name := range c.leftovers {
		d.printf("Only in the folder: %s, left by a run that was killed\n", name)
	}
	if !d.wrote && !c.settled {
		d.file(ManifestName, c.manifest)
	}
	if !d.wrote && !c.settled {
		d.printf("Only in the folder: %s, left by a run that was killed\n", journalName)
	}
	return d.err
}

// differ writes diffs until the first error.
type differ struct {
	w     io.Writer
	tree  *tree
	wrote bool
	err   error
}

func (d *differ) printf(format string, args ...any) {
	if d.err == nil {
		_, d.err = fmt.Fprintf(d.w, format, args...)
		d.wrote = true
	}
}

// file shows how what is at a path differs from what is wanted there, nothing
// if that is nil.
func (d *differ) file(name string, want []byte) {
	at, err := d.tree.look(name)
	if err != nil {
		d.err = err
		return
	}
	before, after := "a/"+name, "b/"+name
	switch {
	case at.kind == folder || at.kind == special || at.kind == unreachable:
		d.printf("%s is not a regular file\n", name)
	case at.kind == executable:
		d.printf("%s is executable\n", name)
	case at.kind == nothing:
		before = "/dev/null"
	}
	if want == nil {
		after = "/dev/null"
	}
	if text := diff.Diff(before, at.data, after, want); len(text) > 0 {
		d.printf("%s", text)
	}
}
