package gen

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// Changes are what makes a folder hold the files of a fleet. [Plan] finds
// them, [Write] makes them, [Diff] shows them.
type Changes struct {
	Write     []File     // new, or different from what is there
	Remove    []string   // listed by the manifest, no longer wanted
	Unchanged int        // files that are as they should be
	Listed    []string   // all files of the new manifest, and the manifest, sorted
	Conflicts []Conflict // what keeps Write from doing anything

	clashes   []File   // what would be where a conflict is
	leftovers []string // temporary files of a run that was killed
	folders   []string // hold nothing that is wanted any more, deepest first
	manifest  []byte
	journal   []byte
	settled   bool // the manifest is as it should be, and no journal is left
}

// None reports whether the folder is exactly as it should be.
func (c *Changes) None() bool {
	return len(c.Write)+len(c.Remove)+len(c.Conflicts)+len(c.leftovers) == 0 && c.settled
}

// A Conflict is something in the folder that is not pantherctl's to change.
type Conflict struct {
	Path    string
	Problem string // "was not written by pantherctl and differs"
}

// Plan compares a folder with the files it should hold, and changes nothing.
// Files of the present manifest that are not among them are to be removed,
// except those for which keep is true; a nil keep keeps none. The error says
// that the folder or its manifest cannot be read.
func Plan(dir fs.FS, files []File, keep func(path string) bool) (*Changes, error) {
	p := &planner{tree: &tree{dir: dir, folders: map[string]map[string]fs.DirEntry{}}, changes: &Changes{}}
	if err := p.manifests(); err != nil {
		return nil, err
	}
	wanted := make(map[string]bool, len(files))
	for _, f := range files {
		if err := checkPath(f.Path); err != nil {
			return nil, err
		}
		if wanted[f.Path] {
			return nil, fmt.Errorf("%s is generated twice", f.Path)
		}
		wanted[f.Path] = true
		if err := p.want(f); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.old.Files)) {
		if !wanted[name] && keep != nil && keep(name) {
			wanted[name] = true
			kept, err := p.keep(name)
			if err != nil {
				return nil, err
			}
			files = append(slices.Clip(files), kept)
		}
	}
	if err := p.leave(wanted); err != nil {
		return nil, err
	}
	return p.changes, p.settle(files)
}

// ErrManifest says that the folder's manifest is damaged.
var ErrManifest = errors.New("this is not the manifest that pantherctl wrote")

// planner finds the changes of one folder.
type planner struct {
	tree      *tree
	old       manifest // the last one that was completed
	oldText   []byte
	killed    journal // of a run that did not end, or empty
	journaled bool    // there was such a run
	edited    bool    // a kept file is not what the manifest says
	changes   *Changes
}

func (p *planner) conflict(path, problem string) {
	p.changes.Conflicts = append(p.changes.Conflicts, Conflict{path, problem})
}

// manifests reads the manifest and the journal. A damaged journal, which only
// a loss of power leaves, counts as an empty one.
func (p *planner) manifests() error {
	for _, name := range []string{ManifestName, journalName} {
		at, err := p.tree.look(name)
		switch {
		case err != nil:
			return err
		case at.kind == nothing:
		case at.kind != regular && at.kind != executable:
			p.conflict(name, "is not a regular file")
		case name == journalName:
			p.killed, _ = parseJournal(at.data)
			p.journaled = true
		default:
			if p.old, err = parseManifest(at.data); err != nil {
				return fmt.Errorf("%s: %w: %w", name, ErrManifest, err)
			}
			p.oldText = at.data
		}
		if t := temporary(name); p.tree.has(t) {
			p.changes.leftovers = append(p.changes.leftovers, t)
		}
	}
	return nil
}

// owned reports whether pantherctl wrote what is at a path: the manifest lists
// it, or the killed run came to writing it.
func (p *planner) owned(name string, at found) bool {
	if _, ok := p.old.Files[name]; ok {
		return true
	}
	return at.kind == regular && slices.Contains(p.killed[name], digest(at.data))
}

// want compares one wanted file with what is at its path.
func (p *planner) want(f File) error {
	at, err := p.tree.look(f.Path)
	if err != nil {
		return err
	}
	switch {
	case at.kind == unreachable:
		p.conflict(at.blocker, "is not a folder")
		p.changes.clashes = append(p.changes.clashes, f)
	case at.kind == folder:
		p.conflict(f.Path, "is a folder")
		p.changes.clashes = append(p.changes.clashes, f)
	case at.kind == regular && bytes.Equal(at.data, f.Data):
		p.changes.Unchanged++
	case at.kind != nothing && !p.owned(f.Path, at):
		p.conflict(f.Path, "was not written by pantherctl and differs from what it would write")
		p.changes.clashes = append(p.changes.clashes, f)
	default:
		p.changes.Write = append(p.changes.Write, f)
	}
	return nil
}

// keep returns a file of the present manifest for the next one.
func (p *planner) keep(name string) (File, error) {
	at, err := p.tree.look(name)
	if err == nil && (at.kind != regular || digest(at.data) != p.old.Files[name]) {
		p.conflict(name, "is missing or was edited by hand, and is not generated in this run")
		p.edited = true
	}
	return File{name, at.data}, err
}

// leave finds the files and folders of earlier runs that are not wanted, and
// the temporary files of a killed one.
func (p *planner) leave(wanted map[string]bool) error {
	c := p.changes
	folders := map[string]bool{}
	for _, name := range p.known() {
		if t := temporary(name); p.killed[name] != nil && p.tree.has(t) {
			c.leftovers = append(c.leftovers, t)
		}
		if wanted[name] {
			continue
		}
		at, err := p.tree.look(name)
		switch {
		case err != nil:
			return err
		case at.kind == unreachable:
			continue // the folder it was in is gone
		case at.kind != nothing && at.kind != folder && p.owned(name, at):
			c.Remove = append(c.Remove, name)
		}
		for _, dir := range above(name) {
			folders[dir] = true
		}
	}
	for name := range wanted {
		for _, dir := range above(name) {
			delete(folders, dir)
		}
	}
	c.folders = slices.Sorted(maps.Keys(folders))
	slices.Reverse(c.folders)
	return nil
}

// known returns the paths of both manifests, sorted.
func (p *planner) known() []string {
	names := slices.Concat(slices.Collect(maps.Keys(p.old.Files)), slices.Collect(maps.Keys(p.killed)))
	slices.Sort(names)
	return slices.Compact(names)
}

// settle makes the new manifest and compares it with the present one.
func (p *planner) settle(files []File) error {
	m, err := newManifest(files)
	if err != nil {
		return err
	}
	c := p.changes
	if c.manifest, err = m.encode(); err != nil {
		return err
	}
	if c.journal, err = p.killed.and(m).encode(); err != nil {
		return err
	}
	c.Listed = append(slices.Collect(maps.Keys(m.Files)), ManifestName)
	slices.Sort(c.Listed)
	slices.SortFunc(c.Conflicts, func(a, b Conflict) int { return cmp.Compare(a.Path, b.Path) })
	c.Conflicts = slices.Compact(c.Conflicts)
	c.settled = (bytes.Equal(c.manifest, p.oldText) || p.edited) && !p.journaled
	return nil
}
