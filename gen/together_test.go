package gen_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// together deletes lines of one host at once, and returns those that nobody
// misses by their own names: no trap sees it in the text, the guard does not name
// the option, and the facts have not lost what stood in the line.
func (m *mutation) together(lines []line) (rest []line) {
	open := slices.DeleteFunc(lines, m.missedInText)
	m.Logf("TestTraps misses %d of %d lines in the text", len(lines)-len(open), len(lines))
	for _, size := range []int{64, 8} {
		groups := inGroups(open, size)
		m.Logf("%d lines in %d groups", len(open), len(groups))
		open = nil
		for group, e := range m.evaluateAll(groups) {
			switch {
			case e.wrong != "" && size > 8:
				open = append(open, group...)
			case e.wrong != "":
				rest = append(rest, group...)
			default:
				rest = append(rest, m.unnamed(group, e)...)
			}
		}
	}
	return append(rest, open...)
}

// missedInText reports whether a trap sees that a line is not in the text.
func (m *mutation) missedInText(l line) bool {
	f := m.fleet(l)
	b := f.built(m.T, l.host, f.mutant(l), f.facts[l.host])
	return slices.ContainsFunc(m.traps, func(trap trap) bool { return stumbles(trap, b) != "" })
}

// unnamed are those lines of a group that nobody misses by their names.
func (m *mutation) unnamed(group []line, e evaluated) (rest []line) {
	f, count := m.fleet(group[0]), map[string]int{}
	for _, l := range group {
		how := named(l, inText(e.facts["assertions"]), f.facts[l.host], e.facts)
		if how == "" {
			rest = append(rest, l)
			continue
		}
		judge, _, _ := strings.Cut(how, ": ")
		count[judge]++
		m.Logf("%s: %s: [%s]", l, l.text, how)
	}
	m.Logf("of %d lines together %v are missed by name", len(group), count)
	return rest
}

// inGroups puts lines of one host together of which none hides another: no two
// say something of one option, unless both are parts of it, and what turns
// services off is apart.
func inGroups(lines []line, size int) [][]line {
	var groups [][]line
	for _, l := range lines {
		i := slices.IndexFunc(groups, func(g []line) bool {
			return len(g) < size && g[0].example == l.example && g[0].host == l.host &&
				!slices.ContainsFunc(g, func(o line) bool { return enables(l) != enables(o) || related(l, o) })
		})
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], l)
	}
	return groups
}

func enables(l line) bool { return strings.Contains(l.text, "nable = ") }

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
		if ok && slices.Contains(inText(b), s) && !slices.Contains(inText(a), s) {
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
