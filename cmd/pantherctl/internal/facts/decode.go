package facts

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A ShapeError says that facts are not what nixmodules/facts yields: they come from
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
	d := &decoder{reader{text: text, known: map[string]string{}}, map[reflect.Type][]field{}}
	h := &Host{}
	if err := d.fill(reflect.ValueOf(h).Elem()); err != nil {
		return nil, err
	}
	return h, d.end()
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

// decoder puts what it reads in its place.
type decoder struct {
	reader
	fields map[reflect.Type][]field // of structs met so far
}

// A field of a struct, or of one embedded in it.
type field struct {
	name     string
	index    []int
	optional bool
}

func (d *decoder) fieldsOf(t reflect.Type) []field {
	fields, known := d.fields[t]
	if !known {
		for _, f := range reflect.VisibleFields(t) {
			if !f.Anonymous {
				fields = append(fields, field{f.Name, f.Index, f.Tag.Get("facts") == "optional" || f.Type.Kind() == reflect.Pointer})
			}
		}
		d.fields[t] = fields
	}
	return fields
}

// fill puts the next value in its place. Absence is null, for strings and
// pointers, or for pointers the empty set.
func (d *decoder) fill(to reflect.Value) error {
	next := d.peek()
	switch to.Kind() {
	case reflect.Pointer:
		return d.fillPointer(to)
	case reflect.Struct:
		if next == '{' {
			return d.fillStruct(to)
		}
		return d.wrong("a set")
	case reflect.Map:
		if next == '{' {
			return d.fillMap(to)
		}
		return d.wrong("a set")
	case reflect.Slice:
		if next == '[' {
			return d.fillSlice(to)
		}
		return d.wrong("a list")
	case reflect.String:
		if next == '"' {
			text, err := d.string()
			to.SetString(text)
			return err
		}
	}
	value, err := d.value()
	if err != nil {
		return err
	}
	if to.Kind() == reflect.Interface {
		to.Set(reflect.ValueOf(&value).Elem())
		return nil
	}
	return fillScalar(value, to)
}

func (d *decoder) fillPointer(to reflect.Value) error {
	start := d.at
	if d.peek() == 'n' || d.take('{') && d.take('}') {
		d.at = start
		_, err := d.value()
		return err
	}
	d.at = start
	to.Set(reflect.New(to.Type().Elem()))
	return d.fill(to.Elem())
}

func (d *decoder) fillStruct(to reflect.Value) error {
	fields := d.fieldsOf(to.Type())
	seen := make([]bool, len(fields))
	err := d.set(func(name string) error {
		i := slices.IndexFunc(fields, func(f field) bool { return strings.EqualFold(f.name, name) })
		if i < 0 {
			_, err := d.value()
			return err
		}
		seen[i] = true
		return below(spelling, fields[i].name, d.fill(to.FieldByIndex(fields[i].index)))
	})
	if err != nil {
		return err
	}
	for i, f := range fields {
		if !seen[i] && !f.optional {
			return &ShapeError{spelling(f.name), "missing"}
		}
	}
	return nil
}

func (d *decoder) fillMap(to reflect.Value) error {
	to.Set(reflect.MakeMap(to.Type()))
	item := reflect.New(to.Type().Elem()).Elem()
	return d.set(func(name string) error {
		item.SetZero()
		err := d.fill(item)
		to.SetMapIndex(reflect.ValueOf(name), item)
		return below(strconv.Quote, name, err)
	})
}

func (d *decoder) fillSlice(to reflect.Value) error {
	to.Set(reflect.MakeSlice(to.Type(), 0, 0))
	return d.list('[', ']', func(i int) error {
		to.Grow(1)
		to.SetLen(i + 1)
		return below(func(i int) string { return fmt.Sprintf("[%d]", i) }, i, d.fill(to.Index(i)))
	})
}

func fillScalar(value any, to reflect.Value) error {
	switch to.Kind() {
	case reflect.String:
		text, ok := value.(string)
		if !ok && value != nil {
			return wrong(value, "a string")
		}
		to.SetString(text)
	case reflect.Bool:
		b, ok := value.(bool)
		if !ok {
			return wrong(value, "true or false")
		}
		to.SetBool(b)
	case reflect.Int:
		number, _ := value.(json.Number)
		n, err := strconv.Atoi(number.String())
		if err != nil {
			return wrong(value, "an integer")
		}
		to.SetInt(int64(n))
	default:
		panic("facts: no JSON becomes a " + to.Type().String())
	}
	return nil
}

// wrong says that the next value is another than there should be.
func (d *decoder) wrong(want string) error {
	value, err := d.value()
	if err != nil {
		return err
	}
	return wrong(value, want)
}

func wrong(value any, want string) error {
	return &ShapeError{"", describe(value) + ", and should be " + want}
}

// below says of an error where it is, step by step on the way out.
func below[T any](write func(T) string, step T, err error) error {
	e, ok := err.(*ShapeError)
	if !ok {
		return err
	}
	path := write(step)
	if e.Path != "" && e.Path[0] != '[' {
		path += "."
	}
	return &ShapeError{path + e.Path, e.What}
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

// spelling writes a field's name as nixmodules/facts does: SSHD is sshd, HostName is
// hostName.
func spelling(field string) string {
	upper := len(field) - len(strings.TrimLeft(field, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	if upper > 1 && upper < len(field) {
		upper-- // the last capital begins the next word
	}
	return strings.ToLower(field[:upper]) + field[upper:]
}
