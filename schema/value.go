package schema

import (
	"fmt"
	"reflect"
	"slices"

	"gopkg.in/yaml.v3"
)

// Value is one setting: what it says and where it came from. Its zero value is
// a setting nobody made.
type Value[T any] struct {
	V    T
	From Origin
}

// IsSet reports whether any layer set the value.
func (v Value[T]) IsSet() bool { return v.From.IsSet() }

// List is a setting that holds several values. In a document it is a YAML
// list, one value alone, or { append: [ … ] } to add to what an earlier layer
// said.
type List[T any] struct {
	Items  []Value[T]
	From   Origin
	Append bool

	added int // of Items, those at the end that roles appended to one that replaces
}

// IsSet reports whether any layer set the list.
func (l List[T]) IsSet() bool { return l.From.IsSet() }

// Values returns the values without their origins.
func (l List[T]) Values() []T {
	vs := make([]T, len(l.Items))
	for i, item := range l.Items {
		vs[i] = item.V
	}
	return vs
}

// Words returns the values of a list as plain texts, nil for none.
func Words[T ~string](l List[T]) []string {
	var words []string
	for _, item := range l.Items {
		words = append(words, string(item.V))
	}
	return words
}

// Map is a setting of named values, in the order of the document. K is the
// form of its names.
type Map[K, T any] struct {
	Entries []Entry[T]
	From    Origin
}

// Entry is one named value of a Map.
type Entry[T any] struct {
	Key   string
	From  Origin // of the key
	Value T
}

// Get returns the value of a name.
func (m Map[K, T]) Get(key string) (T, bool) {
	for i := range m.Entries {
		if m.Entries[i].Key == key {
			return m.Entries[i].Value, true
		}
	}
	var zero T
	return zero, false
}

// Has reports whether the map holds a name.
func (m Map[K, T]) Has(key string) bool {
	return slices.ContainsFunc(m.Entries, func(e Entry[T]) bool { return e.Key == key })
}

// Keys returns the names in the order of the document.
func (m Map[K, T]) Keys() []string {
	keys := make([]string, len(m.Entries))
	for i, e := range m.Entries {
		keys[i] = e.Key
	}
	return keys
}

// node is what a field of a section can be. Structs that are no node are
// sections, and walked field by field.
type node interface {
	decode(d *decoder, path string, n *yaml.Node)
	shape(s *shapes) shape
	overlay(m *merge, path string, over any)
}

func (v *Value[T]) decode(d *decoder, path string, n *yaml.Node) {
	var t T
	if d.value(path, n, &t) {
		*v = Value[T]{V: t, From: d.origin(n)}
	}
}

func (v *Value[T]) shape(s *shapes) shape { return s.of(reflect.TypeFor[T]()) }

func (v *Value[T]) overlay(m *merge, path string, over any) {
	o := over.(*Value[T])
	if !o.IsSet() {
		return
	}
	if v.IsSet() && !reflect.DeepEqual(v.V, o.V) {
		m.conflict(path, v.From, o.From)
	}
	*v = *o
}

func (l *List[T]) decode(d *decoder, path string, n *yaml.Node) {
	items, single := n.Content, false
	switch {
	case n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "append":
		d.value(path, n.Content[1], l)
		if l.Append {
			d.report(n, path, "append inside append", "write it once")
		}
		l.Append = true
		return
	case n.Kind == yaml.MappingNode && !isSection[T]():
		d.report(n, path, "expected a list, found a mapping", "to add to the list of an earlier layer write { append: [ … ] }")
		return
	case n.Kind != yaml.SequenceNode:
		items, single = []*yaml.Node{n}, true
	}
	l.From = d.origin(n)
	if len(items) == 0 {
		l.Items = []Value[T]{}
	}
	for i, item := range items {
		at := path
		if !single {
			at = fmt.Sprintf("%s[%d]", path, i)
		}
		var t T
		if d.value(at, item, &t) {
			from := d.origin(item)
			if from.Reason == nil {
				from.Reason = l.From.Reason
			}
			l.Items = append(l.Items, Value[T]{V: t, From: from})
		}
	}
}

