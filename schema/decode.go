package schema

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxMemory bounds what the values of one file take, in bytes, so that aliases
// of aliases cannot multiply without end. A fleet of 10,000 hosts takes a
// tenth of it.
const maxMemory = 1 << 30

// maxProblems bounds the problems reported of one file: one that has more is
// something else than a fleet.
const maxProblems = 1000

// decoder turns YAML nodes into the types of this package and goes on after
// every problem.
type decoder struct {
	file     string
	layer    string // names the origin of what is decoded
	partial  bool   // an included file, which need not hold every key
	reasons  bool   // line comments are the reasons of values (levels only)
	active   map[*yaml.Node]bool
	memory   uintptr
	stopped  bool
	problems Diagnostics
}

func (d *decoder) pos(n *yaml.Node) Pos { return Pos{d.file, n.Line, n.Column} }

func (d *decoder) origin(n *yaml.Node) Origin {
	o := Origin{Layer: d.layer, Pos: d.pos(n)}
	if comment := strings.TrimSpace(strings.TrimPrefix(n.LineComment, "#")); d.reasons && comment != "" {
		why, source, _ := strings.Cut(strings.TrimSuffix(comment, "]"), " [")
		o.Reason = &Reason{why, source}
	}
	return o
}

func (d *decoder) report(n *yaml.Node, path, message, hint string) {
	switch {
	case d.stopped:
	case len(d.problems) == maxProblems:
		d.stop(n, path, fmt.Sprintf("more than %d problems, the rest of the file was not read", maxProblems), "")
	default:
		d.problems = append(d.problems, Diagnostic{d.pos(n), path, message, hint})
	}
}

// stop makes a problem the last one of a file.
func (d *decoder) stop(n *yaml.Node, path, message, hint string) {
	d.problems = append(d.problems, Diagnostic{d.pos(n), path, message, hint})
	d.stopped = true
}

// wrongKind reports a node that is not what a place wants.
func (d *decoder) wrongKind(path string, n *yaml.Node, want string) {
	hint := ""
	if n.ShortTag() == "!!null" {
		hint = "leave the key out if there is nothing to say"
	}
	d.report(n, path, fmt.Sprintf("expected %s, found %s", want, describe(n)), hint)
}

// value decodes a node into target, a pointer to a node, scalar, enum or
// section, and reports whether it said something.
func (d *decoder) value(path string, n *yaml.Node, target any) bool {
	if !d.room(path, n, reflect.TypeOf(target).Elem().Size()) {
		return false
	}
	if n.Style&yaml.TaggedStyle != 0 {
		d.report(n, path, fmt.Sprintf("the tag %s cannot stand here", quote(n.Tag)), "write the value alone, a text in quotes")
		return false
	}
	if n.Kind == yaml.AliasNode {
		if d.active[n.Alias] {
			d.report(n, path, fmt.Sprintf("the alias %s contains itself", quote("*"+n.Value)), "")
			return false
		}
		d.active[n.Alias] = true
		defer delete(d.active, n.Alias)
		n = n.Alias
	}
	switch t := target.(type) {
	case node:
		t.decode(d, path, n)
		return true
	case scalar, enum, *bool:
		return d.scalar(path, n, target)
	}
	return d.section(path, n, reflect.ValueOf(target).Elem())
}

// room takes bytes from what is left for the file's values, and reports whether
// there were so many.
func (d *decoder) room(path string, n *yaml.Node, bytes uintptr) bool {
	if d.memory += bytes; d.memory > maxMemory && !d.stopped {
		d.stop(n, path, "the document is too large; do its aliases multiply?", "put what hosts share into a role")
	}
	return !d.stopped
}

func (d *decoder) scalar(path string, n *yaml.Node, target any) bool {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		d.wrongKind(path, n, wanted(target))
		return false
	}
	err := parseScalar(target, n.ShortTag(), n.Value)
	if p := (problem{}); errors.As(err, &p) {
		d.report(n, path, p.message, p.hint)
	} else if err != nil {
		d.report(n, path, err.Error(), "")
	}
	return err == nil
}

