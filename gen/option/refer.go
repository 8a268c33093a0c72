package option

import (
	"maps"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
)

// ref checks a reference as the value of n.
func (w *walker) ref(n node, r nix.Ref) {
	switch {
	case len(r) == 0:
		w.mismatch(n, r)
	case len(r) == 1 && w.lets[r[0]] != nil:
		w.bound(n, r[0])
	case r[0] == "config" && len(r) > 1:
		w.setting(n, r)
	case !w.unknown(n.typ):
		w.mismatch(n, r)
	}
}

// bound checks the value that name is bound to by a let. Within it the name is
// not followed again: a let that refers to itself has no value.
func (w *walker) bound(n node, name string) {
	outer := w.lets
	w.lets = maps.Clone(outer)
	delete(w.lets, name)
	w.value(n, outer[name])
	w.lets = outer
}

// setting checks a reference to the value of another option.
func (w *walker) setting(n node, r nix.Ref) {
	var from node
	for i, name := range r[1:] {
		if from.typ.has(Package, Any, Data) {
			return // the attributes of a package are not known
		}
		next, err := from.child(name, w.release)
		if err != nil {
			w.fail(n, "refers to config.%v", unknown(err, from, nix.AttrPath(r[1+i:])))
			return
		}
		from = next
	}
	if w.strict {
		if err := from.option().Available(w.release); err != nil {
			w.fail(n, "refers to config.%v", err)
			return
		}
	}
	if shapes(n.typ)&shapes(from.typ) == 0 {
		w.fail(n, "want %s, got %s, which is %s", n.typ, nix.AttrPath(r), from.typ)
	}
}

// shapes returns the sorts of values that t takes, as a bit set; null is no
// sort, for a reference is rarely to something that is always null.
func shapes(t Type) (set uint16) {
	const all = 1<<8 - 1
	for a := range t.alternatives {
		switch a.Kind {
		case Set, Attrs, Submodule:
			set |= 1
		case Bool:
			set |= 2
		case Int, Float:
			set |= 4
		case String, Line, Path, Package:
			set |= 8
		case List:
			set |= 16
		case Function:
			set |= 32
		case Any, Data:
			set |= all
		case Enum:
			for _, v := range a.Values {
				switch v.(type) {
				case nix.Bool:
					set |= 2
				case nix.Int:
					set |= 4
				default:
					set |= 8
				}
			}
		}
	}
	return set
}

// unknown reports whether t takes a value of which nothing is known, such as
// pkgs.git or a name from the arguments of the module.
func (w *walker) unknown(t Type) bool {
	if t.has(String, Line, Path, Package, Function, Any, Data) {
		return true
	}
	for a := range t.alternatives {
		if a.Kind == Attrs && a.Elem[0].Kind == Any {
			return true
		}
	}
	return false
}

// apply checks a call as the value of n.
func (w *walker) apply(n node, a nix.Apply) {
	name := ""
	if len(a.Fn) > 0 {
		name = a.Fn[len(a.Fn)-1]
	}
	switch {
	case !fromLib(a.Fn):
	case len(a.Args) == 1 && (name == "mkForce" || name == "mkDefault" || name == "mkBefore" || name == "mkAfter"):
		w.value(n, a.Args[0])
		return
	case len(a.Args) == 1 && name == "mkMerge":
		w.merge(n, a.Args[0])
		return
	case len(a.Args) == 2 && (name == "mkOverride" || name == "mkOrder"):
		w.value(n, a.Args[1])
		return
	case len(a.Args) == 2 && (name == "mkIf" || name == "optionals"):
		// mkIf still defines the option, so a test for it does not help here.
		w.value(n, a.Args[1])
		return
	case len(a.Args) == 2 && name == "optional":
		w.list(n, nix.Elements(a.Args[1]))
		return
	case len(a.Args) == 2 && name == "optionalAttrs":
		w.conditional(n, a.Args[0], a.Args[1])
		return
	case n.typ.has(List) && returnsList(name), n.typ.has(Bool) && returnsBool(name):
		return
	}
	if !w.unknown(n.typ) {
		w.mismatch(n, a)
	}
}

func (w *walker) merge(n node, arg nix.Expr) {
	parts, ok := arg.(nix.List)
	if !ok {
		w.fail(n, "lib.mkMerge wants a list, got %s", describe(arg))
		return
	}
	for _, part := range parts {
		w.value(n, part.Value)
	}
}

// fromLib reports whether a function is one of nixpkgs' lib or of Nix itself.
func fromLib(fn nix.Ref) bool {
	return len(fn) > 0 && (len(fn) == 1 || fn[0] == "lib" || fn[0] == "builtins")
}

func returnsList(name string) bool {
	switch name {
	case "map", "filter", "attrNames", "attrValues", "concatMap", "concatLists", "flatten", "unique", "mapAttrsToList", "splitString":
		return true
	}
	return false
}

func returnsBool(name string) bool {
	switch name {
	case "elem", "all", "any", "pathExists", "versionAtLeast", "versionOlder":
		return true
	}
	return strings.HasPrefix(name, "has") || strings.HasPrefix(name, "is")
}
