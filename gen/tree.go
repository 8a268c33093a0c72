package gen

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
)

// tree reads a folder, each part of it once, and follows no symbolic link.
type tree struct {
	dir     fs.FS
	folders map[string]map[string]fs.DirEntry // nil for one that does not exist
}

// kind says what is at a path.
type kind int

const (
	nothing kind = iota
	regular
	executable  // regular too, but an archive tells the two apart
	folder      // a folder where a file should be
	special     // a symbolic link, a device, …
	unreachable // the path leads through something that is not a folder
)

// found is what is at a path.
type found struct {
	kind    kind
	data    []byte // of a regular file, executable or not
	blocker string // the path of what blocks
}

// look reads what is at a path.
func (t *tree) look(name string) (found, error) {
	entries, blocker, err := t.list(path.Dir(name))
	if err != nil {
		return found{}, err
	}
	if blocker != "" {
		return found{kind: unreachable, blocker: blocker}, nil
	}
	e, ok := entries[path.Base(name)]
	switch {
	case !ok:
		return found{}, nil
	case e.IsDir():
		return found{kind: folder}, nil
	case !e.Type().IsRegular():
		return found{kind: special}, nil
	}
	return t.read(name)
}

func (t *tree) read(name string) (found, error) {
	f, err := t.dir.Open(name)
	if err != nil {
		return found{}, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return found{}, err
	}
	data := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead))
	if _, err := data.ReadFrom(f); err != nil {
		return found{}, err
	}
	if info.Mode().Perm()&0o111 != 0 {
		return found{kind: executable, data: data.Bytes()}, nil
	}
	return found{kind: regular, data: data.Bytes()}, nil
}

// has reports whether anything is at a path.
func (t *tree) has(name string) bool {
	entries, _, err := t.list(path.Dir(name))
	return err == nil && entries[path.Base(name)] != nil
}

// list returns what is in a folder, nothing if it does not exist, or the path
// of what stands in the way.
func (t *tree) list(dir string) (entries map[string]fs.DirEntry, blocker string, err error) {
	if entries, ok := t.folders[dir]; ok {
		return entries, "", nil
	}
	if dir != "." {
		above, blocker, err := t.list(path.Dir(dir))
		if err != nil || blocker != "" {
			return nil, blocker, err
		}
		e, ok := above[path.Base(dir)]
		switch {
		case !ok:
			t.folders[dir] = nil
			return nil, "", nil
		case !e.IsDir():
			return nil, dir, nil
		}
	}
	list, err := fs.ReadDir(t.dir, dir)
	if err != nil && (dir != "." || !errors.Is(err, fs.ErrNotExist)) {
		return nil, "", err
	}
	entries = make(map[string]fs.DirEntry, len(list))
	for _, e := range list {
		entries[e.Name()] = e
	}
	t.folders[dir] = entries
	return entries, "", nil
}
