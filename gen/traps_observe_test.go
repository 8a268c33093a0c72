package gen_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func observeTraps() []trap {
	return []trap{
		{"T23 the audit daemon and the kernel's auditing go together", func(_ *testing.T, b built) (string, bool) {
			a := b.facts.Audit
			switch {
			case !b.Audit.Enable.V:
				return onlyIf(a.Enable == false && !a.Daemon, "something is recorded that nobody asked for"), false
			case b.Audit.Lock.V && a.Enable != "lock":
				return "root can still turn the trail off", true
			case a.Enable == false || !a.Daemon:
				return "the daemon runs and the kernel is told to record nothing, or nobody keeps what it records", true
			case !slices.Contains(b.facts.Kernel.KernelParams, "audit=1"):
				return "programs that start before the daemon are not recorded", true
			}
			for _, r := range b.Audit.Rules.Values() {
				if !slices.Contains(a.Rules, string(r)) {
					return "lost the rule " + string(r), true
				}
			}
			text, _ := a.Config.(string)
			good := a.Rules[0] == "-i" && strings.Contains(text, "max_log_file = 64\n") && strings.Contains(text, "num_logs = 10\n") &&
				strings.Contains(text, "max_log_file_action = rotate\n")
			return onlyIf(good, "one missing file unloads all rules, or the trail grows without end"), true
		}},
		{"every notification has its template, its timer and its secret", func(_ *testing.T, b built) (string, bool) {
			if !b.Notify.Enable.V {
				return "", false
			}
			template := b.facts.Units["pantherctl-notify@"]
			timer := b.facts.Timers["pantherctl-notify"].TimerConfig
			secret := b.facts.Age.Secrets[string(b.Notify.Target.V)]
			switch {
			case !strings.HasSuffix(template.Run, " %i"):
				return "the template does not say which unit failed", true
			case !slices.Equal(b.facts.Notified, b.NotifyUnits()):
				return "other units are told of: " + strings.Join(b.facts.Notified, " "), true
			case timer["OnUnitInactiveSec"] != "1min" || timer["OnBootSec"] != "1min":
				return "what waits is never sent", true
			case b.facts.Units["pantherctl-notify"].Run == "":
				return "the timer starts nothing", true
			}
			e := b.facts.Units["pantherctl-notify"].Environment
			kinds := 0
			for _, part := range []string{"Accepted (publickey", "Invalid user", "NOT in sudoers"} {
				kinds += strings.Count(e["PATTERN"], part)
			}
			if e["VIA"] != string(b.Notify.Via.V) || e["EVERY"] != fmt.Sprint(b.Notify.Every.V.Seconds()) || kinds != len(b.Notify.Events.Items) {
				return fmt.Sprintf("the script is given %v", e), true
			}
			if b.Persistence.Enable.V && !b.persists("/var/lib/pantherctl-notify") {
				return "a reboot forgets what waits", true
			}
			return onlyIf(template.Environment["TARGET"] == secret.Path && secret.Path != "" && !strings.Contains(b.modules["notify"], "https:"), "the target is not that of the secret"), true
		}},
		{"the selfcheck is given all that the host has", func(_ *testing.T, b built) (string, bool) {
			if !b.Selfcheck.Enable.V {
				return "", false
			}
			e := b.facts.Units["pantherctl-selfcheck"].Environment
			for name, good := range map[string]bool{
				"SSHD_CONFIG": strings.HasPrefix(e["SSHD_CONFIG"], "/nix/store/") == b.facts.SSHD.Enable,
				"SSHD_LIVE":   e["SSHD_LIVE"] == "/etc/ssh/sshd_config",
				"RULESET":     strings.HasPrefix(e["RULESET"], "/nix/store/"),
				"TABLES":      len(strings.Fields(e["TABLES"])) == 2*len(b.facts.NFTables.Tables),
				"AUDIT_RULES": e["AUDIT_RULES"] == fmt.Sprint(len(b.Audit.Rules.Items)) || !b.Audit.Enable.V && e["AUDIT_RULES"] == "",
				"TAILNET":     (e["TAILNET"] == "1") == b.facts.Tailscale.Enable,
				"SECRETS":     len(strings.Fields(e["SECRETS"])) == len(b.Secrets.Entries),
				"STORE":       e["STORE"] == "/run/current-system",
			} {
				if !good {
					return name + " is " + e[name], true
				}
			}
			return onlyIf(b.facts.Timers["pantherctl-selfcheck"].TimerConfig["OnBootSec"] == "10min" && slices.Contains(b.facts.Notified, "pantherctl-selfcheck"), "it never runs, or fails in silence"), true
		}},
		{"figures are offered in the tailnet alone", func(_ *testing.T, b built) (string, bool) {
			if !b.Metrics.Enable.V {
				return "", false
			}
			m, open := b.facts.Metrics, b.facts.Firewall
			everywhere := slices.Contains(open.AllowedTCPPorts, 9100)
			for name, i := range open.Interfaces {
				everywhere = everywhere || name != "tailscale0" && slices.Contains(i.AllowedTCPPorts, 9100)
			}
			switch {
			case m.ListenAddress != b.Addresses.Tailnet.Items[0].V.String() || m.Port != 9100:
				return "the exporter listens on " + m.ListenAddress, true
			case m.OpenFirewall || everywhere:
				return "the port is open beyond the tailnet", true
			case m.Unit.IPAddressDeny != "any" || !slices.Equal(m.Unit.IPAddressAllow, []string{"100.64.0.0/10", "fd7a:115c:a1e0::/48"}):
				return "the unit talks to others than the tailnet", true
			}
			good := slices.Contains(m.Unit.After, "tailscaled.service") && m.Unit.Restart == "always" && m.Unit.RestartSec == 15
			return onlyIf(good && slices.Contains(open.Interfaces["tailscale0"].AllowedTCPPorts, 9100), "nobody reads the figures"), true
		}},
		{"tools to look at hosts are installed", func(_ *testing.T, b built) (string, bool) {
			for _, name := range b.Selfcheck.Tools.Values() {
				if !strings.Contains(b.modules["selfcheck"], "pkgs."+string(name)+"\n") {
					return string(name) + " is not installed", true
				}
			}
			return "", len(b.Selfcheck.Tools.Items) > 0
		}},
	}
}
