package option

import "github.com/pantherctl/pantherctl/gen/nix"

// Kind is the outermost shape of a Type.
type Kind uint8

// The kinds of types. What NixOS calls "null or X" and "X or Y" are Unions.
const (
	Set       Kind = iota // no option: a set that options are declared in
	Null                  // null
	Bool                  // true or false
	Int                   // integer, within Min and Max
	Float                 // a number with a fraction; the tree has no literal for it
	String                // text
	Line                  // text of one line
	Path                  // an absolute path, as text or as a path literal
	Package               // a derivation: only a reference can be one
	Enum                  // one of Values
	List                  // list of Elem
	Attrs                 // attribute set of Elem, under any names
	Union                 // one of Elem
	Submodule             // options of its own, declared below the option
	Data                  // anything a configuration file can hold
	Any                   // anything at all
	Opaque                // the description does not say
	Function              // a Nix function: only a reference can be one
)

// Type is what an option accepts.
type Type struct {
	Kind     Kind
	Name     string     // the description in the NixOS manual
	Min, Max int64      // bounds of an Int, inclusive
	Values   []nix.Expr // of an Enum
	Elem     []Type     // of a List or Attrs: one; of a Union: its members
	NonEmpty bool       // a String or List must not be empty
	Pattern  string     // a String must match it as a whole; POSIX extended syntax
}

// String returns the description of the type in the NixOS manual.
func (t Type) String() string {
	if t.Name == "" {
		return "a value"
	}
	return t.Name
}

// alternatives yields the members of a Union, nested ones included, or t.
func (t Type) alternatives(yield func(Type) bool) {
	t.each(yield)
}

func (t Type) each(yield func(Type) bool) bool {
	if t.Kind != Union {
		return yield(t)
	}
	for _, e := range t.Elem {
		if !e.each(yield) {
			return false
		}
	}
	return true
}

// attr returns the type of the attributes of a value of type t that are not
// declared one by one; false if it may have none.
func (t Type) attr() (Type, bool) {
	for a := range t.alternatives {
		switch a.Kind {
		case Attrs:
			return a.Elem[0], true
		case Data, Any:
			return a, true
		}
	}
	return Type{}, false
}

// item returns the type of the items of a value of type t; false if it is
// never a list.
func (t Type) item() (Type, bool) {
	for a := range t.alternatives {
		switch a.Kind {
		case List:
			return a.Elem[0], true
		case Data, Any:
			return a, true
		}
	}
	return Type{}, false
}

// has reports whether one of the alternatives is of one of the kinds.
func (t Type) has(kinds ...Kind) bool {
	for a := range t.alternatives {
		for _, k := range kinds {
			if a.Kind == k {
				return true
			}
		}
	}
	return false
}
