package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/kernel"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// A levelRow is one setting at every level that makes it.
type levelRow struct {
	section, name string
	at            map[string]levelCell // by level
}

type levelCell struct{ value, why string }

// levelRows are the settings of levels in the order they are first met.
type levelRows []*levelRow

func (rows *levelRows) add(section, name, level, value, why string) {
	for _, r := range *rows {
		if r.section == section && r.name == name {
			r.at[level] = levelCell{value, why}
			return
		}
	}
	*rows = append(*rows, &levelRow{section, name, map[string]levelCell{level: {value, why}}})
}

// levelTable writes the levels side by side, a table for each section of the
// document and for what their kernel hardening stands for.
func levelTable(w io.Writer, levels policy.LevelSet, names []string) error {
	var rows levelRows
	for _, level := range names {
		settings := levels.Settings(level)
		for _, s := range settings.All() {
			section, key, _ := strings.Cut(s.Path, ".")
			rows.add(section, key, level, s.Text, reason(s))
		}
		rows.kernel(level, settings)
	}
	slices.SortStableFunc(rows, func(a, b *levelRow) int { return strings.Compare(a.section, b.section) })
	var text strings.Builder
	for i, r := range rows {
		if i == 0 || rows[i-1].section != r.section {
			fmt.Fprintf(&text, "\n## %s\n\n| setting | %s | why |\n|%s\n", r.section, strings.Join(names, " | "), strings.Repeat("---|", len(names)+2))
		}
		fmt.Fprintln(&text, r.line(names))
	}
	_, err := io.WriteString(w, strings.TrimPrefix(text.String(), "\n"))
	return err
}

func reason(s schema.Setting) string {
	if r := s.From[0].Reason; r != nil {
		return r.Why + " [" + r.Source + "]"
	}
	return ""
}

// kernel adds what the level's kernel hardening stands for.
func (rows *levelRows) kernel(level string, settings *schema.Settings) {
	hardening := kernel.Level(settings.Kernel.Hardening.V)
	why := func(why, source, breaks string) string {
		if breaks != "" {
			why += "; breaks: " + breaks
		}
		return why + " [" + source + "]"
	}
	for _, p := range kernel.Params(hardening) {
		rows.add("kernel: boot parameters", p.Name, level, p.Text(), why(p.Why, p.Source, p.Breaks))
	}
	for _, s := range kernel.Sysctls(hardening) {
		rows.add("kernel: sysctls", s.Key, level, fmt.Sprint(s.Value), why(s.Why, s.Source, s.Breaks))
	}
	for _, o := range kernel.Options(hardening) {
		rows.add("kernel: options of NixOS", o.Path, level, fmt.Sprint(o.Value), why(o.Why, o.Source, o.Breaks))
	}
	for _, f := range kernel.Families(hardening) {
		var modules []string
		for _, m := range f.Modules {
			modules = append(modules, m.Name)
		}
		rows.add("kernel: blocked modules", f.Name, level, strings.Join(modules, " "), f.Why)
	}
}

// line is the row as Markdown. A reason that all levels share is named once.
func (r *levelRow) line(names []string) string {
	var whys []string
	by := map[string][]string{}
	line := "| `" + r.name + "` |"
	for _, level := range names {
		c, ok := r.at[level]
		if !ok {
			line += " |"
			continue
		}
		line += " `" + c.value + "` |"
		if by[c.why] == nil {
			whys = append(whys, c.why)
		}
		by[c.why] = append(by[c.why], level)
	}
	for i, why := range whys {
		if len(whys) > 1 {
			whys[i] = strings.Join(by[why], ", ") + ": " + why
		}
	}
	return line + " " + strings.ReplaceAll(strings.Join(whys, "; "), "|", "\\|") + " |"
}
