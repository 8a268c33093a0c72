package nix

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error says why a tree cannot be written as Nix.
type Error struct {
	Path    AttrPath // where in the file; empty for the head
	Problem string
}

func (e *Error) Error() string {
	if len(e.Path) == 0 {
		return "nix: " + e.Problem
	}
	return fmt.Sprintf("nix: %s: %s", e.Path, e.Problem)
}

// validate refuses what Nix would refuse or read differently.
func (f *File) validate() error {
	if err := validComment(nil, f.Header); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, name := range f.Params {
		if !isIdent(name) || seen[name] {
			return &Error{nil, fmt.Sprintf("bad or repeated parameter %q", name)}
		}
		seen[name] = true
	}
	if f.Closed && f.Params == nil {
		return &Error{nil, "a closed head needs parameters"}
	}
	if err := validSet(nil, f.Let); err != nil {
		return err
	}
	if set, ok := f.Body.(AttrSet); ok && len(set) == 0 {
		return &Error{nil, "the body is an empty set"} // nixfmt versions differ on it
	}
	return validExpr(nil, f.Body)
}

// validSet checks bindings inside the attribute at path.
func validSet(path AttrPath, set []Binding) error {
	names := &nameTree{}
	for _, b := range set {
		at := path.Append(b.Path...)
		if len(b.Path) == 0 {
			return &Error{at, "binding without a name"}
		}
		for _, name := range b.Path {
			if err := validText(at, name); err != nil {
				return err
			}
		}
		if !names.add(b.Path) {
			return &Error{at, "attribute already defined"}
		}
		if err := validComment(at, b.Doc); err != nil {
			return err
		}
		if err := validExpr(at, b.Value); err != nil {
			return err
		}
	}
	return nil
}

// nameTree is the set of paths bound so far; a node without children is bound.
type nameTree struct{ children map[string]*nameTree }

// add reports false if path, a prefix of it or a path below it is bound.
func (t *nameTree) add(path AttrPath) bool {
	fresh := false
	for _, name := range path {
		next := t.children[name]
		if next == nil {
			if t.children == nil {
				t.children = map[string]*nameTree{}
			}
			next = &nameTree{}
			t.children[name] = next
			fresh = true
		} else if next.children == nil {
			return false
		}
		t = next
	}
	return fresh
}

func validExpr(path AttrPath, e Expr) error {
	switch e := e.(type) {
	case Bool, Null:
		return nil
	case AttrSet:
		return validSet(path, e)
	case List:
		return validList(path, e)
	case String:
		return validText(path, string(e))
	case Template:
		return validTemplate(path, e)
	case Int:
		if e == math.MinInt64 {
			return &Error{path, "Nix has no literal for the smallest integer"}
		}
		return nil
	case PathLit:
		return validPathLit(path, e)
	case Ref:
		return validRef(path, e)
	case Apply:
		return validApply(path, e)
	case Join:
		if !strings.HasPrefix(e.Below, "/") || strings.ContainsAny(e.Below, "\n") {
			return &Error{path, "a path below a folder begins with a slash"}
		}
		if err := validRef(path, e.Folder); err != nil {
			return err
		}
		return validText(path, e.Below)
	case HasOption:
		if len(e.Option) == 0 {
			return &Error{path, "option test without a name"}
		}
		if err := validText(path, e.Item); err != nil {
			return err
		}
		return validRef(path, Ref(AttrPath{"options"}.Append(e.Option...)))
	}
	return &Error{path, fmt.Sprintf("%T is not a Nix expression", e)}
}

func validList(path AttrPath, list List) error {
	for _, e := range list {
		if err := validComment(path, e.Doc); err != nil {
			return err
		}
		if err := validExpr(path, e.Value); err != nil {
			return err
		}
	}
	return nil
}

func validApply(path AttrPath, call Apply) error {
	if len(call.Args) == 0 {
		return &Error{path, "call without an argument"}
	}
	if err := validRef(path, call.Fn); err != nil {
		return err
	}
	for _, arg := range call.Args {
		if err := validExpr(path, arg); err != nil {
			return err
		}
		set, isSet := arg.(AttrSet)
		if isSet && len(set) == 0 && slices.Equal(call.Fn, Ref{"lib", "optionalAttrs"}) {
			return &Error{path, "lib.optionalAttrs of an empty set; see OptionalAttrsOrNothing"}
		}
	}
	return nil
}

func validTemplate(path AttrPath, t Template) error {
	for _, part := range t {
		var err error
		switch part := part.(type) {
		case String:
			err = validText(path, string(part))
		case Ref:
			err = validRef(path, part)
		default:
			err = &Error{path, fmt.Sprintf("%T is not a part of a text", part)}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func validRef(path AttrPath, ref Ref) error {
	if len(ref) == 0 || !isIdent(ref[0]) {
		return &Error{path, fmt.Sprintf("reference %q does not start with an identifier", AttrPath(ref))}
	}
	for _, name := range ref[1:] {
		if err := validText(path, name); err != nil {
			return err
		}
	}
	return nil
}

// pathLit is what Nix's lexer takes as a path, less forms nothing needs.
var pathLit = regexp.MustCompile(`^\.{0,2}(/[A-Za-z0-9._+-]+)+$`)

func validPathLit(path AttrPath, p PathLit) error {
	if !pathLit.MatchString(string(p)) {
		return &Error{path, fmt.Sprintf("%q is not a path literal", string(p))}
	}
	return nil
}

// validText refuses what has no place in a Nix file, escaped or not.
func validText(path AttrPath, text string) error {
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return &Error{path, fmt.Sprintf("text %q holds NUL or invalid UTF-8", text)}
	}
	return nil
}

// validComment refuses control characters: a CR would end the comment.
func validComment(path AttrPath, doc []string) error {
	for _, line := range doc {
		odd := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
		if strings.ContainsFunc(line, odd) || !utf8.ValidString(line) {
			return &Error{path, fmt.Sprintf("comment %q holds a control character or invalid UTF-8", line)}
		}
	}
	return nil
}
