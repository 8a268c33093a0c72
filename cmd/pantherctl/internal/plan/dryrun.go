package plan

import (
	"regexp"
	"slices"
	"strings"
)

// failedCheck is how switch-to-configuration names a check that failed.
var failedCheck = regexp.MustCompile(`^Pre-switch check '([^']+)' failed`)

// unitName is as systemd names units: systemd.unit(5).
var unitName = regexp.MustCompile(`^[A-Za-z0-9:_.\\@-]+$`)

// ParseDryRun reads what `switch-to-configuration dry-activate` writes to
// standard error. Lines of activation scripts are passed over, and so are words
// that are no unit's name: a host's output is data.
func ParseDryRun(output string) *Activation {
	a := &Activation{DryRun: true}
	into := map[string]*[]string{
		"would stop the following units":                &a.Stop,
		"would NOT stop the following changed units":    &a.Keep,
		"would NOT restart the following changed units": &a.Keep,
		"would reload the following units":              &a.Reload,
		"would restart the following units":             &a.Restart,
		"would start the following units":               &a.Start,
	}
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line == "would restart systemd" {
			a.Systemd = true
		}
		if found := failedCheck.FindStringSubmatch(line); found != nil {
			a.Failed = append(a.Failed, found[1])
		}
		what, units, _ := strings.Cut(line, ": ")
		if list := into[what]; list != nil {
			*list = append(*list, unitNames(units)...)
		}
	}
	a.settle()
	return a
}

// settle makes units that stop and start one thing, a restart: that is how
// services are restarted which are not to run with files of both systems.
func (a *Activation) settle() {
	for _, units := range []*[]string{&a.Stop, &a.Start, &a.Restart, &a.Reload, &a.Keep, &a.Failed} {
		slices.Sort(*units)
		*units = slices.Compact(*units)
	}
	for _, name := range a.Start {
		if slices.Contains(a.Stop, name) {
			a.Restart = append(a.Restart, name)
		}
	}
	slices.Sort(a.Restart)
	a.Restart = slices.Compact(a.Restart)
	gone := func(name string) bool { return slices.Contains(a.Restart, name) }
	a.Stop, a.Start = slices.DeleteFunc(a.Stop, gone), slices.DeleteFunc(a.Start, gone)
}

func unitNames(list string) []string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); len(name) <= 255 && unitName.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}
