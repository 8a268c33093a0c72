package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A Conflict is a setting that two roles make differently.
type Conflict struct {
	Path          string
	First, Second Origin
}

// Overlay lays the settings of one layer over those of earlier ones: what over
// sets replaces what s held, and what it appends is added.
func (s *Settings) Overlay(over *Settings) {
	m := merge{}
	m.value("", reflect.ValueOf(s).Elem(), reflect.ValueOf(over).Elem())
}

// Join lays the settings of another role beside those of earlier ones and
// returns the settings the two make differently.
func (s *Settings) Join(role *Settings) []Conflict {
	conflicts := []Conflict{}
	m := merge{conflicts: &conflicts}
	m.value("", reflect.ValueOf(s).Elem(), reflect.ValueOf(role).Elem())
	return conflicts
}

// IsZero reports whether nothing is set.
func (s *Settings) IsZero() bool { return reflect.ValueOf(s).Elem().IsZero() }

// SetsKernel reports whether anything is set that the kernel depends on.
func (s *Settings) SetsKernel() bool {
	return !reflect.ValueOf(s.Kernel).IsZero() || !reflect.ValueOf(s.Wifi).IsZero()
}

// Sets reports whether these settings themselves make the setting at a path.
func (s *Settings) Sets(path string) bool {
	found := false
	walk("", reflect.ValueOf(s).Elem(), func(at string, setting reflect.Value) {
		appends := setting.FieldByName("Append") // to what remains in dispute
		found = found || at == path && origin(setting).IsSet() && !(appends.IsValid() && appends.Bool())
	})
	return found
}

// A Setting is one setting for people to read.
type Setting struct {
	Path string   // "ssh.max_auth_tries"
	Text string   // its value, as a document would spell it
	From []Origin // of the value; of a list, each place or level that gave an item
}

// All returns every setting that is made, in the order of the field tables.
func (s *Settings) All() []Setting {
	var settings []Setting
	walk("", reflect.ValueOf(s).Elem(), func(at string, v reflect.Value) {
		if from := origin(v); from.IsSet() {
			settings = append(settings, Setting{at, spell(v), origins(v, from)})
		}
	})
	return settings
}

// origins returns where a setting comes from, each place once.
func origins(setting reflect.Value, from Origin) []Origin {
	items := setting.FieldByName("Items")
	if !items.IsValid() || items.Len() == 0 {
		return []Origin{from}
	}
	var all []Origin
	for i := range items.Len() {
		o := origin(items.Index(i))
		if !slices.ContainsFunc(all, func(x Origin) bool { return x.Default() && x.Layer == o.Layer || x.Pos == o.Pos }) {
			all = append(all, o)
		}
	}
	return all
}

// spell writes a setting as a document would.
func spell(setting reflect.Value) string {
	if items := setting.FieldByName("Items"); items.IsValid() {
		texts := make([]string, items.Len())
		for i := range texts {
			texts[i] = spell(items.Index(i))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	}
	return fmt.Sprint(setting.FieldByName("V").Interface())
}

func origin(setting reflect.Value) Origin { return setting.FieldByName("From").Interface().(Origin) }

func walk(path string, v reflect.Value, f func(string, reflect.Value)) {
	from := v.FieldByName("From")
	if from.IsValid() && from.Type() != reflect.TypeFor[Origin]() {
		from = reflect.Value{} // a setting that is called from
	}
	if entries := v.FieldByName("Entries"); from.IsValid() && entries.IsValid() {
		for i := range entries.Len() {
			e := entries.Index(i)
			walk(join(path, e.FieldByName("Key").String()), e.FieldByName("Value"), f)
		}
		return
	}
	if from.IsValid() {
		f(path, v)
		return
	}
	for _, fd := range fieldsOf(v.Type()) {
		walk(fd.below(path), v.FieldByIndex(fd.index), f)
	}
}

// merge is one overlay under way. It collects conflicts if it is asked to.
type merge struct{ conflicts *[]Conflict }

// joins reports whether settings are laid side by side, not over each other.
func (m *merge) joins() bool { return m.conflicts != nil }

func (m *merge) conflict(path string, first, second Origin) {
	if m.joins() {
		*m.conflicts = append(*m.conflicts, Conflict{path, first, second})
	}
}

func (m *merge) value(path string, v, over reflect.Value) {
	if over.IsZero() { // most sections of most layers
		return
	}
	if n, ok := v.Addr().Interface().(node); ok {
		n.overlay(m, path, over.Addr().Interface())
		return
	}
	for _, f := range fieldsOf(v.Type()) {
		m.value(f.below(path), v.FieldByIndex(f.index), over.FieldByIndex(f.index))
	}
}
