// Package kernel holds what is known about hardening a Linux kernel on NixOS:
// boot parameters, sysctls, NixOS options and blocked modules by level, the
// names that do nothing, and a score of the result.
//
// The knowledge is data, in tables/v1; the functions only look it up. A row's
// "at" lists its value in the order of the table's "columns", null where the
// level leaves the row out. Every returned slice is the caller's own.
package kernel

import (
	"strconv"
	"strings"
)

// Level names a set of hardening choices.
type Level string

// The levels, each stricter than the one before.
const (
	Basic        Level = "basic"         // only what costs nothing and changes no behaviour
	Workstation  Level = "workstation"   // keeps debuggers, 32-bit programs, hibernation
	Server       Level = "server"        // gives those up
	HighSecurity Level = "high-security" // also gives up speed, and some hardware
)

// Levels returns every level, the mildest first.
func Levels() []Level {
	return []Level{Basic, Workstation, Server, HighSecurity}
}

// atLeast compares dotted versions by number, so that 6.9 is before 6.12. What
// follows the number of a part is ignored: 6.18-rc1 counts as 6.18.
func atLeast(version, least string) bool {
	have, want := strings.Split(version, "."), strings.Split(least, ".")
	for i, w := range want {
		h := ""
		if i < len(have) {
			h = have[i]
		}
		if a, b := leadingNumber(h), leadingNumber(w); a != b {
			return a > b
		}
	}
	return true
}

// Compare orders kernel versions, as [cmp.Compare] does numbers: 6.9 is before
// 6.12.
func Compare(a, b string) int {
	switch aLeast, bLeast := atLeast(a, b), atLeast(b, a); {
	case aLeast && bLeast:
		return 0
	case aLeast:
		return 1
	}
	return -1
}

// leadingNumber returns the number s starts with, 0 without one.
func leadingNumber(s string) int {
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil {
		return 0
	}
	return n
}
