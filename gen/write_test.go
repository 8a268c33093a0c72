package gen

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// contents are the files of a folder by path.
type contents map[string]string

func (c contents) files() []File {
	var files []File
	for _, name := range slices.Sorted(maps.Keys(c)) {
		files = append(files, File{name, []byte(c[name])})
	}
	return files
}

// read returns what is in a folder, but for pantherctl's manifest.
func read(t testing.TB, dir string) contents {
	t.Helper()
	c := contents{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, name)
		switch {
		case err != nil, rel == ManifestName:
			return err
		case e.IsDir():
			if below, err := os.ReadDir(name); err != nil || len(below) > 0 || rel == "." {
				return err
			}
			c[rel] = "an empty folder"
			return nil
		case !e.Type().IsRegular():
			target, err := os.Readlink(name)
			c[rel] = "-> " + target
			return err
		}
		data, err := os.ReadFile(name)
		c[rel] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func put(t testing.TB, dir string, c contents) {
	t.Helper()
	for name, text := range c {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t testing.TB, dir string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func plan(t testing.TB, root *os.Root, c contents, keep func(string) bool) *Changes {
	t.Helper()
	changes, err := Plan(root.FS(), c.files(), keep)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func generate(t testing.TB, root *os.Root, c contents) *Changes {
	t.Helper()
	changes := plan(t, root, c, nil)
	if err := Write(root, changes); err != nil {
		t.Fatal(err)
	}
	return changes
}

func diffOf(t testing.TB, root *os.Root, changes *Changes) string {
	t.Helper()
	var b bytes.Buffer
	if err := Diff(&b, root.FS(), changes); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var twoHosts = contents{
	"default.nix":              "root\n",
	"hosts/yoga/default.nix":   "yoga\n",
	"hosts/yoga/ssh.nix":       "yoga's ssh\n",
	"hosts/vps/default.nix":    "vps\n",
	"modules/kernel-gates.nix": "gates\n",
}

func TestWriteAgain(t *testing.T) {
	dir := t.TempDir()
	root := open(t, dir)
	generate(t, root, twoHosts)
	if diff := cmp.Diff(twoHosts, read(t, dir)); diff != "" {
		t.Fatalf("folder (-want +got):\n%s", diff)
	}
	past := time.Now().Add(-time.Hour)
	for name := range twoHosts {
		if err := os.Chtimes(filepath.Join(dir, name), past, past); err != nil {
			t.Fatal(err)
		}
	}
	if c := generate(t, root, twoHosts); !c.None() || c.Unchanged != len(twoHosts) || diffOf(t, root, c) != "" {
		t.Errorf("nothing changed, but %+v", c)
	}
	changed := maps.Clone(twoHosts)
	changed["hosts/yoga/ssh.nix"] = "another\n"
	generate(t, root, changed)
	for name := range twoHosts {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if rewritten := info.ModTime().After(past.Add(time.Minute)); rewritten != (name == "hosts/yoga/ssh.nix") {
			t.Errorf("%s: rewritten is %v", name, rewritten)
		}
	}
}

func TestWriteRemovesWhatLeft(t *testing.T) {
	dir := t.TempDir()
	root := open(t, dir)
	generate(t, root, twoHosts)
	own := contents{"hosts/yoga/disk.nix": "the user's own\n", "README": "too\n"}
	put(t, dir, own)
	wanted := contents{"default.nix": "root\n"}
	generate(t, root, wanted)
	maps.Copy(wanted, own)
	if diff := cmp.Diff(wanted, read(t, dir)); diff != "" {
		t.Errorf("folder (-want +got):\n%s", diff)
	}
}

func TestPlanConflicts(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, dir string)
		want    []Conflict
	}{
		{"a file of the user's own", func(t *testing.T, dir string) {
			put(t, dir, contents{"default.nix": "mine\n"})
		}, []Conflict{{"default.nix", "was not written by pantherctl and differs from what it would write"}}},
		{"the same file", func(t *testing.T, dir string) {
			put(t, dir, contents{"default.nix": twoHosts["default.nix"]})
		}, nil},
		{"a folder in place of a file", func(t *testing.T, dir string) {
			put(t, dir, contents{"default.nix/x": ""})
		}, []Conflict{{"default.nix", "is a folder"}}},
		{"a file in place of a folder", func(t *testing.T, dir string) {
			put(t, dir, contents{"hosts": ""})
		}, []Conflict{{"hosts", "is not a folder"}}},
		{"a link out of the folder", func(t *testing.T, dir string) {
			link(t, t.TempDir(), filepath.Join(dir, "hosts"))
		}, []Conflict{{"hosts", "is not a folder"}}},
		{"a link in place of a file", func(t *testing.T, dir string) {
			link(t, "elsewhere", filepath.Join(dir, "default.nix"))
		}, []Conflict{{"default.nix", "was not written by pantherctl and differs from what it would write"}}},
		{"a link in place of the manifest", func(t *testing.T, dir string) {
			link(t, "elsewhere", filepath.Join(dir, ManifestName))
		}, []Conflict{{ManifestName, "is not a regular file"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			tt.prepare(t, dir)
			before := read(t, dir)
			root := open(t, dir)
			changes := plan(t, root, twoHosts, nil)
			if diff := cmp.Diff(tt.want, changes.Conflicts); diff != "" {
				t.Fatalf("conflicts (-want +got):\n%s", diff)
			}
			if tt.want == nil {
				return
			}
			var conflict *ConflictError
			if err := Write(root, changes); !errors.As(err, &conflict) {
				t.Errorf("Write: %v, want a ConflictError", err)
			}
			if diff := cmp.Diff(before, read(t, dir)); diff != "" {
				t.Errorf("folder (-want +got):\n%s", diff)
			}
			if diffOf(t, root, changes) == "" {
				t.Error("no difference shown")
			}
		})
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// A link that appears between Plan and Write leads nowhere.
func TestWriteStaysInside(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	root := open(t, dir)
	changes := plan(t, root, twoHosts, nil)
	link(t, outside, filepath.Join(dir, "hosts"))
	if err := Write(root, changes); err == nil {
		t.Error("Write succeeded")
	}
	if left := read(t, outside); len(left) > 0 {
		t.Errorf("written outside: %v", left)
	}
}

func TestEditedByHand(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(file string) error
		want string // in the diff
	}{
		{"other text", func(f string) error { return os.WriteFile(f, []byte("edited\n"), 0o644) }, "-edited\n"},
		{"missing", os.Remove, "--- /dev/null\n+++ b/hosts/yoga/ssh.nix\n"},
		{"executable", func(f string) error { return os.Chmod(f, 0o755) }, "hosts/yoga/ssh.nix is executable\n"},
		{"a link", func(f string) error { return errors.Join(os.Remove(f), os.Symlink("default.nix", f)) }, "is not a regular file\n"},
		{"manifest", func(f string) error {
			return os.Remove(filepath.Join(filepath.Dir(f), "../..", ManifestName))
		}, "+++ b/manifest.json\n"},
		{"listed too much", func(f string) error {
			name := filepath.Join(filepath.Dir(f), "../..", ManifestName)
			return os.WriteFile(name, []byte(`{"files":{"old.nix":""}}`), 0o644)
		}, "old"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			root := open(t, dir)
			generate(t, root, twoHosts)
			if err := tt.edit(filepath.Join(dir, "hosts/yoga/ssh.nix")); err != nil {
				t.Fatal(err)
			}
			changes := plan(t, root, twoHosts, nil)
			if got := diffOf(t, root, changes); !strings.Contains(got, tt.want) || changes.None() {
				t.Errorf("diff:\n%s\nwant in it:\n%s", got, tt.want)
			}
			if err := Write(root, changes); err != nil {
				t.Fatal(err)
			}
			if c := plan(t, root, twoHosts, nil); !c.None() {
				t.Errorf("not repaired: %s", diffOf(t, root, c))
			}
			if diff := cmp.Diff(twoHosts, read(t, dir)); diff != "" {
				t.Errorf("folder (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDamagedManifest(t *testing.T) {
	for _, text := range []string{"", "<<<<<<< HEAD\n", `{"files":{"../../x":""}}`, `{"files":{"a/../b":""}}`, `{"files":{"manifest.json":""}}`} {
		dir := t.TempDir()
		put(t, dir, contents{ManifestName: text})
		if _, err := Plan(open(t, dir).FS(), nil, nil); !errors.Is(err, ErrManifest) {
			t.Errorf("%q: %v, want ErrManifest", text, err)
		}
	}
}

func TestWriteSomeHosts(t *testing.T) {
	dir := t.TempDir()
	root := open(t, dir)
	generate(t, root, twoHosts)
	some := contents{"default.nix": "root, changed\n", "hosts/yoga/default.nix": "yoga, changed\n"}
	keep := func(name string) bool { return !strings.HasPrefix(name, "hosts/yoga/") }
	changes := plan(t, root, some, keep)
	if err := Write(root, changes); err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(twoHosts)
	maps.Copy(want, some)
	delete(want, "hosts/yoga/ssh.nix")
	if diff := cmp.Diff(want, read(t, dir)); diff != "" {
		t.Errorf("folder (-want +got):\n%s", diff)
	}
	if c := plan(t, root, want, nil); !c.None() {
		t.Errorf("the manifest is not that of the whole: %s", diffOf(t, root, c))
	}

	put(t, dir, contents{"hosts/vps/default.nix": "edited\n"})
	changes = plan(t, root, some, keep)
	if got := diffOf(t, root, changes); got != "" {
		t.Errorf("a host that is not generated shows in the diff:\n%s", got)
	}
	if err := Write(root, changes); err == nil || !strings.Contains(err.Error(), "hosts/vps/default.nix") {
		t.Errorf("Write: %v, want the edited file named", err)
	}
}

// Root may write everywhere, so somebody else tries.
func TestWriteReadOnly(t *testing.T) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("pantherctl-read-only-%d", os.Getpid()))
	if err := os.Mkdir(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	cmd, stderr := child(t, dir)
	if os.Getuid() == 0 {
		self, err := os.ReadFile(cmd.Path)
		if err != nil {
			t.Fatal(err)
		}
		cmd.Path = dir + ".test" // where nobody may run it
		if err := os.WriteFile(cmd.Path, self, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Remove(cmd.Path) })
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stderr.String(), "permission denied") {
		t.Errorf("error %q, want permission denied", stderr)
	}
	if left := read(t, dir); len(left) > 0 {
		t.Errorf("written: %v", left)
	}
}

// The manifest's hash is the one Nix computes for a copy of what it lists.
func TestManifestHash(t *testing.T) {
	nix, err := exec.LookPath("nix")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("nix is not in PATH")
		}
		t.Skip("nix is not in PATH; its hash of the files is not compared")
	}
	files := maps.Clone(twoHosts)
	files["hosts.nix"], files["hosts-a/x"], files["hosts/yoga.nix"] = "sorted before hosts/ by bytes\n", "", "exactly8"
	dir := t.TempDir()
	put(t, dir, files)
	out, err := exec.Command(nix, "--extra-experimental-features", "nix-command", "hash", "path", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	m, err := newManifest(files.files())
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimSpace(string(out)); m.NAR != want {
		t.Errorf("hash %s, nix says %s", m.NAR, want)
	}
}