// isEmpty reports whether the document writes an empty list, and not one of
// which nothing could be read.
func (l List[T]) isEmpty() bool { return l.Items != nil && len(l.Items) == 0 }

// isSection reports whether a type is a mapping in the document.
func isSection[T any]() bool {
	switch any(new(T)).(type) {
	case scalar, enum, *bool:
		return false
	}
	return true
}

func (l *List[T]) shape(s *shapes) shape {
	item := s.of(reflect.TypeFor[T]())
	items := shape{"type": "array", "items": item}
	return shape{"anyOf": []any{items, item, shape{
		"type": "object", "required": []string{"append"}, "additionalProperties": false,
		"properties": shape{"append": shape{
			"description": "Values added to what an earlier layer said.",
			"anyOf":       []any{items, item},
		}},
	}}}
}

func (l *List[T]) overlay(m *merge, path string, over any) {
	o := over.(*List[T])
	switch {
	case !o.IsSet():
	case !l.IsSet():
		*l = *o
		l.Items = slices.Clip(l.Items)
	case o.Append:
		items := o.Items
		if !m.joins() { // of roles side by side, what is there may yet be replaced
			items = slices.DeleteFunc(slices.Clone(items), func(item Value[T]) bool {
				return slices.ContainsFunc(l.Items, func(x Value[T]) bool { return reflect.DeepEqual(x.V, item.V) })
			})
		}
		l.Items = append(slices.Clip(l.Items), items...)
		l.added += len(items)
		if l.Append || !m.joins() {
			l.From = o.From
		}
	case m.joins():
		// Among roles no order is promised: what one appends is kept
		// whichever of them replaces, and two that replace must agree.
		base, added := l.Items[:len(l.Items)-l.added], l.Items[len(l.Items)-l.added:]
		if l.Append {
			base, added = nil, l.Items
		} else if !equal(base, o.Items) {
			m.conflict(path, l.From, o.From)
		}
		*l = List[T]{Items: append(slices.Clip(o.Items), added...), From: o.From, added: len(added)}
	default:
		*l = *o
	}
}

func equal[T any](a, b []Value[T]) bool {
	return slices.EqualFunc(a, b, func(x, y Value[T]) bool { return reflect.DeepEqual(x.V, y.V) })
}

func (mp *Map[K, T]) decode(d *decoder, path string, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		d.wrongKind(path, n, "a mapping of names")
		return
	}
	size := len(n.Content) / 2
	if !d.room(path, n, uintptr(size)*reflect.TypeFor[Entry[T]]().Size()) {
		return
	}
	mp.From, mp.Entries = d.origin(n), make([]Entry[T], 0, size)
	d.pairs(path, n, func(key, value *yaml.Node, at string) {
		var k K
		if !d.value(at, key, &k) {
			return
		}
		mp.Entries = mp.Entries[:len(mp.Entries)+1] // in place: a host is large
		e := &mp.Entries[len(mp.Entries)-1]
		e.Key, e.From = key.Value, d.origin(key)
		d.value(at, value, &e.Value)
	})
}

func (mp *Map[K, T]) shape(s *shapes) shape {
	return shape{
		"type": "object", "propertyNames": s.of(reflect.TypeFor[K]()),
		"additionalProperties": s.of(reflect.TypeFor[T]()),
	}
}

func (mp *Map[K, T]) overlay(m *merge, path string, over any) {
	o := over.(*Map[K, T])
	if !o.From.IsSet() {
		return
	}
	mp.From = o.From
	mp.Entries = slices.Clone(mp.Entries) // earlier layers are shared by many hosts
	for _, e := range o.Entries {
		i := slices.IndexFunc(mp.Entries, func(x Entry[T]) bool { return x.Key == e.Key })
		if i < 0 {
			mp.Entries = append(mp.Entries, e)
			continue
		}
		m.value(join(path, e.Key), reflect.ValueOf(&mp.Entries[i].Value).Elem(), reflect.ValueOf(&e.Value).Elem())
	}
}
