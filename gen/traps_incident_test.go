package gen_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func incidentTraps() []trap {
	return []trap{
		{"T25 an isolated host keeps its operators, also over a reboot", func(_ *testing.T, b built) (string, bool) {
			if !b.Incident.Enable.V {
				return onlyIf(b.facts.Lockdown.Ruleset == "", "can be isolated, and nobody said who the operators are"), false
			}
			start, l := b.facts.Units["pantherctl-lockdown"], b.facts.Lockdown
			var operators, ports []string
			for _, a := range b.Operators {
				operators = append(operators, a.String())
			}
			for _, p := range b.SSHPorts() {
				ports = append(ports, fmt.Sprint(p))
			}
			e := start.Environment
			for name, want := range map[string]string{
				"OPERATORS": strings.Join(operators, "\n"), "PORTS": strings.Join(ports, "\n"), "ROTATE": strings.Join(b.Rotate(), "\n"),
				"QUEUE":         map[bool]string{true: "/var/lib/pantherctl-notify"}[b.Notify.Enable.V],
				"RELEASE_AFTER": map[bool]string{true: fmt.Sprint(b.Incident.ReleaseAfter.V.Seconds())}[b.Incident.ReleaseAfter.IsSet()],
			} {
				if e[name] != want {
					return fmt.Sprintf("%s is %q, want %q", name, e[name], want), true
				}
			}
			_, timer := b.facts.Timers["pantherctl-lockdown-expire"]
			switch {
			case len(operators) == 0 || !strings.Contains(l.Ruleset, operators[0]):
				return "nobody could end the isolation", true
			case strings.Contains(l.Ruleset, "established"):
				return "an intruder's session goes on", true
			case !strings.HasSuffix(start.Run, " isolate") || !strings.HasSuffix(b.facts.Units["pantherctl-lockdown-release"].Run, " release"):
				return "there is no way there, or no way back", true
			case timer != b.Incident.ReleaseAfter.IsSet():
				return "it does not end when it should", true
			case !slices.Contains(l.Boot.WantedBy, "sysinit.target") || !slices.Contains(l.Boot.Before, "network-pre.target") ||
				l.Boot.UnitConfig["ConditionPathExists"] != "/var/lib/pantherctl/isolated":
				return "a reboot ends it", true
			case b.Persistence.Enable.V && !b.persists("/var/lib/pantherctl"):
				return "a wiped root ends it", true
			case !slices.Contains(b.facts.Kernel.Modules, "nf_conntrack_netlink"):
				return "connection tracking could not be flushed once modules are locked", true
			}
			return onlyIf(b.facts.NFTables.Enable && !b.facts.NFTables.FlushRuleset, "a reload of the firewall ends it"), true
		}},
	}
}
