package kernel

import (
	"slices"
	"strings"
)

// Option is a NixOS option that decides a piece of kernel hardening.
type Option struct {
	Path   string `json:"path"`
	Value  bool   `json:"-"`
	Why    string `json:"-"`      // why this value: one line, at most 90 characters
	Source string `json:"source"` // who recommends the strict value
	Breaks string `json:"breaks"` // what the strict value costs
	Arch   string `json:"arch"`   // the only machine it means something to, as in x86_64; empty means any
	Param  string `json:"-"`      // the boot parameter NixOS adds for this value, if any
}

type optionRow struct {
	Option
	At        []*bool  `json:"at"`
	WhyTrue   string   `json:"why_true"`
	WhyFalse  string   `json:"why_false"`
	Param     string   `json:"param"`
	ParamWhen bool     `json:"param_when"` // the value for which NixOS adds the parameter
	Replaces  []string `json:"replaces"`   // parameters and sysctls to leave to the option
}

// Options returns the options a level decides, none for [Basic] or an unknown
// level. Some values are NixOS's own defaults, stated so that a reader sees them.
func Options(l Level) []Option {
	t := optionTable()
	i, ok := t.column(l)
	if !ok {
		return nil
	}
	var options []Option
	for _, row := range t.Rows {
		if v := row.At[i]; v != nil {
			options = append(options, row.option(*v))
		}
	}
	return options
}

// option returns the row's option with a value and what goes with that value.
func (row optionRow) option(value bool) Option {
	o := row.Option
	o.Value = value
	o.Why = row.WhyFalse
	if value {
		o.Why = row.WhyTrue
	}
	if value == row.ParamWhen {
		o.Param = row.Param
	}
	return o
}

// OptionFor returns the NixOS option that should be used in place of a boot
// parameter or sysctl, and false where there is none. A value after the name,
// as in pti=on, is ignored. NixOS checks the option for conflicts; it does not
// see the raw name.
func OptionFor(name string) (option string, ok bool) {
	name, _, _ = strings.Cut(name, "=")
	for _, row := range optionTable().Rows {
		if slices.Contains(row.Replaces, name) {
			return row.Path, true
		}
	}
	return "", false
}

// OptionSet returns an option of the tables with a value of the caller's
// choice, and false if the tables do not know it.
func OptionSet(path string, value bool) (Option, bool) {
	for _, row := range optionTable().Rows {
		if row.Path == path {
			return row.option(value), true
		}
	}
	return Option{}, false
}

// Features returns the names of all features that some blocked module is
// needed for, sorted.
func Features() []string {
	var names []string
	for _, f := range Families(HighSecurity) {
		names = append(names, f.NeededBy...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
