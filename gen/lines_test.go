package gen_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/gen"
)

var (
	whichLines = flag.String("lines", "sample", "what TestLines deletes: sample, or all")
	linesSeed  = flag.Uint64("lines.seed", uint64(time.Now().UnixNano()), "which sample TestLines deletes")
)

// sampled is how many lines a run deletes beside one row of every concern.
const sampled = 40

// perPart is how long each part of a sample may take: beside other work a host
// can take seconds. What was not reached is said.
const perPart = 90 * time.Second

// TestLines deletes generated lines, one at a time, and wants each to be missed
// by name: by NixOS itself, by a trap, by the facts, or by the guard, which
// then still holds the host to the modules as they were.
//
// A row is the module of a concern. Every row is deleted on one host, and some
// lines; -lines=all deletes all of them, many together where each can still be
// told from the others.
func TestLines(t *testing.T) {
	m := newMutation(t)
	r := rand.New(rand.NewPCG(*linesSeed, 0))
	rows, others := m.lines()
	t.Logf("%d rows and %d lines, -lines.seed=%d", len(rows), len(others), *linesSeed)
	for _, set := range [][]line{rows, others} {
		r.Shuffle(len(set), func(i, j int) { set[i], set[j] = set[j], set[i] })
	}
	t.Run("rows", func(t *testing.T) { m.on(t).missed(oncePerConcern(rows)) })
	switch *whichLines {
	case "sample":
		t.Run("sample", func(t *testing.T) { m.on(t).missed(others[:min(sampled, len(others))]) })
	case "all":
		for _, f := range m.fleets {
			t.Run(f.name, func(t *testing.T) {
				m := m.on(t)
				m.missed(m.together(slices.DeleteFunc(slices.Clone(others), func(l line) bool { return l.example != f.name })))
			})
		}
	default:
		t.Fatalf("-lines=%s is neither sample nor all", *whichLines)
	}
}

// missed deletes lines one at a time, and says who misses them.
func (m *mutation) missed(lines []line) {
	count, begin, done := map[string]int{}, time.Now(), 0
	for l, by := range m.judge(lines) {
		if *whichLines == "sample" && time.Since(begin) > perPart {
			m.Logf("%d of %d lines were not reached", len(lines)-done, len(lines))
			break
		}
		done++
		if len(by) == 0 {
			m.Errorf("%s: nobody misses %q of %s", l, l.text, l.option)
			count["nobody"]++
			continue
		}
		for _, v := range by {
			count[v.judge]++
		}
		m.Logf("%s: %s: %s", l, l.text, by)
	}
	for _, judge := range slices.Sorted(maps.Keys(count)) {
		m.Logf("%-9s misses %d of %d lines", judge, count[judge], done)
	}
}

// oncePerConcern are lines of different texts: the import of each module, once.
func oncePerConcern(rows []line) []line {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(rows), func(l line) bool {
		before := seen[l.text]
		seen[l.text] = true
		return before
	})
}

// A line is one that a host would evaluate without.
type line struct {
	example, host, file string
	number              int    // from 0
	option              string // the path of names that lead to it, without quotes
	text                string
}

func (l line) String() string {
	return fmt.Sprintf("%s/generated/%s:%d (%s)", l.example, l.file, l.number+1, l.host)
}

// lines are all that can be deleted, rows first. Like lines of like hosts count
// once.
func (m *mutation) lines() (rows, others []line) {
	seen := map[string]bool{}
	for _, f := range m.fleets {
		for _, name := range slices.Sorted(maps.Keys(f.files)) {
			if path.Ext(name) != ".nix" || name == "secrets.nix" {
				continue // secrets.nix is agenix's, and no host reads it
			}
			for _, l := range deletable(f.files[name]) {
				l.example, l.file = f.name, name
				l.host = f.reader(l)
				key := strings.Join([]string{f.name, path.Base(name), l.option, l.text}, "\x00")
				switch {
				case l.host == "" || strings.HasSuffix(l.text, "guard.nix"):
				case path.Base(name) == "default.nix" && l.option == "imports" && name != "default.nix":
					rows = append(rows, l)
				case !seen[key]:
					seen[key] = true
					others = append(others, l)
				}
			}
		}
	}
	return rows, others
}

