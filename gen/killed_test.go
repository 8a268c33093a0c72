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
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// dying is a disk that stops at a number of operations, as a killed process
// does: what was begun stays.
type dying struct {
	*os.Root
	left *atomic.Int64
}

var errKilled = errors.New("killed")

func (d *dying) dead() bool { return d.left.Add(-1) < 0 }

func (d *dying) folder(name string) (disk, error) {
	root, err := d.OpenRoot(name)
	return &dying{root, d.left}, err
}

func (d *dying) MkdirAll(name string, perm fs.FileMode) error {
	if d.dead() {
		return errKilled
	}
	return d.Root.MkdirAll(name, perm)
}

func (d *dying) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	if d.dead() {
		return nil, errKilled
	}
	f, err := d.Root.OpenFile(name, flag, perm)
	if err == nil && d.dead() { // created, and half of it written
		_, _ = f.WriteString("half")
		f.Close()
		return nil, errKilled
	}
	return f, err
}

func (d *dying) Rename(from, to string) error {
	if d.dead() {
		return errKilled
	}
	return d.Root.Rename(from, to)
}

func (d *dying) Remove(name string) error {
	if d.dead() {
		return errKilled
	}
	return d.Root.Remove(name)
}

// However often runs are killed, and wherever, the next one that is not leaves
// exactly the wanted files and the user's own.
func TestKilledAnywhere(t *testing.T) {
	own := contents{"hosts/a/own.nix": "own", "own/x": "own"}
	states := rapid.Custom(func(t *rapid.T) contents {
		return rapid.MapOf(
			rapid.SampledFrom([]string{"default.nix", "secrets.nix", "hosts/a/ssh.nix", "hosts/a/default.nix", "hosts/b/ssh.nix", "hosts/c/ssh.nix", "m/n/o.nix"}),
			rapid.SampledFrom([]string{"one\n", "two\n", "three\n", ""}),
		).Draw(t, "files")
	})
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			rt.Fatal(err)
		}
		defer root.Close()
		put(t, dir, own)
		for range rapid.IntRange(1, 4).Draw(rt, "runs") {
			d := &dying{root, new(atomic.Int64)}
			d.left.Store(rapid.Int64Range(0, 40).Draw(rt, "operations"))
			changes, err := Plan(root.FS(), states.Draw(rt, "state").files(), nil)
			if err != nil || len(changes.Conflicts) > 0 {
				rt.Fatalf("Plan: %v %v", err, changes)
			}
			if err := changes.write(d); err != nil && !errors.Is(err, errKilled) {
				rt.Fatal(err)
			}
		}
		want := states.Draw(rt, "last")
		for range 2 {
			changes, err := Plan(root.FS(), want.files(), nil)
			if err != nil {
				rt.Fatal(err)
			}
			if err := Write(root, changes); err != nil {
				rt.Fatal(err)
			}
		}
		all := maps.Clone(want)
		maps.Copy(all, own)
		if diff := cmp.Diff(all, read(t, dir)); diff != "" {
			rt.Fatalf("folder (-want +got):\n%s", diff)
		}
		if changes, err := Plan(root.FS(), want.files(), nil); err != nil || !changes.None() {
			rt.Fatalf("still to do: %v %+v", err, changes)
		}
	})
}

// What a killed run meant to write and the user wrote since is the user's.
func TestKilledBeforeOwnFile(t *testing.T) {
	dir := t.TempDir()
	root := open(t, dir)
	d := &dying{root, new(atomic.Int64)}
	d.left.Store(4) // the journal is in place, and nothing else
	if err := plan(t, root, twoHosts, nil).write(d); !errors.Is(err, errKilled) {
		t.Fatalf("write: %v", err)
	}
	put(t, dir, contents{"default.nix": "mine\n"})
	if err := Write(root, plan(t, root, twoHosts, nil)); !errors.As(err, new(*ConflictError)) {
		t.Errorf("Write: %v, want a ConflictError", err)
	}
	if err := Write(root, plan(t, root, contents{}, nil)); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(contents{"default.nix": "mine\n"}, read(t, dir)); diff != "" {
		t.Errorf("folder (-want +got):\n%s", diff)
	}
}

// A run killed at its very end leaves its journal.
func TestKilledAtTheEnd(t *testing.T) {
	dir := t.TempDir()
	root := open(t, dir)
	generate(t, root, twoHosts)
	put(t, dir, contents{journalName: "{}"})
	changes := plan(t, root, twoHosts, nil)
	if got := diffOf(t, root, changes); !strings.Contains(got, journalName) {
		t.Errorf("the journal is not shown: %q", got)
	}
	if err := Write(root, changes); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(twoHosts, read(t, dir)); diff != "" {
		t.Errorf("folder (-want +got):\n%s", diff)
	}
}

// TestMain is also the process that tests kill, or run as somebody else.
func TestMain(m *testing.M) {
	if dir := os.Getenv("PANTHERCTL_TEST_WRITE"); dir != "" {
		root, err := os.OpenRoot(dir)
		if err == nil {
			var changes *Changes
			if changes, err = Plan(root.FS(), many("old").files(), nil); err == nil {
				err = Write(root, changes)
			}
		}
		fmt.Fprint(os.Stderr, err)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func many(text string) contents {
	c := contents{}
	for i := range 200 {
		c[fmt.Sprintf("hosts/h%03d/ssh.nix", i)] = strings.Repeat(text, 1000)
	}
	return c
}

func child(t *testing.T, dir string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "PANTHERCTL_TEST_WRITE="+dir)
	cmd.Stderr = &stderr
	return cmd, &stderr
}

func TestKilledProcess(t *testing.T) {
	halfway := 0
	for i := range 6 {
		dir := t.TempDir()
		cmd, _ := child(t, dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
			if made, err := os.ReadDir(filepath.Join(dir, "hosts")); err == nil && len(made) > 20*i {
				break
			}
		}
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		left := read(t, dir)
		if _, ok := left[journalName]; ok {
			halfway++
		}
		for name, text := range left {
			if strings.HasSuffix(name, "/ssh.nix") && text != many("old")[name] {
				t.Fatalf("%s is half written", name)
			}
		}
		want := many("new")
		generate(t, open(t, dir), want)
		if diff := cmp.Diff(want, read(t, dir)); diff != "" {
			t.Fatalf("folder (-want +got):\n%s", diff)
		}
	}
	if halfway == 0 {
		t.Error("no process was killed halfway")
	}
}
