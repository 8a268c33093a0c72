package option

import (
	"fmt"

	"github.com/pantherctl/pantherctl/gen/nix"
)

// Verify checks a module file as of a release: every option it sets must exist
// in that release and take the value it is given. It reads both forms of a
// module, { imports; option = …; } and { imports; config = …; }, and returns
// every error it finds, in the order of the file.
//
// The sets of lib.optionalAttrs (options.a ? b) { … } are checked as of the
// release nearest to this one in which they take effect.
func Verify(f *nix.File, release Release) []error {
	if !release.known() {
		return []error{fmt.Errorf("unknown NixOS release %q: want one of %v", release, Releases())}
	}
	w := walker{release: release, strict: true, lets: map[string]nix.Expr{}}
	for _, b := range f.Let {
		if len(b.Path) == 1 {
			w.lets[b.Path[0]] = b.Value
		}
	}
	w.module(f.Body)
	return w.errs
}

// module checks the body of a module.
func (w *walker) module(body nix.Expr) {
	set, ok := body.(nix.AttrSet)
	if !ok {
		if call, isCall := body.(nix.Apply); isCall && fromLib(call.Fn) && call.Fn[len(call.Fn)-1] == "mkMerge" {
			w.fail(node{}, "lib.mkMerge is no module: put it in config = …")
			return
		}
		w.value(node{}, body)
		return
	}
	long := false
	for _, b := range set {
		long = long || len(b.Path) > 0 && (b.Path[0] == "config" || b.Path[0] == "options")
	}
	for _, b := range set {
		w.top(b, long)
	}
}

// top checks one binding of a module, of the long form or the short.
func (w *walker) top(b nix.Binding, long bool) {
	if len(b.Path) == 0 {
		w.fail(node{}, "binding without a name")
		return
	}
	switch name := b.Path[0]; {
	case name == "imports" && len(b.Path) == 1:
		w.imports(b.Value)
	case name == "disabledModules", name == "_file", name == "key", name == "_class":
	case name == "config":
		w.attrs(node{}, nix.AttrSet{{Path: b.Path[1:], Value: b.Value}})
	case name == "options":
		w.fail(node{}, "it declares options; only files that set options are checked")
	case long:
		w.fail(node{}, "%s stands beside config or options, where only imports may: move it into config", b.Path)
	default:
		w.attrs(node{}, nix.AttrSet{b})
	}
}

// imports checks a list of modules; one written in place is checked as well.
func (w *walker) imports(v nix.Expr) {
	list, ok := v.(nix.List)
	if !ok {
		if _, call := v.(nix.Apply); !call {
			w.fail(node{}, "imports wants a list, got %s", describe(v))
		}
		return
	}
	for _, e := range list {
		switch v := e.Value.(type) {
		case nix.AttrSet:
			w.module(v)
		case nix.PathLit, nix.Ref, nix.Apply, nix.Template:
		default:
			w.fail(node{}, "imports wants modules, got %s", describe(v))
		}
	}
}

// conditional checks what lib.optionalAttrs adds to n.
func (w *walker) conditional(n node, test, v nix.Expr) {
	has, ok := test.(nix.HasOption)
	if !ok {
		w.value(n, v)
		return
	}
	live, err := w.live(has)
	if err != nil {
		w.errs = append(w.errs, err)
		return
	}
	outer := w.release
	w.release = live
	w.value(n, v)
	w.release = outer
}

// live returns the release nearest to w's in which the test holds, or an error
// if it cannot be relied on.
func (w *walker) live(test nix.HasOption) (Release, error) {
	option, path := test.Option, "options."+test.Option.String()
	if test.Item != "" {
		option = option.Append("<name>", test.Item)
		path += ".<name>." + test.Item
	} else if err := w.testable(option); err != nil {
		return "", fmt.Errorf("testing %s: %w", path, err)
	}
	s, err := lifetime(option, w.release)
	switch {
	case err != nil:
		return "", fmt.Errorf("testing %s: %w", path, err)
	case s.from != "":
		return w.release, nil // whether its module is imported is not known
	case s.until != "":
		// A removed option stays declared, so as to refuse what is set.
		return "", fmt.Errorf("testing %s: it was removed in NixOS %s, but the test may still hold there: test what replaced it", path, s.until)
	case test.Not && s.since.before() == "":
		return "", fmt.Errorf("testing %s: every known release declares it, so this branch is never used", path)
	case test.Not:
		return min(w.release, s.since.before()), nil
	}
	return max(w.release, s.since), nil
}

// testable returns an error if the set that the option is in cannot be asked:
// because w's release has no such set, or because it is itself an option, whose
// parts are not attributes of the declaration.
func (w *walker) testable(path nix.AttrPath) error {
	if len(path) < 2 {
		return nil
	}
	set := path[:len(path)-1]
	n, err := find(set, w.release)
	if err != nil {
		return err
	}
	if n.typ.Kind != Set {
		return fmt.Errorf("%s is an option, so the test never holds", set)
	}
	if s, err := lifetime(set, w.release); err != nil || !s.has(w.release) {
		return fmt.Errorf("options.%s does not exist in NixOS %s, so the test fails there", set, w.release)
	}
	return nil
}

// span is the releases that something is declared in.
type span struct {
	since, until Release
	from         string // the flake input it needs
}

func (s span) has(r Release) bool {
	return (s.since == "" || r.AtLeast(s.since)) && (s.until == "" || !r.AtLeast(s.until))
}

// widen returns the span from the earliest to the latest of two.
func (s span) widen(o span) span {
	if s.from != o.from {
		s.from = ""
	}
	if o.since < s.since {
		s.since = o.since
	}
	if s.until != "" && (o.until == "" || o.until > s.until) {
		s.until = o.until
	}
	return s
}

// lifetime returns the span of an option, or of a set: of all that is in it.
func lifetime(path nix.AttrPath, r Release) (span, error) {
	n, err := find(path, r)
	if err != nil {
		return span{}, err
	}
	if n.typ.Kind != Set {
		if rows := declared(n.key); len(rows) > 1 { // its type changed, not its existence
			return span{rows[0].since, rows[len(rows)-1].until, n.row.from}, nil
		}
		return span{n.row.since, n.row.until, n.row.from}, nil
	}
	all := span{n.row.since, n.row.until, n.row.from}
	for i, row := range rowsBelow(n.key) {
		one := span{row.since, row.until, row.from}
		if i == 0 {
			all = one
		}
		if all = all.widen(one); all == (span{}) {
			break // it cannot get wider
		}
	}
	if n.row.until != "" {
		all.until = n.row.until
	}
	return all, nil
}
