package drift

import (
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

// index finds options: a host has more than a thousand, and every judge looks
// for some.
type index struct {
	byPath map[string][]*facts.Option // by key of the whole path
	below  map[string][]*facts.Option // by key of the first two names
	asked  map[string]any             // what generated modules ask of an option, once somebody wanted to know
}

func newIndex(options []facts.Option) index {
	x := index{map[string][]*facts.Option{}, map[string][]*facts.Option{}, map[string]any{}}
	for i := range options {
		o := &options[i]
		key := pathKey(o.Path)
		x.byPath[key] = append(x.byPath[key], o)
		if len(o.Path) > 1 {
			two := pathKey(o.Path[:2])
			x.below[two] = append(x.below[two], o)
		}
	}
	return x
}

// pathKey joins names, which may hold dots.
func pathKey(path []string) string { return strings.Join(path, "\x00") }

// at returns the options of exactly this path; several modules may ask for it.
func (x index) at(path []string) []*facts.Option { return x.byPath[pathKey(path)] }

// options returns the options of a pattern of at least two names; * stands for
// any name but one of the first two.
func (c *comparison) options(pattern string) []*facts.Option {
	names := strings.Split(pattern, ".")
	if !slices.Contains(names, "*") {
		return c.index.at(names)
	}
	var found []*facts.Option
	for _, o := range c.index.below[pathKey(names[:2])] {
		if matches(o.Path, names) {
			found = append(found, o)
		}
	}
	return found
}

// asked joins what all generated modules ask of an option: a list, a text or,
// if only one does, any value.
func (c *comparison) asked(path []string) any {
	key := pathKey(path)
	all, known := c.index.asked[key]
	if known {
		return all
	}
	for _, o := range c.index.byPath[key] {
		if o.Concern == "" || slices.Contains(c.stale, o.Concern) {
			continue
		}
		switch want := o.Want.(type) {
		case []any:
			all = append(slices.Clip(list(all)), want...)
		case string:
			before, _ := all.(string)
			all = before + "\n" + want
		default:
			all = want
		}
	}
	c.index.asked[key] = all
	return all
}

// split returns the names of patterns.
func split(patterns []string) [][]string {
	all := make([][]string, len(patterns))
	for i, pattern := range patterns {
		all[i] = strings.Split(pattern, ".")
	}
	return all
}

// matches reports whether a path is one of a pattern's.
func matches(path, pattern []string) bool {
	return len(path) == len(pattern) && begins(path, pattern)
}

func begins(path, pattern []string) bool {
	if len(path) < len(pattern) {
		return false
	}
	for i, name := range pattern {
		if name != "*" && name != path[i] {
			return false
		}
	}
	return true
}
