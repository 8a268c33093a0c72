// Package nix is a small Nix expression tree and the printer that writes it
// exactly as nixfmt 1.4 would, so that generated modules are never reformatted.
//
// The tree holds values, references and function calls. There is no way to
// write raw Nix text: every string, attribute name and comment is escaped or
// refused by the printer, which makes a text from outside inert.
package nix

import "strings"

// Expr is one Nix expression. The set of implementations is closed: AttrSet,
// List, String, Template, Int, Bool, Null, PathLit, Join, Ref,
// Apply and HasOption.
type Expr interface{ expr() }

var (
	_ Expr = AttrSet(nil)
	_ Expr = List(nil)
	_ Expr = String("")
	_ Expr = Template(nil)
	_ Expr = Int(0)
	_ Expr = Bool(false)
	_ Expr = Null{}
	_ Expr = PathLit("")
	_ Expr = Ref(nil)
	_ Expr = Apply{}
	_ Expr = HasOption{}
	_ Expr = Join{}
)

func (AttrSet) expr()   {}
func (List) expr()      {}
func (String) expr()    {}
func (Template) expr()  {}
func (Int) expr()       {}
func (Bool) expr()      {}
func (Null) expr()      {}
func (PathLit) expr()   {}
func (Ref) expr()       {}
func (Apply) expr()     {}
func (HasOption) expr() {}
func (Join) expr()      {}

// AttrSet is { … }, with the bindings in the order the author wrote them.
type AttrSet []Binding

// Binding is "path = value;" inside an AttrSet or a File's let.
type Binding struct {
	Doc   []string // comment above the binding, one line each, without the "#"
	Blank bool     // one blank line before; ignored on the first binding
	Path  AttrPath
	Value Expr
}

// Bind returns the binding "dotted = value;" with doc as its comment lines.
// The name is split as by Path.
func Bind(dotted string, value Expr, doc ...string) Binding {
	return Binding{Doc: doc, Path: Path(dotted), Value: value}
}

// AttrPath is a path of attribute names, outermost first. Names are plain
// text; the printer quotes those that are not Nix identifiers.
type AttrPath []string

// Path splits a dotted literal such as "networking.firewall.enable". A name
// that itself holds a dot cannot be written this way: use Append for it.
func Path(dotted string) AttrPath { return strings.Split(dotted, ".") }

// Append returns a new path with names added at the end; p is not changed.
func (p AttrPath) Append(names ...string) AttrPath {
	return append(p[:len(p):len(p)], names...)
}

// String returns the path as Nix writes it: users.users."a b".shell.
func (p AttrPath) String() string {
	names := make([]string, len(p))
	for i, name := range p {
		names[i] = quoteName(name)
	}
	return strings.Join(names, ".")
}

// List is [ … ].
type List []Element

// Element is one element of a List.
type Element struct {
	Doc   []string // comment above the element, one line each, without the "#"
	Blank bool     // one blank line before; ignored on the first element
	Value Expr
}

// Elements returns the list of the given expressions, without comments.
func Elements(values ...Expr) List {
	list := make(List, len(values))
	for i, v := range values {
		list[i].Value = v
	}
	return list
}

// Strings returns a list of strings.
func Strings(ss ...string) List {
	list := make(List, len(ss))
	for i, s := range ss {
		list[i].Value = String(s)
	}
	return list
}

// Ints returns a list of integers.
func Ints(ns ...int64) List {
	list := make(List, len(ns))
	for i, n := range ns {
		list[i].Value = Int(n)
	}
	return list
}

// String is a text. It may hold anything but NUL and invalid UTF-8; the printer
// chooses between a quoted and an indented string and escapes, so nothing in it
// is Nix syntax.
type String string

// Template is a text with interpolated references: "${secrets}/x.age". As with
// String the printer chooses the form; the String parts are escaped.
type Template []Part

// Part is a piece of a Template: a String or a Ref.
type Part interface{ part() }

var (
	_ Part = String("")
	_ Part = Ref(nil)
)

func (String) part() {}
func (Ref) part()    {}

// Int is an integer. Nix has no literal for math.MinInt64; it is refused.
type Int int64

// Bool is true or false.
type Bool bool

// Null is null.
type Null struct{}

// PathLit is a path literal: ./x, ../x or /x, of letters, digits and ._+-
// between the slashes, without a slash at the end.
type PathLit string

// Join is a path below a folder that a reference names: secrets + "/x.age". It
// stays a path, so that Nix copies this one file to the store and not the
// folder, as "${secrets}/x.age" would.
type Join struct {
	Folder Ref
	Below  string // begins with a slash
}

// Ref names a value in scope, as lib.mkForce or config.age.secrets.x.path do.
// Its first name must be an identifier; later ones are quoted when needed.
type Ref AttrPath

// Apply is a function call with at least one argument. Nested calls, negative
// integers and HasOption are put in parentheses by the printer.
type Apply struct {
	Fn   Ref
	Args []Expr
}

// Call returns the call of the function with the given dotted name.
func Call(fn string, args ...Expr) Apply {
	return Apply{Fn: Ref(Path(fn)), Args: args}
}

// Override returns lib.mkOverride priority v. A lower number wins: mkForce is
// 50, a plain definition 100, mkDefault 1000 (nixpkgs lib/modules.nix).
func Override(priority int64, v Expr) Apply {
	return Call("lib.mkOverride", Int(priority), v)
}

// HasOption tests whether the module system declares an option, or with Not
// that it does not: Path("security.lsm") prints options.security ? lsm. The
// set the option is in must exist, or evaluation fails: to ask for a whole new
// set, name the set itself.
//
// With Item it tests for an option of the submodules that an option holds:
// (options.containers.type.getSubOptions [ ]) ? privateUsers.
type HasOption struct {
	Option AttrPath // without the leading "options"
	Item   string   // the name of an option of each item, "" for the option itself
	Not    bool
}

// OptionalAttrs is the one conditional of generated text: the settings to use
// where the option is declared, and those to use where it is not. The two
// calls of lib.optionalAttrs belong in one lib.mkMerge. (lib.mkIf would not
// do: it still defines the option, and an undeclared one is an error.)
//
// Both sets must be non-empty, or printing fails: whoever protects by an
// option must say what protects without it. See OptionalAttrsOrNothing.
func OptionalAttrs(option AttrPath, then, otherwise AttrSet) []Expr {
	return []Expr{
		OptionalAttrsOrNothing(option, then),
		Call("lib.optionalAttrs", HasOption{Option: option, Not: true}, otherwise),
	}
}

// OptionalAttrsOrNothing sets something only where the option is declared. It
// is for settings whose absence loses no protection, and for nothing else.
func OptionalAttrsOrNothing(option AttrPath, then AttrSet) Expr {
	return Call("lib.optionalAttrs", HasOption{Option: option}, then)
}

// File is one .nix file: an expression, or a function of a set returning one.
type File struct {
	Header []string  // comment at the top, one line each, without the "#"
	Params []string  // names in the function head, printed as given; nil: no head
	Closed bool      // head without "...": { a, b }: rather than { a, b, ... }:
	Let    []Binding // let … in before the body, when not empty
	Body   Expr      // never nil and never an empty set
}
