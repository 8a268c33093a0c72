package drift

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
)

// covers reports whether a value holds all that is wanted: the same scalar, a
// set with these names and more, a list with these items in any order, a text
// with these lines in one piece.
func covers(want, found any) bool {
	switch want := want.(type) {
	case map[string]any:
		set, ok := found.(map[string]any)
		for name, value := range want {
			ok = ok && covers(value, set[name])
		}
		return ok
	case []any:
		list, ok := found.([]any)
		return ok && !slices.ContainsFunc(want, func(w any) bool { return !holds(list, w) })
	case string:
		return coversText(want, found)
	}
	return equal(want, found)
}

func holds(list []any, want any) bool {
	return slices.ContainsFunc(list, func(found any) bool { return covers(want, found) })
}

// coversText also takes a set made of the text, as options that accept a path
// or a set of path and mode make them.
func coversText(want string, found any) bool {
	switch found := found.(type) {
	case string:
		want, found := strings.TrimSpace(want), strings.TrimSpace(found)
		return want == found || want != "" && strings.Contains(found, want) && strings.Contains("\n"+found+"\n", "\n"+want+"\n")
	case map[string]any:
		return equal(want, found["directory"]) || equal(want, found["file"]) || equal(want, found["command"])
	}
	return equal(want, found)
}

// equal compares two values; a number and its text are one.
func equal(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if isScalar(a) && isScalar(b) {
		return fmt.Sprint(a) == fmt.Sprint(b)
	}
	return reflect.DeepEqual(a, b)
}

func isScalar(v any) bool {
	switch v.(type) {
	case string, bool, json.Number:
		return true
	}
	return false
}

// beyond returns what a value has beyond what is wanted, or nil.
func beyond(want, found any) any {
	switch found := found.(type) {
	case []any:
		list, _ := want.([]any)
		var extra []any
		for _, value := range found {
			if !slices.ContainsFunc(list, func(w any) bool { return covers(w, value) }) {
				extra = append(extra, value)
			}
		}
		if extra != nil {
			return extra
		}
	case string:
		w, _ := want.(string)
		known := strings.Split(w, "\n")
		var extra []string
		for line := range strings.Lines(found) {
			line = strings.TrimSuffix(line, "\n")
			if strings.TrimSpace(line) != "" && !slices.Contains(known, line) {
				extra = append(extra, line)
			}
		}
		if extra != nil {
			return strings.Join(extra, "\n")
		}
	}
	return nil
}

// text writes a value as Nix.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(v)
	case []any:
		texts := []string{"["}
		for _, item := range v {
			texts = append(texts, text(item))
		}
		return strings.Join(append(texts, "]"), " ")
	case map[string]any:
		texts := []string{"{"}
		for _, name := range sortedNames(v) {
			texts = append(texts, nix.AttrPath{name}.String()+" = "+text(v[name])+";")
		}
		return strings.Join(append(texts, "}"), " ")
	}
	return fmt.Sprint(v)
}

func sortedNames(set map[string]any) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// longest is the longest value that a message shows whole, in characters.
const longest = 80

// short cuts a text for a message.
func short(s string) string {
	if runes := []rune(s); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return s
}
