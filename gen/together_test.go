package gen_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

// together deletes lines of one host at once, and counts those that are missed
// by their own names: the guard names the option, or the facts have lost what
// stood in the line. The others remain.
func (m *mutation) together(lines []line) (missed int, rest []line) {
	open := slices.Clone(lines)
	for _, size := range []int{32, 8} {
		groups := inGroups(open, size)
		m.Logf("%d lines in %d groups", len(open), len(groups))
		open = nil
		for group, e := range m.evaluateAll(groups) {
			if len(group) == 1 || e.wrong != "" && size == 8 {
				rest = append(rest, group...)
				continue
			}
			if e.wrong != "" {
				open = append(open, group...)
				continue
			}
			f := m.fleet(group[0])
			for _, l := range group {
				if how := named(l, texted(e.facts["assertions"]), f.facts[l.host], e.facts); how != "" {
					missed++
					m.Logf("%s: %s: [together: %s]", l, l.text, how)
				} else {
					rest = append(rest, l)
				}
			}
		}
	}
	return missed, rest
}

// inGroups puts lines of one host together of which none hides another: no two
// say something of one option, unless both are parts of it.
func inGroups(lines []line, size int) [][]line {
	var groups [][]line
	for _, l := range lines {
		i := slices.IndexFunc(groups, func(g []line) bool {
			return len(g) < size && size > 1 && g[0].example == l.example && g[0].host == l.host &&
				!alone(l) && !alone(g[0]) && !slices.ContainsFunc(g, func(o line) bool { return related(l, o) })
		})
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], l)
	}
	return groups
}

// alone are lines without which whole services go, and lines of what imports
// the others.
func alone(l line) bool {
	return strings.Contains(l.text, "nable = ") || path.Base(l.file) == "default.nix"
}

func (l line) binds() bool { return strings.Contains(l.text, " = ") && strings.HasSuffix(l.text, ";") }

func related(a, b line) bool {
	if !a.binds() && !b.binds() {
		return a.text == b.text
	}
	return under(a.option, b.option) || under(b.option, a.option)
}

func under(inner, outer string) bool { return inner == outer || strings.HasPrefix(inner, outer+".") }

// named is what names a line among others that are missing too.
func named(l line, assertions []string, before, after any) string {
	if l.binds() {
		for _, a := range assertions {
			option, _, ok := strings.Cut(strings.TrimPrefix(a, "pantherctl: "), " is ")
			if ok && strings.Contains(a, "the policy wants") && under(l.option, strings.ReplaceAll(option, `"`, "")) {
				return "guard: " + option
			}
		}
		return ""
	}
	return lost(strings.Trim(l.text, `"`), before, after, "")
}

// lost is a place of the facts where a word or a line of a text was and no
// longer is, "" if there is none.
func lost(s string, before, after any, at string) string {
	switch b := before.(type) {
	case map[string]any:
		a, ok := after.(map[string]any)
		for name := range b {
			if !ok {
				break // a host without them has lost more than a line
			}
			if where := lost(s, b[name], a[name], at+"."+name); where != "" {
				return where
			}
		}
	case []any:
		a, ok := after.([]any)
		if ok && slices.Contains(texted(b), s) && !slices.Contains(texted(a), s) {
			return "TestFacts: " + at[1:]
		}
	case string:
		a, ok := after.(string)
		if ok && hasLine(b, s) && !hasLine(a, s) {
			return "TestFacts: " + at[1:]
		}
	}
	return ""
}

func hasLine(text, s string) bool {
	for l := range strings.Lines(text) {
		if strings.TrimSpace(l) == s {
			return true
		}
	}
	return false
}

// TestNamed wants lines to be told from others that are missing too.
func TestNamed(t *testing.T) {
	before := map[string]any{"a": map[string]any{"list": []any{"x", "y"}, "text": "one\n  two\n"}}
	after := map[string]any{"a": map[string]any{"list": []any{"y"}, "text": "one\n"}}
	guard := []string{`pantherctl: p."q.r" is null, and the policy wants 1: nobody sets it (V1)`}
	for _, c := range []struct {
		l    line
		want string
	}{
		{line{text: `"x"`}, "TestFacts: a.list"},
		{line{text: `"y"`}, ""},
		{line{text: "two"}, "TestFacts: a.text"},
		{line{text: "one"}, ""},
		{line{text: "r = 1;", option: "p.q.r"}, `guard: p."q.r"`},
		{line{text: "s = 1;", option: "p.s"}, ""},
	} {
		t.Run(fmt.Sprint(c.l.option, c.l.text), func(t *testing.T) {
			if got := named(c.l, guard, before, after); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
