package plan

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nix-community/go-nix/pkg/derivation"
)

// A Closure is what a system consists of, compared with the one before.
type Closure struct {
	Packages []Package `json:"packages"`  // that differ
	OldBytes int64     `json:"old_bytes"` // unpacked, 0 if it is not known
	NewBytes int64     `json:"new_bytes"`
	Inputs   bool      `json:"inputs"` // what it is built from, for it is not built yet
}

// A Package is its versions before and after; none where it is not there.
type Package struct {
	Name string   `json:"name"`
	Old  []string `json:"old"`
	New  []string `json:"new"`
}

func (p Package) String() string {
	switch old, new := strings.Join(p.Old, ", "), strings.Join(p.New, ", "); {
	case len(p.Old) == 0:
		return strings.TrimSpace("+" + p.Name + " " + new)
	case len(p.New) == 0:
		return strings.TrimSpace("-" + p.Name + " " + old)
	default:
		return fmt.Sprintf("%s %s -> %s", p.Name, cmp.Or(old, "built"), cmp.Or(new, "built"))
	}
}

func (c *Closure) differs() bool {
	return c != nil && (len(c.Packages) > 0 || c.OldBytes != c.NewBytes)
}

// Packages compares store paths by the names and versions in them. Paths that
// differ in their hash alone were built anew, which is no change in meaning.
func Packages(old, new []string) []Package {
	was, is := versions(old), versions(new)
	var all []Package
	for _, name := range union(was, is) {
		if !slices.Equal(was[name], is[name]) {
			all = append(all, Package{name, present(was, name), present(is, name)})
		}
	}
	return all
}

// present returns the versions of a package, [""] for one without.
func present(m map[string][]string, name string) []string {
	if v, ok := m[name]; ok {
		return v
	}
	return []string{}
}

func versions(paths []string) map[string][]string {
	all := map[string][]string{}
	for _, p := range paths {
		name, version := splitVersion(storeName(p))
		if !slices.Contains(all[name], version) {
			all[name] = append(all[name], version)
		}
	}
	for _, v := range all {
		slices.Sort(v)
	}
	return all
}

// splitVersion splits a name where Nix does: the version begins at the first
// dash that no letter follows. What an output is called stays with neither.
func splitVersion(name string) (base, version string) {
	name = strings.TrimSuffix(name, ".drv")
	for i := 0; i+1 < len(name); i++ {
		if c := name[i+1] | 0x20; name[i] == '-' && (c < 'a' || c > 'z') {
			return name[:i], withoutOutput(name[i+1:])
		}
	}
	return withoutOutput(name), ""
}

func withoutOutput(s string) string {
	for _, output := range []string{"bin", "data", "debug", "dev", "devdoc", "doc", "info", "lib", "man", "out"} {
		if rest, ok := strings.CutSuffix(s, "-"+output); ok {
			return rest
		}
	}
	return s
}

// Inputs returns the paths of everything that a derivation is built from, but
// for what is fetched. open returns the text of a derivation.
func Inputs(drv string, open func(path string) (io.ReadCloser, error)) ([]string, error) {
	seen, queue := map[string]bool{drv: true}, []string{drv}
	var paths []string
	for len(queue) > 0 {
		at := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		d, err := readDerivation(at, open)
		if err != nil {
			return nil, err
		}
		if !fetched(d) {
			paths = append(paths, at)
		}
		for input := range d.InputDerivations {
			if !seen[input] {
				seen[input] = true
				queue = append(queue, input)
			}
		}
	}
	slices.Sort(paths)
	return paths, nil
}

func readDerivation(path string, open func(string) (io.ReadCloser, error)) (*derivation.Derivation, error) {
	r, err := open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close() // only read
	d, err := derivation.ReadDerivation(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

// fetched reports whether the content of a derivation is known beforehand.
func fetched(d *derivation.Derivation) bool {
	for _, o := range d.Outputs {
		if o.Hash != "" {
			return true
		}
	}
	return false
}
