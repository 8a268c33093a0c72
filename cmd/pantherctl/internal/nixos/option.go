package nixos

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
)

// The priorities and orders of definitions (nixpkgs lib/modules.nix). Of an
// option's definitions those of the lowest priority count, in their order.
const (
	forced  = 50
	plain   = 100
	weak    = 1000 // mkDefault
	absent  = 1500 // an option's default
	before  = 500
	between = 1000
	after   = 1500
)

// A definition is one value that a module gives an option.
type definition struct {
	value           nix.Expr
	priority, order int64
	conditional     bool // only where some option is declared
}

// An option is a node of the tree of options: a value, or options below it.
type option struct {
	path    nix.AttrPath
	defined []definition
	below   map[string]*option
	read    bool
	wrong   *[]error // of the whole tree
}

func newOptions() *option { return &option{wrong: new([]error)} }

// at returns the option at a path, defined or not.
func (o *option) at(path ...string) *option {
	for _, name := range path {
		next := o.below[name]
		if next == nil {
			next = &option{path: o.path.Append(name), wrong: o.wrong}
			if o.below == nil {
				o.below = map[string]*option{}
			}
			o.below[name] = next
		}
		o = next
	}
	return o
}

// find is at for a path that holds no name with a dot.
func (o *option) find(dotted string) *option { return o.at(nix.Path(dotted)...) }

// names are the options below, sorted as Nix does.
func (o *option) names() []string { return slices.Sorted(maps.Keys(o.below)) }

// define adds what an expression defines at the option and below it.
func (o *option) define(d definition) {
	switch v := d.value.(type) {
	case nix.AttrSet:
		for _, b := range v {
			inner := d
			inner.value = b.Value
			o.at(b.Path...).define(inner)
		}
	case nix.Apply:
		o.apply(d, v)
	default:
		o.defined = append(o.defined, d)
	}
}

// set adds a definition whose priority and order the value may still say.
func (o *option) set(value nix.Expr, priority int64) {
	o.define(definition{value: value, priority: priority, order: between})
}

// apply adds what a call of one of the module system's functions defines. What
// other functions return only Nix knows.
func (o *option) apply(d definition, call nix.Apply) {
	d.value = call.Args[len(call.Args)-1]
	switch nix.AttrPath(call.Fn).String() {
	case "lib.mkMerge":
		parts, _ := d.value.(nix.List)
		for _, part := range parts {
			d.value = part.Value
			o.define(d)
		}
		return
	case "lib.optionalAttrs":
		d.conditional = true
	case "lib.mkOverride":
		n, _ := call.Args[0].(nix.Int)
		d.priority = int64(n)
	case "lib.mkForce":
		d.priority = forced
	case "lib.mkDefault":
		d.priority = weak
	case "lib.mkBefore":
		d.order = before
	case "lib.mkAfter":
		d.order = after
	default:
		d.value = call
		o.defined = append(o.defined, d)
		return
	}
	o.define(d)
}

func (o *option) fail(format string, args ...any) {
	*o.wrong = append(*o.wrong, fmt.Errorf("%s %s", o.path, fmt.Sprintf(format, args...)))
}

// values are the definitions that count.
func (o *option) values() []nix.Expr {
	o.read = true
	if len(o.defined) == 0 {
		return nil
	}
	lowest := slices.MinFunc(o.defined, func(a, b definition) int { return cmp.Compare(a.priority, b.priority) }).priority
	counted := slices.DeleteFunc(slices.Clone(o.defined), func(d definition) bool { return d.priority != lowest })
	slices.SortStableFunc(counted, func(a, b definition) int { return cmp.Compare(a.order, b.order) })
	values := make([]nix.Expr, len(counted))
	for i, d := range counted {
		if values[i] = d.value; d.conditional {
			o.fail("depends on the release of NixOS")
		}
	}
	return values
}

// value returns a bool, a string or a number as facts have it, or the default.
func (o *option) value(otherwise any) any {
	values := o.values()
	if len(values) == 0 {
		return otherwise
	}
	first := o.scalar(values[0])
	for _, v := range values[1:] {
		if o.scalar(v) != first {
			o.fail("is defined twice")
		}
	}
	return first
}

func (o *option) scalar(e nix.Expr) any {
	switch v := e.(type) {
	case nix.Bool:
		return bool(v)
	case nix.String:
		return string(v)
	case nix.Int:
		return json.Number(fmt.Sprint(v))
	}
	o.fail("has a value that only Nix knows")
	return nil
}

func (o *option) boolean(otherwise bool) bool {
	b, ok := o.value(otherwise).(bool)
	if !ok {
		o.fail("is no bool")
	}
	return b
}

func (o *option) text(otherwise string) string {
	s, ok := o.value(otherwise).(string)
	if !ok {
		o.fail("is no string")
	}
	return s
}

func (o *option) number() int {
	n, ok := o.value(nil).(json.Number)
	i, err := n.Int64()
	if !ok || err != nil {
		o.fail("is no number")
	}
	return int(i)
}

// lines joins texts as types.lines does.
func (o *option) lines() string {
	var texts []string
	for _, v := range o.values() {
		s, _ := o.scalar(v).(string)
		texts = append(texts, s)
	}
	return strings.Join(texts, "\n")
}

// list joins lists as types.listOf does.
func (o *option) list() []nix.Expr {
	var all []nix.Expr
	for _, v := range o.values() {
		l, ok := v.(nix.List)
		if !ok {
			o.fail("is no list")
		}
		for _, e := range l {
			all = append(all, e.Value)
		}
	}
	return all
}

func (o *option) strings() []string {
	texts := []string{}
	for _, e := range o.list() {
		s, _ := o.scalar(e).(string)
		texts = append(texts, s)
	}
	return texts
}

func (o *option) ints() []int {
	numbers := []int{}
	for _, e := range o.list() {
		n, ok := e.(nix.Int)
		if !ok {
			o.fail("is no list of numbers")
		}
		numbers = append(numbers, int(n))
	}
	return numbers
}

// sets are the elements of a list of sets, each as options of its own.
func (o *option) sets() []*option {
	var all []*option
	for _, e := range o.list() {
		set := &option{path: o.path, wrong: o.wrong}
		set.set(e, plain)
		all = append(all, set)
	}
	return all
}

// unread are the options at and below this one that modules define and that
// nobody asked for.
func (o *option) unread() []*option {
	var all []*option
	if len(o.defined) > 0 && !o.read {
		all = append(all, o)
	}
	for _, name := range o.names() {
		all = append(all, o.below[name].unread()...)
	}
	return all
}