// section decodes a mapping into a struct, or a scalar or list into its short
// form if it has one.
func (d *decoder) section(path string, n *yaml.Node, v reflect.Value) bool {
	fields := fieldsOf(v.Type())
	if n.Kind != yaml.MappingNode {
		for _, f := range fields {
			if f.short && n.ShortTag() != "!!null" {
				return d.field(path, n, f, v)
			}
		}
		if n.ShortTag() == "!!bool" && slices.Contains(keysOf(fields), "enable") {
			d.report(n, path, "expected a mapping, found "+describe(n), "write { enable: "+n.Value+" }")
			return false
		}
		d.wrongKind(path, n, "a mapping")
		return false
	}
	seen := map[string]bool{}
	d.pairs(path, n, func(key, value *yaml.Node, at string) {
		for _, f := range fields {
			if f.key == key.Value {
				seen[f.key] = true
				if f.main && d.partial {
					d.report(key, at, "belongs in the main file only", "")
					return
				}
				d.field(at, value, f, v)
				return
			}
		}
		hint := didYouMean(key.Value, keysOf(fields))
		if instead, ok := instead(at); ok {
			hint = instead
		} else if hint == "" {
			hint = elsewhere(key.Value, v.Type())
		}
		d.report(key, at, "unknown key "+quote(key.Value), hint)
	})
	for _, f := range fields {
		if f.required && !seen[f.key] && !(d.partial && path == "") {
			d.report(n, path, fmt.Sprintf("%q is missing", f.key), f.doc)
		}
	}
	return true
}

// field decodes the value of a key of section v. What stands where a secret is
// to be named may be the secret, and is not repeated.
func (d *decoder) field(path string, n *yaml.Node, f field, v reflect.Value) bool {
	text := n
	if n.Kind == yaml.AliasNode {
		text = n.Alias
	}
	if f.secret && text.Kind == yaml.ScalarNode && text.ShortTag() != "!!null" && !nameForm.MatchString(text.Value) {
		d.report(n, path, "this is not the name of a secret (lower-case letters, digits and single dashes, a letter first)",
			"declare it, secrets: { NAME: {} }, and write NAME here")
		return false
	}
	return d.value(path, n, v.FieldByIndex(f.index).Addr().Interface())
}

// pairs calls f for each key of a mapping once, and reports keys that are no
// text or appear again.
func (d *decoder) pairs(path string, n *yaml.Node, f func(key, value *yaml.Node, at string)) {
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case d.stopped:
			return
		case key.Kind != yaml.ScalarNode:
			d.wrongKind(path, key, "a name")
			continue
		case key.ShortTag() == "!!merge":
			d.report(key, join(path, key.Value), "merge keys (<<) are not read", "put what hosts share into a role")
			continue
		}
		if before := first[key.Value]; before != nil {
			d.report(key, join(path, key.Value), fmt.Sprintf("duplicate key %s, first at line %d, column %d",
				quote(key.Value), before.Line, before.Column), "")
			continue
		}
		first[key.Value] = key
		f(key, value, join(path, key.Value))
	}
}

// bare is a key that stands in a path as it is.
var bare = newForm(`^[A-Za-z0-9_@*/+-]{1,64}$`)

// join appends a key to a path into the data.
func join(path, key string) string {
	if !bare.MatchString(key) || LooksSecret(key) {
		key = quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "the alias " + quote("*"+n.Value)
	}
	return tagged(n.ShortTag(), n.Value)
}

// tagged describes a scalar with what YAML takes it for.
func tagged(tag, text string) string {
	switch tag {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "the number " + Redact(text)
	case "!!bool":
		return "the boolean " + Redact(text)
	case "!!timestamp":
		return "the date " + Redact(text)
	}
	return "the text " + quote(text)
}
