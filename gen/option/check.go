package option

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
)

// Check returns an error if the option does not take the value, one for each
// part of the value that is wrong. It looks through lib.mkForce, mkIf and the
// like. A reference or a call of another function is taken for text: where only
// text or a package is allowed it passes, and where a list is wanted it does
// not. A reference to config.… is taken for what that option is.
func Check(o Option, v nix.Expr) error {
	w := walker{release: o.release}
	w.value(o.at, v)
	return errors.Join(w.errs...)
}

// walker checks values against the option tree and collects what is wrong.
type walker struct {
	release  Release
	strict   bool                // options must exist in release
	lets     map[string]nix.Expr // names bound around the value
	patterns map[string]*regexp.Regexp
	errs     []error
}

func (w *walker) fail(n node, format string, args ...any) {
	at := n.shown
	if at == "" {
		at = "module"
	}
	w.errs = append(w.errs, fmt.Errorf("%s: "+format, append([]any{at}, args...)...))
}

// value checks v as the value of n.
func (w *walker) value(n node, v nix.Expr) {
	if w.strict {
		if err := n.option().Available(w.release); err != nil {
			w.errs = append(w.errs, err)
			return
		}
	}
	if n.row.readOnly {
		w.fail(n, "it is read-only")
		return
	}
	switch v := v.(type) {
	case nix.Apply:
		w.apply(n, v)
	case nix.Ref:
		w.ref(n, v)
	case nix.AttrSet:
		w.attrs(n, v)
	case nix.List:
		w.list(n, v)
	default:
		if !w.scalar(n.typ, v) {
			w.mismatch(n, v)
		}
	}
}

func (w *walker) mismatch(n node, v nix.Expr) {
	switch {
	case n.typ.Kind == Set:
		w.fail(n, "it is a set of options, got %s", describe(v))
	case n.typ.Kind == Opaque:
		w.fail(n, "its type is not known (%s), so nothing may be written there", n.typ)
	default:
		w.fail(n, "want %s, got %s", n.typ, describe(v))
	}
}

// attrs checks a set: its bindings are options below n, or free-form values.
func (w *walker) attrs(n node, set nix.AttrSet) {
	if _, open := n.typ.attr(); !open && !n.typ.has(Set, Submodule) {
		w.mismatch(n, set)
		return
	}
	for _, b := range set {
		at, err := n.walk(b.Path, w.release)
		if err != nil {
			w.errs = append(w.errs, err)
			continue
		}
		w.value(at, b.Value)
	}
}

func (w *walker) list(n node, l nix.List) {
	item, ok := n.item(w.release)
	if !ok {
		w.mismatch(n, l)
		return
	}
	for t := range n.typ.alternatives {
		if t.Kind == List && t.NonEmpty && len(l) == 0 {
			w.fail(n, "want %s, got an empty list", n.typ)
		}
	}
	for i, e := range l {
		item.shown = n.shown + "[" + strconv.Itoa(i) + "]"
		w.value(item, e.Value)
	}
}

// scalar reports whether t takes v, which is neither a set nor a list, nor a
// reference or call.
func (w *walker) scalar(t Type, v nix.Expr) bool {
	for a := range t.alternatives {
		if w.takes(a, v) {
			return true
		}
	}
	return false
}

func (w *walker) takes(t Type, v nix.Expr) bool {
	switch t.Kind {
	case Any, Data:
		return v != nil
	case Enum:
		for _, want := range t.Values {
			if want == v {
				return true
			}
		}
		return false
	}
	switch v := v.(type) {
	case nix.Null:
		return t.Kind == Null
	case nix.Bool, nix.HasOption:
		return t.Kind == Bool
	case nix.Int:
		return t.Kind == Int && t.Min <= int64(v) && int64(v) <= t.Max
	case nix.PathLit:
		return t.Kind == Path
	case nix.String:
		return w.text(t, string(v))
	case nix.Template:
		return template(t, v)
	}
	return false
}

func (w *walker) text(t Type, s string) bool {
	switch t.Kind {
	case Line:
		if strings.Contains(strings.TrimSuffix(s, "\n"), "\n") {
			return false
		}
	case Path:
		if !strings.HasPrefix(s, "/") {
			return false
		}
	case String:
		if t.NonEmpty && strings.TrimSpace(s) == "" {
			return false
		}
	default:
		return false
	}
	return t.Pattern == "" || w.match(t.Pattern, s)
}

// match is builtins.match: the whole text, in POSIX syntax. What Go cannot
// compile is not checked.
func (w *walker) match(pattern, s string) bool {
	re, seen := w.patterns[pattern]
	if !seen {
		// A backslash in brackets is itself to POSIX, an escape to Go.
		bracket := strings.ReplaceAll(pattern, `\-]`, `\\-]`)
		re, _ = regexp.Compile("^(?:" + bracket + ")$")
		if w.patterns == nil {
			w.patterns = map[string]*regexp.Regexp{}
		}
		w.patterns[pattern] = re
	}
	return re == nil || re.MatchString(s)
}

// template checks what is known of a text with references in it.
func template(t Type, v nix.Template) bool {
	for i, part := range v {
		text, ok := part.(nix.String)
		switch {
		case ok && t.Kind == Path && i == 0 && !strings.HasPrefix(string(text), "/"):
			return false
		case ok && t.Kind == Line && strings.Contains(strings.TrimSuffix(string(text), "\n"), "\n"):
			return false
		}
	}
	return t.Kind == String || t.Kind == Line || t.Kind == Path
}

// describe names a value in messages.
func describe(v nix.Expr) string {
	switch v := v.(type) {
	case nix.AttrSet:
		return "a set"
	case nix.List:
		return "a list"
	case nix.String:
		return fmt.Sprintf("string %.60q", string(v))
	case nix.Template:
		return "a string with references"
	case nix.Int:
		return fmt.Sprintf("integer %d", v)
	case nix.Bool:
		return fmt.Sprint(bool(v))
	case nix.Null:
		return "null"
	case nix.PathLit:
		return "path " + string(v)
	case nix.Ref:
		return "reference " + nix.AttrPath(v).String()
	case nix.Apply:
		return "a call of " + nix.AttrPath(v.Fn).String()
	case nix.HasOption:
		return "a test for an option"
	}
	return "nothing"
}
