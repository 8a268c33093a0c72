package kernel

import (
	"testing"
	"unicode/utf8"
)

func TestTablesDecode(t *testing.T) {
	if got := paramTable().Columns; len(got) != len(Levels()) {
		t.Errorf("columns = %q", got)
	}
	for name, rows := range map[string]int{
		"params":     len(paramTable().Rows),
		"sysctl":     len(sysctlTable().Rows),
		"options":    len(optionTable().Rows),
		"modules":    len(familyTable().Rows),
		"accepted":   len(acceptedTable().Rows),
		"never":      len(neverTable().Rows),
		"dead":       len(deadTable().Rows),
		"dependants": len(dependantTable().Rows),
		"defaults":   len(defaultTable().Sysctl),
		"keys":       len(sysctlKeys()),
	} {
		if rows == 0 {
			t.Errorf("%s: no rows", name)
		}
	}
}

// Every row needs a value, or its absence, for each level.
func TestRowsHaveEveryColumn(t *testing.T) {
	check := func(row string, values int) {
		if values != len(Levels()) {
			t.Errorf("%s: %d values, want %d", row, values, len(Levels()))
		}
	}
	for _, r := range paramTable().Rows {
		check(r.Name, len(r.At))
	}
	for _, r := range sysctlTable().Rows {
		check(r.Key, len(r.At))
	}
	for _, r := range optionTable().Rows {
		check(r.Path, len(r.At))
	}
	for _, r := range familyTable().Rows {
		check(r.Name, len(r.At))
	}
	for _, r := range acceptedTable().Rows {
		check(r.Check, len(r.At))
	}
}

// A reason becomes a comment line in the generated module, so it is one short line.
func TestReasonsFitALine(t *testing.T) {
	check := func(name, why, source string) {
		if n := utf8.RuneCountInString(why); n == 0 || n > 90 {
			t.Errorf("%s: %d characters of reason", name, n)
		}
		if source == "" {
			t.Errorf("%s: no source", name)
		}
	}
	for _, l := range Levels() {
		for _, p := range Params(l) {
			check(p.Text(), p.Why, p.Source)
		}
		for _, s := range Sysctls(l) {
			check(s.Key, s.Why, s.Source)
		}
		for _, o := range Options(l) {
			check(o.Path, o.Why, o.Source)
		}
		for _, f := range Families(l) {
			check(f.Name, f.Why, "-")
		}
	}
}
