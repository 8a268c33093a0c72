package kernel

import (
	"maps"
	"slices"
	"strings"
)

// Input is the evaluated configuration of a host.
type Input struct {
	Params  []string          // the words of the kernel command line
	Sysctl  map[string]string // the keys it sets, which may hold "*"
	Kernel  string            // the kernel's version, such as 6.17.5
	Release string            // the NixOS release, such as 26.05

	// ModulesLocked says that no module loads any more. security.lockKernelModules
	// does that at run time, so no evaluated sysctl shows it.
	ModulesLocked bool

	// Features are the names, of those [Dead] explains, that the host's custom
	// kernel does implement, such as lockdown.
	Features []string
}

// Check is one of the things the score counts.
type Check struct {
	Name   string // the boot parameter or sysctl
	Want   string // the condition that passes, in the form of tables/v1/checks.json
	Got    string // the value in effect; empty when it is not set
	Source string // who recommends it
}

// Result is the score of a host.
type Result struct {
	OK, Total int
	Failed    []Check // in the order of the table
}

// Score counts how many of the 104 runtime checks of kernel-hardening-checker
// 0.6.17.1 (65 of the command line, 39 of sysctls) a host passes, for x86_64
// with a stock NixOS kernel. What the host does not set has the value that
// kernel, NixOS and systemd give it.
//
// Unlike that tool, it counts a parameter the kernel does not implement as not
// set: writing lockdown= on a kernel without it earns nothing.
func Score(in Input) Result {
	s := effective(in)
	t := checkTable()
	var r Result
	for _, row := range slices.Concat(t.Params, t.Sysctl) {
		r.Total++
		if s.passes(row) {
			r.OK++
			continue
		}
		c := Check{Name: row.Name, Want: row.Any[0], Source: row.Source}
		c.Got, _ = s.value(row.Name)
		r.Failed = append(r.Failed, c)
	}
	return r
}

// defaults is what a stock NixOS host has without any hardening, as far as the
// checks ask for it. A later row for a name overrides an earlier one.
type defaults struct {
	Params []defaultRow `json:"params"`
	Sysctl []defaultRow `json:"sysctl"`
}

type defaultRow struct {
	Name         string `json:"name"`
	Value        string `json:"value"`
	SinceKernel  string `json:"since_kernel"`
	SinceRelease string `json:"since_release"`
	Source       string `json:"source"` // who sets it
}

// settings returns the rows that hold for a kernel and a release, by name.
func settings(rows []defaultRow, kernel, release string) map[string]string {
	m := make(map[string]string)
	for _, row := range rows {
		if within(kernel, row.SinceKernel, "") && within(release, row.SinceRelease, "") {
			m[row.Name] = row.Value
		}
	}
	return m
}

// effective returns the values in effect on a host.
func effective(in Input) state {
	d := defaultTable()
	s := state{
		params: settings(d.Params, in.Kernel, in.Release),
		sysctl: settings(d.Sysctl, in.Kernel, in.Release),
	}
	for _, word := range in.Params {
		name, value, _ := strings.Cut(word, "=")
		if in.implements(name) {
			s.params[name] = value // the kernel, too, takes the last
		}
	}

	// systemd-sysctl applies patterns only to keys that no line names.
	for _, pattern := range slices.Sorted(maps.Keys(in.Sysctl)) {
		if !strings.Contains(pattern, "*") {
			continue
		}
		for key := range s.sysctl {
			if matches(keyPath(pattern), keyPath(key)) {
				s.sysctl[key] = in.Sysctl[pattern]
			}
		}
	}
	for key, value := range in.Sysctl {
		if in.implements(key) {
			s.sysctl[key] = value
		}
	}
	if in.ModulesLocked {
		s.sysctl["kernel.modules_disabled"] = "1"
	}
	return s
}

// implements reports whether the host's kernel knows a parameter or sysctl, as
// far as the tables can tell.
func (in Input) implements(name string) bool {
	if slices.Contains(in.Features, name) {
		return true
	}
	if _, dead := Dead(name); dead {
		return false
	}
	for _, row := range paramTable().Rows {
		if row.Name == name {
			return row.In(in.Kernel)
		}
	}
	for _, row := range sysctlTable().Rows {
		if row.Key == name {
			return within(in.Kernel, row.SinceKernel, "")
		}
	}
	return true
}

type acceptedRow struct {
	Check string    `json:"check"`
	At    []*string `json:"at"`
}

// Accepted returns why a level leaves a check failed, by the check's name, and
// false where the level has no excuse.
func Accepted(l Level, check string) (why string, ok bool) {
	if why, dead := Dead(check); dead {
		return why, true
	}
	t := acceptedTable()
	i, ok := t.column(l)
	if !ok {
		return "", false
	}
	for _, row := range t.Rows {
		if row.Check == check && row.At[i] != nil {
			return *row.At[i], true
		}
	}
	return "", false
}
