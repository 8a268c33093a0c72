package gen_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen/policy"
)

func upkeepTraps() []trap {
	return []trap{
		{"T29 upgrades from a flake that is named, and reboots only when asked to", func(_ *testing.T, b built) (string, bool) {
			u := b.facts.Upgrade
			switch {
			case !b.Upgrade.Enable.V:
				return onlyIf(!u.Enable, "it upgrades itself unasked"), false
			case u.Dates != string(b.Upgrade.At.V) || u.RandomizedDelaySec != b.Upgrade.Spread.V.String():
				return fmt.Sprintf("it upgrades at %s + %s", u.Dates, u.RandomizedDelaySec), true
			case !slices.Contains(u.Flags, "--flake "+string(b.Upgrade.Flake.V)):
				return fmt.Sprintf("it upgrades to something else: %q", u.Flags), true
			case regexp.MustCompile("[&;|`$<>*'\"\\\\]").MatchString(string(b.Upgrade.Flake.V)):
				return "a shell reads more than a name in its flake", true
			case strings.Contains(u.Script, "shutdown") != b.Upgrade.Reboot.V:
				return "it reboots unasked, or never", true
			}
			lower, upper := b.Upgrade.Window.V.Bounds()
			good := !b.Upgrade.Reboot.V || u.RebootWindow.Lower == lower && u.RebootWindow.Upper == upper
			return onlyIf(good, "it may reboot in %v", u.RebootWindow), true
		}},
		{"an upgrade is recorded before, and confirmed whether the switch succeeds or not", func(_ *testing.T, b built) (string, bool) {
			u, unit := b.facts.Upgrade, "pantherctl-upgrade-confirm"
			recorded := len(u.Before) == 1 && strings.HasSuffix(u.Before[0], "-upgrade-confirm record")
			after := len(slices.DeleteFunc(slices.Clone(u.After), func(s string) bool { return s != unit+".service" }))
			started := b.facts.Timers[unit].TimerConfig["OnBootSec"] == "3min" && strings.HasSuffix(b.facts.Units[unit].Run, "-upgrade-confirm confirm")
			good := recorded && after == 2 && started && (b.Upgrade.Reboot.V == (b.facts.Units[unit].Environment["REBOOT"] == "1"))
			kept := !b.Persistence.Enable.V || b.persists(policy.ConfirmState)
			told := !b.Notify.Enable.V || slices.Contains(b.facts.Notified, unit)
			return onlyIf(good && kept && told, "%+v, kept %t, told %t", u, kept, told), b.Confirms()
		}},
		{"the restore drill reads the secrets of the backup, and is told of", func(_ *testing.T, b built) (string, bool) {
			name := "pantherctl-restore-drill"
			unit, timer := b.facts.Units[name], b.facts.Timers[name]
			for _, variable := range []string{"RESTIC_REPOSITORY_FILE", "RESTIC_PASSWORD_FILE"} {
				if unit.Environment[variable] == "" || unit.Environment[variable] != b.facts.Backups[policy.BackupName].Environment[variable] {
					return fmt.Sprintf("%s is %q", variable, unit.Environment[variable]), b.Drills()
				}
			}
			good := unit.Environment["SAMPLE"] == string(b.Backup.Drill.Sample.V) && timer.TimerConfig["OnCalendar"] == string(b.Backup.Drill.At.V) &&
				unit.Environment["OLDEST"] == "172800" && slices.Contains(timer.WantedBy, "timers.target") && unit.Sandbox["PrivateTmp"] &&
				strings.Contains(unit.Environment["OPTIONS"], "sftp.args=-i") == b.Backup.SSHKey.IsSet()
			return onlyIf(good && (!b.Notify.Enable.V || slices.Contains(b.facts.Notified, name)), "%+v %+v", unit, timer), b.Drills()
		}},
		{"nh or nix.gc removes old generations, not both", func(_ *testing.T, b built) (string, bool) {
			u, days := b.facts.Upgrade, fmt.Sprintf(" %dd", b.Upgrade.KeepDays.V)
			good := u.CollectGarbage && strings.HasSuffix(u.CollectGarbageOptions, days)
			if b.Upgrade.NH.V {
				good = u.NH && u.NHClean && strings.HasSuffix(u.NHCleanArguments, days) && !u.CollectGarbage
			}
			return onlyIf(good, "%+v", u), b.Cleans()
		}},
		{"journald's text is set where no settings are", func(_ *testing.T, b built) (string, bool) {
			text := b.modules["journal"]
			old := strings.Index(text, "extraConfig")
			tested := strings.Index(text, "(!options.services.journald ? settings)")
			return onlyIf(tested > 0 && tested < old, "extraConfig is set where it is refused"), text != ""
		}},
		{"restic reads its secrets when it runs", func(_ *testing.T, b built) (string, bool) {
			for name, backup := range b.facts.Backups {
				for _, variable := range []string{"RESTIC_REPOSITORY_FILE", "RESTIC_PASSWORD_FILE"} {
					if !strings.HasPrefix(backup.Environment[variable], "/run/") {
						return fmt.Sprintf("%s: %s is %q", name, variable, backup.Environment[variable]), true
					}
				}
				if strings.Contains(strings.Join(backup.Commands, " "), "%") {
					return name + ": systemd would replace what follows the % sign", true
				}
			}
			return onlyIf(len(b.facts.Backups) > 0, "it does not back up"), b.Backup.Enable.V
		}},
		{"backups hold what survives, and a wiped root keeps what they need", func(_ *testing.T, b built) (string, bool) {
			backup, ok := b.facts.Backups[policy.BackupName]
			switch {
			case !b.Backup.Enable.V:
				return onlyIf(!ok, "it backs up unasked"), false
			case !slices.Equal(backup.Paths, b.BackupPaths()):
				return fmt.Sprintf("it backs up %v", backup.Paths), true
			case !backup.Initialize || !backup.TimerConfig.Persistent || backup.TimerConfig.RandomizedDelaySec != b.Backup.Spread.V.String():
				return fmt.Sprintf("it starts otherwise: %+v", backup), true
			}
			needed := []string{"/var/cache/restic-backups-" + policy.BackupName}
			if b.Backup.Service.V == "ssh" {
				needed = append(needed, "/root/.ssh")
			}
			for _, path := range needed {
				if b.Persistence.Enable.V && !b.persists(path) {
					return path + " is lost at every boot", true
				}
			}
			return "", true
		}},
		{"retention is what the document says", func(_ *testing.T, b built) (string, bool) {
			d := b.Backup
			if !d.Enable.V {
				return "", false
			}
			words := []string{"--compression=" + string(d.Compression.V), "--exclude-caches"}
			if d.Prune.V {
				words = append(words, "forget", "--prune", fmt.Sprintf("--keep-daily=%d", d.Daily.V),
					fmt.Sprintf("--keep-weekly=%d", d.Weekly.V), fmt.Sprintf("--keep-monthly=%d", d.Monthly.V))
			}
			if d.Check.V {
				words = append(words, "check", "--read-data-subset=100M")
			}
			if d.SSHKey.IsSet() {
				words = append(words, "sftp.args=-i/run/agenix/"+string(d.SSHKey.V))
			}
			said := strings.Fields(strings.Join(b.facts.Backups[policy.BackupName].Commands, " "))
			for _, w := range words {
				if !slices.Contains(said, w) {
					return "restic is not told " + w, true
				}
			}
			return onlyIf(slices.Contains(said, "forget") == d.Prune.V, "it removes snapshots unasked"), true
		}},
		{"iwd keeps its ciphers, and shows no maker", func(_ *testing.T, b built) (string, bool) {
			w := b.facts.Wifi
			general := w.Settings["General"]
			switch {
			case !b.Wifi.Enable.V:
				return onlyIf(!w.Enable, "it has Wi-Fi unasked"), false
			case !w.Enable:
				return "it has no Wi-Fi", true
			case slices.Contains(b.facts.Kernel.BlacklistedKernelModules, "algif_skcipher"):
				return "iwd's ciphers are blocked", true
			case w.Backend != "iwd":
				return "NetworkManager starts a second daemon", true
			}
			return onlyIf(general["AddressRandomization"] == "network" && general["AddressRandomizationRange"] == "full", "%v", general), true
		}},
	}
}
