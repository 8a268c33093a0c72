package kernel

import (
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/pantherctl/pantherctl/schema/suggest"
)

// sysctlKeys are the keys of a minimally booted Debian Linux 6.12.107, those
// written but never listed, and patterns for those that modules add.
var sysctlKeys = sync.OnceValue(func() []string {
	return strings.Fields(string(read("sysctl-keys.txt")))
})

// KnownSysctl reports whether a key exists. The key may hold "*", and may name
// any network interface. For an unknown key it also returns the most similar
// known one, empty when none is close.
func KnownSysctl(key string) (ok bool, nearest string) {
	keys := sysctlKeys()
	wanted := anyInterface(keyPath(key))
	for _, k := range keys {
		known := keyPath(k)
		if matches(known, wanted) || matches(wanted, known) {
			return true, ""
		}
	}
	return false, suggest.Nearest(strings.ReplaceAll(keyPath(key), "/", "."), keys)
}

// keyPath turns a key into its path below /proc/sys. As in sysctl.d, the first
// separator tells which of "." and "/" separates; the other one is part of a
// name, as in net/ipv4/conf/eth0.1/forwarding.
func keyPath(key string) string {
	first := strings.IndexAny(key, "./")
	if first < 0 || key[first] == '/' {
		return key
	}
	return strings.NewReplacer(".", "/", "/", ".").Replace(key)
}

// anyInterface replaces the interface in a key's path by "default", which has
// the same keys.
func anyInterface(p string) string {
	parts := strings.Split(p, "/")
	perInterface := len(parts) > 4 && parts[0] == "net" && (parts[2] == "conf" || parts[2] == "neigh")
	if perInterface {
		parts[3] = "default"
	}
	return strings.Join(parts, "/")
}

// matches reports whether a path fits a pattern, part by part.
func matches(pattern, p string) bool {
	ok, _ := path.Match(pattern, p) // a malformed pattern matches nothing
	return ok
}

type deadRow struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Dead reports whether a boot parameter or sysctl does nothing on a stock NixOS
// kernel, and why. A value after the name, as in lockdown=integrity, is ignored.
func Dead(name string) (why string, dead bool) {
	name, _, _ = strings.Cut(name, "=")
	rows := deadTable().Rows
	i := slices.IndexFunc(rows, func(r deadRow) bool { return r.Name == name })
	if i < 0 {
		return "", false
	}
	return rows[i].Why, true
}
