package kernel

import (
	"slices"
	"strings"
)

// checks are the conditions a host is scored by. Restricted to x86_64 and to
// what a stock NixOS kernel is built with, they decide as the rules of
// kernel-hardening-checker do.
type checks struct {
	Params []checkRow `json:"params"`
	Sysctl []checkRow `json:"sysctl"`
}

// checkRow passes when one of its conditions holds.
//
// A condition is a list of terms joined by " & ". The terms are: "name" is set,
// "!name" is not set, "name=value", "name!=off" is set and not off, and
// "name~word" has the word in its comma-separated list.
type checkRow struct {
	Name   string   `json:"name"`
	Any    []string `json:"any"`
	Bool   bool     `json:"bool"`   // the kernel reads the value as a truth value: on is 1
	Unless string   `json:"unless"` // a boot parameter that makes the check moot
	Source string   `json:"source"`
}

// state is what is in effect on a host, by name.
type state struct {
	params, sysctl map[string]string
}

// value looks a name up as a sysctl or as a boot parameter. No name is both.
func (s state) value(name string) (value string, set bool) {
	if isSysctl(name) {
		value, set = s.sysctl[name]
		return value, set
	}
	value, set = s.params[name]
	return value, set
}

// isSysctl tells the keys of sysctls from boot parameters by the directory
// below /proc/sys they start with.
func isSysctl(name string) bool {
	root, _, dotted := strings.Cut(name, ".")
	return dotted && slices.Contains([]string{"dev", "fs", "kernel", "net", "user", "vm"}, root)
}

// passes reports whether the host meets the check.
func (s state) passes(row checkRow) bool {
	if row.Unless != "" && s.holds(row.Unless, false) {
		return true
	}
	return slices.ContainsFunc(row.Any, func(condition string) bool {
		for term := range strings.SplitSeq(condition, " & ") {
			if !s.holds(term, row.Bool) {
				return false
			}
		}
		return true
	})
}

// holds reports whether one term is true.
func (s state) holds(term string, truth bool) bool {
	if name, ok := strings.CutPrefix(term, "!"); ok {
		_, set := s.value(name)
		return !set
	}
	if name, ok := strings.CutSuffix(term, "!=off"); ok {
		value, set := s.value(name)
		return set && value != "0" && !slices.Contains(list(value), "off")
	}
	if name, word, ok := strings.Cut(term, "~"); ok {
		value, _ := s.value(name)
		return slices.Contains(list(value), word)
	}
	name, want, hasValue := strings.Cut(term, "=")
	value, set := s.value(name)
	if truth {
		value = truthValue(value)
	}
	return set && (!hasValue || value == want)
}

// list splits a comma-separated value, which may be in double quotes.
func list(value string) []string {
	return strings.Split(strings.Trim(value, `"`), ",")
}

// truthValue writes a truth value as 1 or 0, and anything else as it is
// (kstrtobool in the kernel's lib/kstrtox.c).
func truthValue(value string) string {
	switch strings.ToLower(value) {
	case "1", "on", "y", "yes", "t", "true":
		return "1"
	case "0", "off", "n", "no", "f", "false":
		return "0"
	}
	return value
}
