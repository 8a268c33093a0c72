package option

import (
	_ "embed"
	"fmt"
	"iter"
	"strings"
	"sync"
)

// table is the option list of NixOS 24.11, one option a line, sorted by bytes:
//
//	path TAB type TAB flags
//
// The type is the description the option has in the manual ("-" if an alias).
// The flags are separated by spaces: "alias" is an old name or a removed option,
// "readonly" may not be set, "since=25.05" is missing in 24.11, "from=agenix"
// belongs to a third-party module, "use=path" is what to write instead of it.
// <name> stands for any attribute name and * for an item of a list.
//
// It was made by evaluating `options` of the module tree of August 2024, with
// agenix, disko, impermanence, lanzaboote and opnix imported at the revisions of
// flake.lock, and printing path, type.description, visible, internal and
// readOnly of each. Options that only an option list of December 2024 has were
// added as since=25.05. The targets of old names are those given in the
// mkRenamedOptionModule calls of the tree. Internal options were left out, as
// was every service and program that pantherctl does not generate.
//
//go:embed table.txt
var table string

// releases has what the table lacks, in the same form, sorted by path and then
// by release, with two more flags: "until=26.05" is the first release without
// the option, and "source=…", always last, says where the line is from (rl-2605
// are the release notes of 26.05). A "-" for the type leaves that of the table.
// A path may have several lines, one for each type it had. The flag "set" is for
// a set of options that came or went as a whole.
//
//go:embed releases.txt
var releases string

// row is one line of a table.
type row struct {
	path     string
	typ      string
	alias    bool
	set      bool // no option, but a set of them
	readOnly bool
	since    Release
	until    Release
	from     string
	use      string
	source   string
}

// parseRow reads one line, without its newline.
func parseRow(line string) row {
	path, rest, _ := strings.Cut(line, "\t")
	typ, flags, _ := strings.Cut(rest, "\t")
	r := row{path: path, typ: typ}
	flags, r.source, _ = strings.Cut(flags, "source=")
	for flag := range strings.FieldsSeq(flags) {
		name, value, _ := strings.Cut(flag, "=")
		switch name {
		case "alias":
			r.alias = true
		case "set":
			r.set = true
		case "readonly":
			r.readOnly = true
		case "since":
			r.since = Release(value)
		case "until":
			r.until = Release(value)
		case "from":
			r.from = value
		case "use":
			r.use = value
		default:
			panic(fmt.Sprintf("option table: %s: bad flag %q", path, flag))
		}
	}
	return r
}

// seek returns the part of a table from the first line that is not before key.
// The table is never split into lines: a search touches about fifteen of them.
func seek(table, key string) string {
	before := func(start int) bool { return table[start:min(start+len(key), len(table))] < key }
	low, high := 0, len(table) // starts of lines
	for {
		mid := low + (high-low)/2
		start := mid + strings.IndexByte(table[mid:], '\n') + 1
		if start >= high {
			break // the rest is short
		}
		if before(start) {
			low = start
		} else {
			high = start
		}
	}
	for low < len(table) && before(low) {
		low += strings.IndexByte(table[low:], '\n') + 1
	}
	return table[low:]
}

// lines returns the rows of exactly this path.
func lines(table, path string) []row {
	var rows []row
	for rest := seek(table, path+"\t"); strings.HasPrefix(rest, path+"\t"); {
		line, tail, _ := strings.Cut(rest, "\n")
		rows = append(rows, parseRow(line))
		rest = tail
	}
	return rows
}

// below returns the lines of every path under prefix; all of them for "".
func below(table, prefix string) string {
	if prefix == "" {
		return table
	}
	from := seek(table, prefix+".")
	return from[:len(from)-len(seek(from, prefix+"/"))] // "/" follows "."
}

// place is what the tables know of a path.
type place struct {
	rows   []row           // as [declared] returns them, not to be changed
	types  []Type          // of each row
	prefix bool            // there are options below it
	names  func() []string // as [children] returns them
}

// places are those asked for before, by path. The tables never change, and the
// modules of a fleet ask for the same few paths again and again.
var places sync.Map

func at(path string) place {
	if known, ok := places.Load(path); ok {
		return known.(place)
	}
	p := place{rows: declared(path), prefix: isPrefix(path)}
	p.names = sync.OnceValue(func() []string { return children(path) })
	for _, r := range p.rows {
		p.types = append(p.types, typeOf(r))
	}
	places.Store(path, p)
	return p
}

// declared returns what is known of a path, oldest release first: the lines of
// releases, which replace that of the table but for the type. One that brings a
// type makes an option of what the manual leaves out.
func declared(path string) []row {
	base, news := lines(table, path), lines(releases, path)
	if len(news) == 0 {
		return base
	}
	for i := range news {
		if len(base) > 0 {
			if news[i].typ == "-" {
				news[i].typ = base[0].typ
				news[i].alias = news[i].alias || base[0].alias
			}
			if news[i].from == "" {
				news[i].from = base[0].from
			}
		}
	}
	return news
}

// rowsBelow returns what is declared under prefix, one by one.
func rowsBelow(prefix string) iter.Seq2[int, row] {
	return func(yield func(int, row) bool) {
		i := 0
		for _, source := range []string{table, releases} {
			for line := range strings.Lines(below(source, prefix)) {
				path, _, _ := strings.Cut(line, "\t")
				for _, r := range declared(path) {
					if r.set {
						continue
					}
					if !yield(i, r) {
						return
					}
					i++
				}
			}
		}
	}
}

// isPrefix reports whether options are declared below path.
func isPrefix(path string) bool {
	key := path + "."
	return strings.HasPrefix(seek(table, key), key) || strings.HasPrefix(seek(releases, key), key)
}

// pick chooses the row that holds in r, or the nearest that ever did.
func pick(rows []row, r Release) int {
	best := 0
	for i, candidate := range rows {
		if candidate.since == "" || r.AtLeast(candidate.since) {
			best = i
		}
	}
	return best
}
