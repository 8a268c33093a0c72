package schema

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// field is one key of a section. The Go struct is the table: its tags give the
// key and the description that decoder, JSON Schema and editors share.
type field struct {
	key, doc string
	index    []int
	required bool // yaml:"key,required": the key must be there
	short    bool // yaml:"key,short": a section that is not a mapping stands for this key alone
	main     bool // yaml:"key,main": included files cannot say it
	secret   bool // yaml:"key,secret": names a secret, for which people write the secret itself
}

// below returns the path of the key in the section at a path. Keys of ours need
// no quotes.
func (f field) below(path string) string {
	if path == "" {
		return f.key
	}
	return path + "." + f.key
}

var fieldTables sync.Map // reflect.Type -> []field, computed from the types alone

// fieldsOf returns the keys of a section in the order they are declared,
// embedded structs in place.
func fieldsOf(t reflect.Type) []field {
	if table, ok := fieldTables.Load(t); ok {
		return table.([]field)
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				fields = append(fields, inner)
			}
			continue
		}
		key, rest, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "" {
			continue
		}
		options := strings.Split(rest, ",")
		fields = append(fields, field{
			key: key, doc: f.Tag.Get("doc"), index: []int{i},
			required: slices.Contains(options, "required"), short: slices.Contains(options, "short"),
			main: slices.Contains(options, "main"), secret: slices.Contains(options, "secret"),
		})
	}
	fieldTables.Store(t, fields)
	return fields
}

func keysOf(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}
