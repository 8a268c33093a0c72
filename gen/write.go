package gen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"sync"
	"sync/atomic"
)

// journalName is the file of the [journal].
const journalName = ".manifest.next.json"

// temporary returns the name a file has until it is complete.
func temporary(name string) string {
	return path.Join(path.Dir(name), "."+path.Base(name)+".next")
}

// A ConflictError says that Write changed nothing, and why.
type ConflictError struct{ Conflicts []Conflict }

func (e *ConflictError) Error() string {
	text := e.Conflicts[0].Path + " " + e.Conflicts[0].Problem
	if n := len(e.Conflicts) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more)", n)
	}
	return text
}

// disk is what Write needs of an [os.Root]. Tests end it halfway.
type disk interface {
	MkdirAll(name string, perm fs.FileMode) error
	OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error)
	Rename(from, to string) error
	Remove(name string) error
	folder(name string) (disk, error) // to be closed
	Close() error
}

type rootDisk struct{ *os.Root }

func (d rootDisk) folder(name string) (disk, error) {
	root, err := d.OpenRoot(name)
	return rootDisk{root}, err
}

// Write makes the changes to the folder they were planned for. Every file
// appears whole or not at all; what is not among the changes stays untouched,
// and no symbolic link leads out of the folder. Killed halfway, the next Plan
// and Write finish the work. The error is a [*ConflictError] if nothing was
// changed because of conflicts.
func Write(root *os.Root, c *Changes) error { return c.write(rootDisk{root}) }

func (c *Changes) write(d disk) error {
	if len(c.Conflicts) > 0 {
		return &ConflictError{c.Conflicts}
	}
	if c.None() {
		return nil
	}
	for _, name := range c.leftovers {
		if err := d.Remove(name); err != nil {
			return err
		}
	}
	if err := replace(d, File{journalName, c.journal}); err != nil {
		return err
	}
	folders := byFolder(c.Write)
	if err := inParallel(len(folders), func(i int) error { return fill(d, folders[i]) }); err != nil {
		return err
	}
	for _, name := range c.Remove {
		if err := d.Remove(name); err != nil {
			return err
		}
	}
	for _, dir := range c.folders {
		// A folder with files of the user's own is not empty and stays.
		if err := d.Remove(dir); err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := replace(d, File{ManifestName, c.manifest}); err != nil {
		return err
	}
	return d.Remove(journalName)
}

// byFolder splits files into those of each folder.
func byFolder(files []File) [][]File {
	var groups [][]File
	index := map[string]int{}
	for _, f := range files {
		dir := path.Dir(f.Path)
		i, ok := index[dir]
		if !ok {
			i = len(groups)
			index[dir], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], f)
	}
	return groups
}

// fill writes files of one folder. Holding the folder open saves the way to it
// for every file, a third of the time.
func fill(d disk, files []File) error {
	dir := path.Dir(files[0].Path)
	if err := d.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	folder, err := d.folder(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := replace(folder, File{path.Base(f.Path), f.Data}); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", f.Path, err), folder.Close())
		}
	}
	return folder.Close()
}

// replace writes a file beside its place and moves it there.
func replace(d disk, f File) error {
	temp := temporary(f.Path)
	w, err := create(d, temp)
	if err != nil {
		return err
	}
	_, err = w.Write(f.Data)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	return d.Rename(temp, f.Path)
}

// create makes a new file. One that exists belongs to somebody else, perhaps
// to a run at the same time.
func create(d disk, name string) (*os.File, error) {
	return d.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}

// inParallel calls work with 0 … n-1, several at once, until the first error.
func inParallel(n int, work func(i int) error) error {
	var (
		next   atomic.Int64
		failed atomic.Pointer[error]
		wg     sync.WaitGroup
	)
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := work(i); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
