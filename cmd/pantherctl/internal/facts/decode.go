package facts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// A ShapeError says that facts are not what facts.nix yields: they come from
// another version of it, or from something else altogether.
type ShapeError struct {
	Path string // "sshd.ports[2]", "" for the whole
	What string // what is there, and what should be
}

func (e *ShapeError) Error() string {
	if e.Path == "" {
		return "the facts are " + e.What
	}
	return e.Path + " is " + e.What
}

// Decode reads the facts of one host. What it does not know it passes over;
// what it knows must be there, of the right kind: anything else is a
// [*ShapeError].
func Decode(text []byte) (*Host, error) {
	value, err := parse(text)
	if err != nil {
		return nil, err
	}
	h := &Host{}
	return h, fill("", value, reflect.ValueOf(h).Elem())
}

// DecodeFleet reads the facts of several hosts, by name.
func DecodeFleet(text []byte) (map[string]*Host, error) {
	var hosts map[string]json.RawMessage
	if err := json.Unmarshal(text, &hosts); err != nil {
		return nil, &ShapeError{"", "no JSON object of hosts: " + err.Error()}
	}
	fleet := make(map[string]*Host, len(hosts))
	for name, text := range hosts {
		h, err := Decode(text)
		if err != nil {
			return nil, fmt.Errorf("the facts of %s: %w", name, err)
		}
		fleet[name] = h
	}
	return fleet, nil
}

// parse reads JSON with numbers as they are written.
func parse(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, &ShapeError{"", "no JSON: " + err.Error()}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, &ShapeError{"", "followed by something else"}
	}
	return value, nil
}

// fill puts a JSON value in its place. Absence is null, for strings and
// pointers, or for pointers the empty set.
func fill(path string, value any, to reflect.Value) error {
	switch to.Kind() {
	case reflect.Interface:
		to.Set(reflect.ValueOf(&value).Elem())
		return nil
	case reflect.Pointer:
		if set, ok := value.(map[string]any); value == nil || ok && len(set) == 0 {
			return nil
		}
		to.Set(reflect.New(to.Type().Elem()))
		return fill(path, value, to.Elem())
	case reflect.Struct:
		return fillStruct(path, value, to)
	case reflect.Map:
		return fillMap(path, value, to)
	case reflect.Slice:
		return fillSlice(path, value, to)
	}
	return fillScalar(path, value, to)
}

func fillStruct(path string, value any, to reflect.Value) error {
	set, ok := value.(map[string]any)
	if !ok {
		return wrong(path, value, "a set")
	}
	byName := make(map[string]any, len(set))
	for name, value := range set {
		byName[strings.ToLower(name)] = value
	}
	return fillFields(path, byName, to)
}

// fillFields takes the fields of embedded structs from the same set.
func fillFields(path string, set map[string]any, to reflect.Value) error {
	for i := range to.NumField() {
		field := to.Type().Field(i)
		if field.Anonymous {
			if err := fillFields(path, set, to.Field(i)); err != nil {
				return err
			}
			continue
		}
		at := join(path, spelling(field.Name))
		value, ok := set[strings.ToLower(field.Name)]
		switch optional := field.Tag.Get("facts") == "optional" || field.Type.Kind() == reflect.Pointer; {
		case !ok && optional:
			continue
		case !ok:
			return &ShapeError{at, "missing"}
		}
		if err := fill(at, value, to.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func fillMap(path string, value any, to reflect.Value) error {
	set, ok := value.(map[string]any)
	if !ok {
		return wrong(path, value, "a set")
	}
	to.Set(reflect.MakeMapWithSize(to.Type(), len(set)))
	item := reflect.New(to.Type().Elem()).Elem()
	for name, value := range set {
		item.SetZero()
		if err := fill(join(path, strconv.Quote(name)), value, item); err != nil {
			return err
		}
		to.SetMapIndex(reflect.ValueOf(name), item)
	}
	return nil
}

func fillSlice(path string, value any, to reflect.Value) error {
	list, ok := value.([]any)
	if !ok {
		return wrong(path, value, "a list")
	}
	to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
	for i, value := range list {
		if err := fill(fmt.Sprintf("%s[%d]", path, i), value, to.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func fillScalar(path string, value any, to reflect.Value) error {
	switch to.Kind() {
	case reflect.String:
		text, ok := value.(string)
		if !ok && value != nil {
			return wrong(path, value, "a string")
		}
		to.SetString(text)
	case reflect.Bool:
		b, ok := value.(bool)
		if !ok {
			return wrong(path, value, "true or false")
		}
		to.SetBool(b)
	case reflect.Int:
		number, _ := value.(json.Number)
		n, err := strconv.Atoi(number.String())
		if err != nil {
			return wrong(path, value, "an integer")
		}
		to.SetInt(int64(n))
	default:
		panic("facts: no JSON becomes a " + to.Type().String())
	}
	return nil
}

func wrong(path string, value any, want string) error {
	return &ShapeError{path, describe(value) + ", and should be " + want}
}

func describe(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return strconv.FormatBool(value)
	case json.Number:
		return "the number " + value.String()
	case []any:
		return "a list"
	}
	return "a set"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// spelling writes a field's name as facts.nix does: SSHD is sshd, HostName is
// hostName.
func spelling(field string) string {
	upper := len(field) - len(strings.TrimLeft(field, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	if upper > 1 && upper < len(field) {
		upper-- // the last capital begins the next word
	}
	return strings.ToLower(field[:upper]) + field[upper:]
}
