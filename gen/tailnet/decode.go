package tailnet

import (
	"bytes"
	"fmt"
	"sort"
	"strings"

	"github.com/tailscale/hujson"
)

// Position is a place in a policy text, both counted from 1; columns count
// bytes, as the service does. The zero Position is no place.
type Position struct {
	Line, Column int
}

// String is "line 3, column 5".
func (p Position) String() string {
	return fmt.Sprintf("line %d, column %d", p.Line, p.Column)
}

// decoder turns a HuJSON tree into a Policy. The first thing it cannot take
// stays in err and everything after it decodes to nothing.
type decoder struct {
	text  []byte
	lines []int // offset of each line's first byte
	err   *Rejection
}

func newDecoder(text []byte) *decoder {
	lines := []int{0}
	for i, b := range text {
		if b == '\n' {
			lines = append(lines, i+1)
		}
	}
	return &decoder{text: text, lines: lines}
}

func (d *decoder) at(v hujson.Value) Position {
	line := sort.SearchInts(d.lines, v.StartOffset+1)
	return Position{Line: line, Column: v.StartOffset - d.lines[line-1] + 1}
}

func (d *decoder) fail(v hujson.Value, message string) {
	if d.err == nil {
		d.err = reject(d.at(v), message)
	}
}

// null reports a JSON null, which decodes to nothing everywhere.
func null(v hujson.Value) bool {
	lit, ok := v.Value.(hujson.Literal)
	return ok && lit.Kind() == 'n'
}

// object calls f for each member, in order.
func (d *decoder) object(v hujson.Value, f func(name Text, v hujson.Value)) {
	if null(v) {
		return
	}
	obj, ok := v.Value.(*hujson.Object)
	if !ok {
		d.fail(v, wrongType(v, "an object"))
		return
	}
	for _, m := range obj.Members {
		if d.err != nil {
			return
		}
		name, _ := m.Name.Value.(hujson.Literal)
		f(Text{Value: name.String(), At: d.at(m.Name)}, m.Value)
	}
}

// fields calls the function of each member's name, whatever its case, as the
// service matches names. A name with no function is refused.
func (d *decoder) fields(v hujson.Value, known map[string]func(hujson.Value)) {
	d.object(v, func(name Text, v hujson.Value) {
		for field, decode := range known {
			if strings.EqualFold(field, name.Value) {
				decode(v)
				return
			}
		}
		if d.err == nil {
			d.err = reject(name.At, fmt.Sprintf(unknownField, name.Value))
		}
	})
}

// array calls f for each element, in order.
func (d *decoder) array(v hujson.Value, f func(hujson.Value)) {
	if null(v) {
		return
	}
	arr, ok := v.Value.(*hujson.Array)
	if !ok {
		d.fail(v, wrongType(v, "an array"))
		return
	}
	for _, e := range arr.Elements {
		if d.err != nil {
			return
		}
		f(e)
	}
}

// string decodes a string. Null has no position, as if it were not there.
func (d *decoder) string(v hujson.Value) Text {
	if null(v) {
		return Text{}
	}
	lit, ok := v.Value.(hujson.Literal)
	if !ok || lit.Kind() != '"' {
		d.fail(v, wrongType(v, "a string"))
		return Text{}
	}
	return Text{Value: lit.String(), At: d.at(v)}
}

// texts decodes an array of strings; null is nil, an empty array is not.
func (d *decoder) texts(v hujson.Value) []Text {
	if null(v) {
		return nil
	}
	texts := []Text{}
	d.array(v, func(e hujson.Value) { texts = append(texts, d.string(e)) })
	return texts
}

func (d *decoder) flag(v hujson.Value) bool {
	if null(v) {
		return false
	}
	lit, ok := v.Value.(hujson.Literal)
	if !ok || lit.Kind() != 't' && lit.Kind() != 'f' {
		d.fail(v, wrongType(v, "true or false"))
		return false
	}
	return lit.Bool()
}

// entries decodes an object of string arrays.
func (d *decoder) entries(v hujson.Value) []Entry {
	var entries []Entry
	d.object(v, func(name Text, v hujson.Value) {
		entries = append(entries, Entry{Name: name, Values: d.texts(v)})
	})
	return entries
}

// pairs decodes an object of strings.
func (d *decoder) pairs(v hujson.Value) []Entry {
	var entries []Entry
	d.object(v, func(name Text, v hujson.Value) {
		entries = append(entries, Entry{Name: name, Values: []Text{d.string(v)}})
	})
	return entries
}

// capabilities decodes an object of arrays of anything.
func (d *decoder) capabilities(v hujson.Value) []Capability {
	var caps []Capability
	d.object(v, func(name Text, v hujson.Value) {
		caps = append(caps, Capability{Name: name, JSON: d.raw(v)})
	})
	return caps
}

// raw is the value as standard JSON without white space around it.
func (d *decoder) raw(v hujson.Value) string {
	v = v.Clone()
	v.Minimize()
	return string(bytes.TrimSpace(v.Pack()))
}
