package facts

import (
	"bytes"
	"encoding/json"
)

// deepest is how deep values may lie in each other; those of hosts go seven deep.
const deepest = 1000

// short is the length of texts that are worth keeping once: names come many times.
const short = 32

// reader reads one JSON text from front to back, without a tree of it: the facts
// of a host with all who set what are 200 kB, and fleets have many hosts.
type reader struct {
	text  []byte
	at    int
	depth int
	known map[string]string // short texts, each once
}

// syntax is what is wrong with the JSON itself.
func syntax(what string) error { return &ShapeError{"", "no JSON: " + what} }

// peek returns the next byte that is no space, 0 at the end.
func (r *reader) peek() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	return 0
}

// take passes over a byte if it is the next.
func (r *reader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

// end wants nothing to follow.
func (r *reader) end() error {
	if r.peek() != 0 || r.at < len(r.text) {
		return &ShapeError{"", "followed by something else"}
	}
	return nil
}

// list reads what lies between two brackets; item reads one piece of it.
func (r *reader) list(first, last byte, item func(i int) error) error {
	if !r.take(first) {
		return syntax("a value is missing")
	}
	if r.depth++; r.depth > deepest {
		return syntax("its values lie too deep in each other")
	}
	for i := 0; !r.take(last); i++ {
		if i > 0 && !r.take(',') {
			return syntax("cut off, or a comma is missing")
		}
		if err := item(i); err != nil {
			return err
		}
	}
	r.depth--
	return nil
}

// set reads the members of a set; member reads the value of one.
func (r *reader) set(member func(name string) error) error {
	return r.list('{', '}', func(int) error {
		name, err := r.string()
		if err != nil {
			return err
		}
		if !r.take(':') {
			return syntax("a colon is missing")
		}
		return member(name)
	})
}

// string reads a string. What is not plain ASCII is left to encoding/json.
func (r *reader) string() (string, error) {
	if !r.take('"') {
		return "", syntax("a string is missing")
	}
	start, plain := r.at, true
	for ; r.at < len(r.text) && r.text[r.at] != '"'; r.at++ {
		if c := r.text[r.at]; c < ' ' || c == '\\' || c >= 0x80 {
			plain = false
			if c == '\\' {
				r.at++
			}
		}
	}
	if r.at >= len(r.text) {
		return "", syntax("a string is cut off")
	}
	text := r.text[start:r.at]
	r.at++
	if !plain {
		var s string
		if err := json.Unmarshal(r.text[start-1:r.at], &s); err != nil {
			return "", syntax(err.Error())
		}
		return s, nil
	}
	if len(text) > short {
		return string(text), nil
	}
	s, ok := r.known[string(text)]
	if !ok {
		s = string(text)
		r.known[s] = s
	}
	return s, nil
}

// value reads any value, as encoding/json does with UseNumber.
func (r *reader) value() (any, error) {
	switch r.peek() {
	case '"':
		return r.string()
	case '{':
		set := map[string]any{}
		err := r.set(func(name string) (err error) {
			set[name], err = r.value()
			return err
		})
		return set, err
	case '[':
		list := []any{}
		err := r.list('[', ']', func(int) error {
			item, err := r.value()
			list = append(list, item)
			return err
		})
		return list, err
	}
	return r.word()
}

// word reads null, true, false or a number.
func (r *reader) word() (any, error) {
	rest := r.text[r.at:]
	if n := bytes.IndexAny(rest, ",]} \n\t\r"); n >= 0 {
		rest = rest[:n]
	}
	r.at += len(rest)
	switch string(rest) {
	case "null":
		return nil, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	if !json.Valid(rest) {
		return nil, syntax("a value is missing")
	}
	return json.Number(rest), nil
}