// reader is a host that reads the file of a line: the one it is for, or one of
// those that share it.
func (f *mutable) reader(l line) string {
	if host, ok := strings.CutPrefix(path.Dir(l.file), "hosts/"); ok {
		return host
	}
	if l.file == "default.nix" {
		host, _, _ := strings.Cut(l.option, ".")
		return host
	}
	if l.file != "modules/fleet-ssh.nix" {
		return "" // people wrote it, and it has its own tests
	}
	for _, host := range slices.Sorted(maps.Keys(f.hosts)) {
		if f.files["hosts/"+host+"/sshclient.nix"] != "" {
			return host
		}
	}
	return ""
}

// deletable are the lines of a module that say something by themselves: a
// binding of one line, an element of a list, a line of a text.
func deletable(text string) []line {
	var (
		found []line
		stack []string
		quote bool
	)
	all := strings.Split(text, "\n")
	first := slices.IndexFunc(all, func(l string) bool { return strings.HasSuffix(l, ":") && !strings.HasPrefix(l, "#") }) + 1
	for i, l := range all {
		s := strings.TrimSpace(l)
		switch name, _, _ := strings.Cut(s, " = "); {
		case i < first || s == "" || strings.HasPrefix(s, "#") || s == "let" || s == "in":
		case quote && strings.HasPrefix(s, "''") && !strings.HasPrefix(s, "''$"):
			quote, stack = false, stack[:len(stack)-1]
		case !quote && strings.ContainsAny(s[:1], "])}"):
			stack = stack[:len(stack)-1]
			if strings.ContainsAny(s[len(s)-1:], "[({") {
				stack = append(stack, "")
			}
		case !quote && (strings.HasSuffix(s, " ''") || s == "''"):
			quote = true
			stack = append(stack, name)
		case !quote && strings.ContainsAny(s[len(s)-1:], "[({"):
			if !strings.Contains(s, " = ") {
				name = ""
			}
			stack = append(stack, name)
		default:
			names := slices.Clone(stack)
			if !quote && strings.Contains(s, " = ") {
				names = append(names, name)
			}
			names = slices.DeleteFunc(names, func(n string) bool { return n == "" || n == "config" })
			found = append(found, line{number: i, text: s, option: strings.ReplaceAll(strings.Join(names, "."), `"`, "")})
		}
	}
	return found
}

// without is a text that lacks some lines.
func without(text string, numbers ...int) string {
	all := strings.Split(text, "\n")
	slices.SortFunc(numbers, func(a, b int) int { return cmp.Compare(b, a) })
	for _, n := range numbers {
		all = slices.Delete(all, n, n+1)
	}
	return strings.Join(all, "\n")
}

// mutable is an example fleet to take lines from.
type mutable struct {
	name  string
	files map[string]string
	hosts map[string]built
	facts map[string]any
}

func mutables(t *testing.T) []*mutable {
	var all []*mutable
	for _, e := range examples() {
		fleet, files := e.generate(t)
		f := &mutable{name: e.name, files: texts(files), hosts: map[string]built{}, facts: untyped(t, readText(t, e.dir, "facts.json"))}
		for _, h := range fleet.Hosts {
			f.hosts[h.Name] = built{Host: h}
		}
		all = append(all, f)
	}
	return all
}

// TestDeletable wants every line of a module to be one that can be deleted, or
// to hold others together.
func TestDeletable(t *testing.T) {
	const module = `# Written by.
{ lib, ... }:
{
  a.enable = true;
  # why
  a.b = {
    "c.d" = [
      "e"
      {
        f = 1;
      }
    ];
    g = lib.mkAfter ''
      h {
        ''${i}
      }

      # j
    '';
  };
}
`
	var got []string
	for _, l := range deletable(module) {
		got = append(got, l.option+" | "+l.text)
	}
	want := []string{"a.enable | a.enable = true;", `a.b.c.d | "e"`, "a.b.c.d.f | f = 1;", "a.b.g | h {", "a.b.g | ''${i}", "a.b.g | }"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := without("a\nb\nc\n", 0, 1); got != "c\n" {
		t.Errorf("without gives %q", got)
	}
}

// file is a generated file of a mutant.
func file(name, text string) gen.File { return gen.File{Path: name, Data: []byte(text)} }
