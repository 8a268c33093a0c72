package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a document. Lines and columns count from 1, columns in
// characters. The zero Pos is no place.
type Pos struct {
	File         string
	Line, Column int
}

// IsValid reports whether p is a place at all.
func (p Pos) IsValid() bool { return p.File != "" }

// String returns "file:line:column", "file" for a whole file, or "".
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Origin is where a value came from: the layer that set it ("level server" or
// "document"), its place, and, for level defaults, why.
type Origin struct {
	Layer  string
	Pos    Pos
	Reason *Reason // of a level's default, else nil
}

// Reason is why a level sets a value.
type Reason struct {
	Why    string // one line
	Source string // where it can be read up
}

// IsSet reports whether anything set the value.
func (o Origin) IsSet() bool { return o.Layer != "" }

// Default reports whether a level set the value, and not the document.
func (o Origin) Default() bool { return strings.HasPrefix(o.Layer, "level ") }

// String names the origin for people: the place in the user's document, or the
// level whose default it is.
func (o Origin) String() string {
	switch {
	case o.Layer == "level every":
		return "every level"
	case o.Default() || !o.Pos.IsValid():
		return o.Layer
	}
	return o.Pos.String()
}

// A Diagnostic is one problem of a document.
type Diagnostic struct {
	Pos     Pos
	Path    string // path into the data, "hosts.yoga.ssh.ports[0]"; "" for the whole
	Message string
	Hint    string // a way out, or ""
}

// String returns "file:line:column: path: message".
func (d Diagnostic) String() string {
	parts := []string{d.Pos.String(), d.Path, d.Message}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ": ")
}

// Diagnostics are all problems of one run.
type Diagnostics []Diagnostic

// Sorted returns the diagnostics by file, line, column and path, each once.
func (ds Diagnostics) Sorted() Diagnostics {
	sorted := slices.Clone(ds)
	slices.SortStableFunc(sorted, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(sorted)
}
