package plan

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A scale judges a change of one setting, given its values as texts; "" is a
// setting that is not there.
type scale func(old, new string) Mark

// ranked judges values by their place, the tightest first; words at the same
// place are separated by |. Other values are not judged.
func ranked(absent string, places ...string) scale {
	return numbered(func(value string) (float64, bool) {
		if value == "" {
			value = absent
		}
		for i, p := range places {
			if slices.Contains(strings.Split(p, "|"), strings.ToLower(value)) {
				return float64(i), true
			}
		}
		return 0, false
	})
}

// amount judges numbers, of which the larger one lets more happen. Zero is
// without bound.
func amount(absent float64) scale {
	return numbered(func(value string) (float64, bool) {
		if value == "" {
			return absent, true
		}
		n, err := strconv.ParseFloat(value, 64)
		if n == 0 {
			n = 1 << 40
		}
		return n, err == nil
	})
}

// least judges numbers, of which the smaller one lets more happen.
func least(absent float64) scale {
	s := amount(absent)
	return func(old, new string) Mark { return s(old, new).opposite() }
}

func numbered(place func(string) (float64, bool)) scale {
	return func(old, new string) Mark {
		o, known := place(old)
		n, known2 := place(new)
		switch {
		case !known || !known2 || o == n:
			return Neutral
		case n > o:
			return Widens
		}
		return Narrows
	}
}

// only judges a list of those who may: without one everybody may, and one more
// in it widens.
func only(separators string) scale {
	return func(old, new string) Mark {
		o, n := split(old, separators), split(new, separators)
		switch everyOld, everyNew := everybody(o), everybody(n); {
		case everyOld && everyNew:
			return Neutral
		case everyOld:
			return Narrows
		case everyNew || len(without(n, o)) > 0:
			return Widens
		case len(without(o, n)) > 0:
			return Narrows
		}
		return Neutral
	}
}

func everybody(words []string) bool {
	return len(words) == 0 || slices.Equal(words, []string{"any"}) || slices.Contains(words, "*")
}

// accepted judges a list of what is accepted: one more widens. Of a list that
// is not there, the program's own counts, which nobody can tell.
func accepted(separators string) scale {
	return func(old, new string) Mark {
		o, n := split(old, separators), split(new, separators)
		switch {
		case len(o) == 0 || len(n) == 0:
			return Neutral
		case len(without(n, o)) > 0:
			return Widens
		case len(without(o, n)) > 0:
			return Narrows
		}
		return Neutral
	}
}

// granted judges a list that without anything grants nothing.
func granted(old, new string) Mark {
	o, n := granting(old), granting(new)
	switch {
	case len(without(n, o)) > 0:
		return Widens
	case len(without(o, n)) > 0:
		return Narrows
	}
	return Neutral
}

func granting(value string) []string {
	return slices.DeleteFunc(split(value, " ,"), func(w string) bool { return w == "none" })
}

// refused judges a list of those who may not.
func refused(old, new string) Mark { return granted(old, new).opposite() }

func split(s, separators string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(separators, r) })
}

// without returns what of a is not in b, sorted, each once.
func without(a, b []string) []string {
	var rest []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			rest = append(rest, s)
		}
	}
	slices.Sort(rest)
	return slices.Compact(rest)
}

// hashes are those of store paths.
var hashes = regexp.MustCompile(`/nix/store/(?:[0-9a-z]{32}|…)-`)

// plain replaces the hashes of store paths: what is told is meaning.
func plain(s string) string {
	if !strings.Contains(s, "/nix/store/") {
		return s
	}
	return hashes.ReplaceAllString(s, "/nix/store/…-")
}

// listLength is how many members of a list are told by name.
const listLength = 12

func list(words []string) string {
	if more := len(words) - listLength; more > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:listLength], ", "), more)
	}
	return strings.Join(words, ", ")
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// text writes a value of facts; numbers are as they were written.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case []any:
		words := make([]string, len(v))
		for i, w := range v {
			words[i] = text(w)
		}
		return strings.Join(words, " ")
	case map[string]any:
		var words []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			words = append(words, key+"="+text(v[key]))
		}
		return strings.Join(words, " ")
	}
	return fmt.Sprint(v)
}

// union returns the sorted keys of two maps.
func union[V any](a, b map[string]V) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}
