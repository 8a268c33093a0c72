package schema

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// MaxBytes is the size of the largest file read. A fleet of 10,000 hosts takes
// about three megabytes; the parser needs a hundred times the size of a file of
// nothing but brackets.
const MaxBytes = 16 << 20

// maxFiles bounds the files of a document: links could give one many names.
const maxFiles = 1000

// ErrTooLarge says that a file holds more than MaxBytes.
var ErrTooLarge = fmt.Errorf("larger than %d megabytes", MaxBytes>>20)

// ReadFile reads a file of the document, given relative to the main one.
type ReadFile func(name string) ([]byte, error)

// Load reads the document in src, and what it includes by read, and checks
// all that can be said without resolving layers. file names it in positions.
// The fleet is as complete as the problems allow.
func Load(file string, src []byte, read ReadFile) (*Fleet, Diagnostics) {
	l := &loader{read: read, files: map[string]bool{}}
	fleet := &Fleet{}
	l.file(&decoder{file: file}, src, fleet)
	if !l.stopped {
		l.problems = append(l.problems, fleet.check()...)
	}
	return fleet, l.problems.Sorted()
}

// LoadLevels reads the document of the levels, settings by name, with the
// reason of each value and [its source] in the comment behind it.
func LoadLevels(file string, src []byte) (map[string]*Settings, Diagnostics) {
	d := &decoder{file: file, reasons: true, active: map[*yaml.Node]bool{}}
	levels := map[string]*Settings{}
	if root := d.parse(src); root != nil {
		d.pairs("", root, func(key, value *yaml.Node, at string) {
			d.layer = "level " + key.Value
			levels[key.Value] = &Settings{}
			d.value(at, value, levels[key.Value])
		})
	}
	return levels, d.problems.Sorted()
}

// loader reads a document and the files it includes.
type loader struct {
	read     ReadFile
	files    map[string]bool // read so far; true for those on the way to the present one
	stopped  bool            // what was read is too incomplete to be checked
	problems Diagnostics
}

func (l *loader) file(d *decoder, src []byte, fleet *Fleet) {
	name := path.Clean(d.file)
	l.files[name] = true
	defer func() { l.files[name] = false }()
	d.layer, d.active = "document", map[*yaml.Node]bool{}
	src = bytes.TrimPrefix(src, []byte("\uFEFF")) // no column counts it
	root := d.parse(src)
	d.secrets(root, src)
	if root != nil {
		d.value("", root, fleet)
	}
	l.problems = append(l.problems, d.problems...)
	l.stopped = l.stopped || d.stopped || root == nil
	for i, name := range fleet.Include.Items {
		l.include(fmt.Sprintf("include[%d]", i), name, fleet)
	}
}

func (l *loader) include(at string, name Value[Text], fleet *Fleet) {
	report := func(format string, args ...any) {
		l.problems = append(l.problems, Diagnostic{name.From.Pos, at, fmt.Sprintf(format, args...), ""})
	}
	target := path.Join(path.Dir(name.From.Pos.File), string(name.V))
	switch {
	case LooksSecret(string(name.V)): // reported already, and positions would repeat it
		return
	case path.IsAbs(string(name.V)) || slices.Contains(strings.Split(string(name.V), "/"), ".."):
		report("%s leaves the folder of the document", quote(string(name.V)))
		return
	}
	if reading, known := l.files[target]; reading {
		report("%s includes itself", quote(string(name.V)))
		return
	} else if known {
		report("%s is included twice", quote(string(name.V)))
		return
	}
	if len(l.files) == maxFiles {
		report("more than %d files, does a link lead in a circle?", maxFiles)
		l.stopped = true
		return
	}
	src, err := l.read(target)
	if err != nil {
		report("cannot be read: %s", strings.Map(printable, Redact(err.Error())))
		l.stopped = true
		return
	}
	part := &Fleet{}
	l.file(&decoder{file: target, partial: true}, src, part)
	l.problems = append(l.problems, fleet.add(part)...)
}

// add puts an included part beside what the fleet has.
func (f *Fleet) add(part *Fleet) Diagnostics {
	var ds Diagnostics
	ds = append(ds, addEntries("users", &f.Users, part.Users)...)
	ds = append(ds, addEntries("services", &f.Services, part.Services)...)
	ds = append(ds, addEntries("networks", &f.Networks, part.Networks)...)
	ds = append(ds, addEntries("roles", &f.Roles, part.Roles)...)
	ds = append(ds, addEntries("devices", &f.Devices, part.Devices)...)
	ds = append(ds, addEntries("hosts", &f.Hosts, part.Hosts)...)
	f.Access.Items = append(f.Access.Items, part.Access.Items...)
	f.Expect.Items = append(f.Expect.Items, part.Expect.Items...)
	f.Waivers.Items = append(f.Waivers.Items, part.Waivers.Items...)
	return ds
}

func addEntries[K, T any](key string, m *Map[K, T], part Map[K, T]) Diagnostics {
	var ds Diagnostics
	first := make(map[string]Origin, len(m.Entries))
	for _, e := range m.Entries {
		first[e.Key] = e.From
	}
	for _, e := range part.Entries {
		if before, ok := first[e.Key]; ok {
			ds = append(ds, Diagnostic{e.From.Pos, join(key, e.Key), fmt.Sprintf("duplicate key %s, first at %s", quote(e.Key), before.Pos), ""})
			continue
		}
		m.Entries = append(m.Entries, e)
	}
	return ds
}
