package kernel

import (
	"path"
	"slices"
	"strings"
)

// Module is a kernel module, named as its file is, or with "_" for "-".
type Module struct {
	Name        string
	UntilKernel string // the first kernel without it; empty means none
}

// Family is a group of modules that are blocked, and unblocked, together.
type Family struct {
	Name     string   `json:"name"`
	Why      string   `json:"why"` // one line, at most 90 characters
	Modules  []Module `json:"-"`
	NeededBy []string `json:"needed_by"` // features that cannot do without, such as iwd or nfs
}

type familyRow struct {
	Family
	At          []bool            `json:"at"`
	Modules     string            `json:"modules"`      // separated by spaces
	UntilKernel map[string]string `json:"until_kernel"` // by module
	Softdep     string            `json:"softdep"`      // those with a soft dependency
}

// HasSoftdep reports whether the kernel gives a module of [Families] a soft
// dependency. It takes precedence over an install command of the same name
// (modprobe.d(5)), so that command alone would not keep the module out. As of
// Debian's Linux 6.12.107 for amd64.
func HasSoftdep(module string) bool {
	return slices.ContainsFunc(familyTable().Rows, func(row familyRow) bool {
		return slices.Contains(strings.Fields(row.Softdep), module)
	})
}

// Families returns the modules a level blocks, none for [Basic] or an unknown
// level.
func Families(l Level) []Family {
	t := familyTable()
	i, ok := t.column(l)
	if !ok {
		return nil
	}
	var families []Family
	for _, row := range t.Rows {
		if row.At[i] {
			f := row.Family
			for name := range strings.FieldsSeq(row.Modules) {
				f.Modules = append(f.Modules, Module{Name: name, UntilKernel: row.UntilKernel[name]})
			}
			f.NeededBy = slices.Clone(f.NeededBy)
			families = append(families, f)
		}
	}
	return families
}

type neverRow struct {
	Module string `json:"module"` // may hold a "*"
	Why    string `json:"why"`
}

// NeverBlock reports whether blocking a module breaks something common, and
// what that is.
func NeverBlock(module string) (why string, never bool) {
	module = canonical(module)
	for _, row := range neverTable().Rows {
		if matched, _ := path.Match(row.Module, module); matched {
			return row.Why, true
		}
	}
	return "", false
}

type dependantRow struct {
	Module   string `json:"module"`
	NeededBy string `json:"needed_by"` // separated by spaces
}

// NeededBy returns the modules that cannot load while the given one is
// blocked, directly or through others, sorted and written with "_". Known are
// the dependants of every module in [Families] and of those [NeverBlock] names
// for their dependants, as of Debian's Linux 6.12.107 for amd64.
func NeededBy(module string) []string {
	module = canonical(module)
	for _, row := range dependantTable().Rows {
		if row.Module == module {
			return strings.Fields(row.NeededBy)
		}
	}
	return nil
}

// canonical writes a module name as the kernel lists it: modprobe takes "-" and
// "_" as the same.
func canonical(module string) string {
	return strings.ReplaceAll(module, "-", "_")
}
