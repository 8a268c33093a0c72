package gen_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// verdicts are what the judges have against a host without a line.
func (m *mutation) verdicts(l line, e evaluated) []verdict {
	if e.wrong != "" {
		return []verdict{{"NixOS", e.wrong}}
	}
	var found []verdict
	said := slices.Concat(inText(e.facts["assertions"]), inText(e.facts["warnings"]))
	var guard []verdict
	for _, s := range said {
		s, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
		if words, ok := strings.CutPrefix(s, "pantherctl: "); ok {
			guard = append(guard, verdict{"guard", words})
			continue
		}
		found = append(found, verdict{"NixOS", s})
	}
	f := m.fleet(l)
	b := f.built(m.T, l.host, f.mutant(l), e.facts)
	for _, trap := range m.traps {
		if problem := stumbles(trap, b); problem != "" {
			found = append(found, verdict{"TestTraps", trap.name + ": " + problem})
			break
		}
	}
	if where := differs(f.facts[l.host], e.facts, ""); where != "" {
		found = append(found, verdict{"TestFacts", where})
	}
	return append(found, guard[:min(1, len(guard))]...)
}

func inText(list any) []string {
	var all []string
	values, _ := list.([]any)
	for _, v := range values {
		all = append(all, fmt.Sprint(v))
	}
	return all
}

// stumbles is what a trap has against a host, "" for nothing. Whoever panics or
// gives up has something.
func stumbles(trap trap, b built) (problem string) {
	done := make(chan string)
	go func() {
		said := "gives up"
		defer func() {
			if p := recover(); p != nil {
				said = fmt.Sprint(p)
			}
			done <- said
		}()
		problem, applies := trap.wrong(new(testing.T), b)
		said = ""
		if applies {
			said = problem
		}
	}()
	return <-done
}

// built is a host of a fleet with the texts and facts it would have.
func (f *mutable) built(t *testing.T, host string, files map[string]string, value any) built {
	t.Helper()
	text, err := json.Marshal(map[string]any{host: value})
	if err != nil {
		t.Fatal(err)
	}
	b := f.hosts[host]
	b.facts, b.modules = parseFacts(t, string(text))[host], map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if dir, base := path.Split(name); dir == "hosts/"+host+"/" {
			b.modules[strings.TrimSuffix(base, ".nix")] = files[name]
			b.text += files[name]
		}
	}
	return b
}

// differs is the place of a difference between two facts, "" if there is none.
func differs(want, got any, at string) string {
	a, okA := want.(map[string]any)
	b, okB := got.(map[string]any)
	if !okA || !okB {
		if reflect.DeepEqual(want, got) {
			return ""
		}
		return at
	}
	names := slices.Sorted(maps.Keys(a))
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if name == "assertions" && at == "" {
			continue
		}
		if where := differs(a[name], b[name], strings.TrimPrefix(at+"."+name, ".")); where != "" {
			return where
		}
	}
	return ""
}
