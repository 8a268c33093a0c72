package guest

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// An Archive is a cpio archive of the form "newc", which the kernel unpacks as
// its first file system.
type Archive struct {
	out     bytes.Buffer
	folders map[string]bool
	files   map[string]bool
}

// Folder adds a folder, and those it is in.
func (a *Archive) Folder(name string) {
	if name == "." || a.folders[name] {
		return
	}
	a.Folder(filepath.Dir(name))
	if a.folders == nil {
		a.folders = map[string]bool{}
	}
	a.folders[name] = true
	a.entry(name, 0o040755, nil)
}

// Add adds a file. The first of a name counts.
func (a *Archive) Add(name string, mode fs.FileMode, data []byte) {
	if a.files[name] {
		return
	}
	if a.files == nil {
		a.files = map[string]bool{}
	}
	a.files[name] = true
	a.Folder(filepath.Dir(name))
	a.entry(name, 0o100000|int(mode), data)
}

func (a *Archive) entry(name string, mode int, data []byte) {
	fmt.Fprintf(&a.out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0, name)
	a.pad()
	a.out.Write(data)
	a.pad()
}

func (a *Archive) pad() { a.out.Write(make([]byte, (4-a.out.Len()%4)%4)) }

// Bytes ends the archive and returns it.
func (a *Archive) Bytes() []byte {
	a.entry("TRAILER!!!", 0, nil)
	return a.out.Bytes()
}

// Program adds a program, as bin/NAME, and the libraries it names.
func (a *Archive) Program(t testing.TB, l Linux, name string) {
	t.Helper()
	for _, dir := range []string{"usr/bin", "usr/sbin"} {
		text, err := os.ReadFile(filepath.Join(l.Dir, dir, name))
		if err != nil {
			continue
		}
		a.Add("bin/"+name, 0o755, text)
		a.libraries(l, text)
		return
	}
	t.Fatalf("%s has no %s", l.Dir, name)
}

// libraries adds every library whose name stands in a program or in one of its
// libraries: more than it loads, and never less.
func (a *Archive) libraries(l Linux, program []byte) {
	for _, name := range regexp.MustCompile(`(lib[a-zA-Z0-9_+-]+|ld-linux-x86-64)\.so(\.[0-9]+)+`).FindAllString(string(program), -1) {
		to := "lib/x86_64-linux-gnu/" + name
		if strings.HasPrefix(name, "ld-") {
			to = "lib64/" + name
		}
		if a.files[to] {
			continue
		}
		text, err := os.ReadFile(filepath.Join(l.Dir, "usr", "lib", "x86_64-linux-gnu", name))
		if err != nil {
			continue // a name in a message, not of a library
		}
		a.Add(to, 0o755, text)
		a.libraries(l, text)
	}
}

// Modules adds kernel modules, those they depend on, and what modprobe reads.
func (a *Archive) Modules(t testing.TB, l Linux, names []string) {
	t.Helper()
	dir := filepath.Join("usr", "lib", "modules", l.Version)
	out := "lib/modules/" + l.Version + "/"
	files := map[string][]string{} // a module's file and those it depends on, by name
	for line := range strings.Lines(string(l.Read(t, filepath.Join(dir, "modules.dep")))) {
		file, needed, _ := strings.Cut(strings.TrimSpace(line), ":")
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		files[strings.ReplaceAll(name, "-", "_")] = append([]string{file}, strings.Fields(needed)...)
	}
	for _, name := range names {
		for _, file := range files[strings.ReplaceAll(name, "-", "_")] {
			a.Add(out+file, 0o644, l.Read(t, filepath.Join(dir, file)))
		}
	}
	lists, err := filepath.Glob(filepath.Join(l.Dir, dir, "modules.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range lists {
		a.Add(out+filepath.Base(name), 0o644, l.Read(t, filepath.Join(dir, filepath.Base(name))))
	}
}
