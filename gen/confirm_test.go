package gen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/nixmodules"
)

// confirmBench is a host that runs the system old. Its systems are folders, and
// switch-to-configuration, nix-env, systemctl and shutdown are doubles.
func confirmBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, map[string]string{
		"systemctl": `case "$*" in
"start pantherctl-selfcheck.service") echo check >>"$BENCH/log"; [ ! -e "$BENCH/broken-$(basename "$(readlink "$CURRENT")")" ] ;;
"is-failed --quiet pantherctl-selfcheck.service") [ -e "$BENCH/failed-before" ] ;;
*) exit 64 ;;
esac
`,
		"nix-env":  `[ "$1 $2 $3" = "--profile $PROFILE --set" ] || exit 64; echo "default $(basename "$4")" >>"$BENCH/log"; ln -sfn "$4" "$PROFILE"` + "\n",
		"shutdown": `echo "shutdown $*" >>"$BENCH/log"` + "\n",
		"sleep":    "",
	}, "TRIES=2", "PAUSE=1", "REBOOT=")
	for _, name := range []string{"CURRENT", "BOOTED", "PROFILE", "ROOT", "BOOT_ID"} {
		b.env = append(b.env, name+"="+filepath.Join(b.dir, strings.ToLower(name)))
	}
	for _, system := range []string{"old", "new", "other-kernel"} {
		dir := filepath.Join(b.dir, system, "bin")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		b.file(system+"/bin/switch-to-configuration", "#!/bin/sh\n"+`system=$(dirname "$(dirname "$0")")
echo "$1 $(basename "$system")" >>"$BENCH/log"
[ "$1" = boot ] || ln -sfn "$system" "$CURRENT"
`)
		if err := os.Chmod(filepath.Join(dir, "switch-to-configuration"), 0o755); err != nil {
			t.Fatal(err)
		}
		kernel := "kernel-1"
		if system == "other-kernel" {
			kernel = "kernel-2"
		}
		b.file(kernel, "")
		for _, part := range []string{"kernel", "initrd", "kernel-modules"} {
			b.link(system+"/"+part, kernel)
		}
	}
	b.file("boot_id", "first\n")
	b.link("current", "old")
	b.link("booted", "old")
	b.link("profile", "old")
	return b
}

// link points a name of the bench at another.
func (b *bench) link(name, target string) {
	b.t.Helper()
	name = filepath.Join(b.dir, name)
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		b.t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(b.dir, target), name); err != nil {
		b.t.Fatal(err)
	}
}

// leads returns where a link of the bench leads, "" for nowhere.
func (b *bench) leads(name string) string {
	target, err := os.Readlink(filepath.Join(b.dir, name))
	if err != nil {
		return ""
	}
	return filepath.Base(target)
}

// TestConfirm really runs the script on hosts whose upgrades went differently.
func TestConfirm(t *testing.T) {
	upgrade := func(b *bench, system string) { b.link("profile", system); b.link("current", system) }
	restart := func(b *bench, system string) {
		b.link("current", system)
		b.link("booted", system)
		b.file("boot_id", "second\n")
	}
	tests := []struct {
		name      string
		recorded  func(*bench) // before the upgrade
		upgrade   func(*bench)
		ok        bool
		says, log string
		runs      string
		waits     bool
	}{
		{
			"nothing new", nil, func(*bench) {},
			true, "nothing new", "", "old", false,
		},
		{
			"a good upgrade", nil, func(b *bench) { upgrade(b, "new") },
			true, "confirmed", "check\n", "new", false,
		},
		{
			"a bad upgrade", nil, func(b *bench) { upgrade(b, "new"); b.file("broken-new", "") },
			false, "back from", "check\ncheck\ndefault old\nswitch old\n", "old", false,
		},
		{
			"it failed before", func(b *bench) { b.file("failed-before", "") }, func(b *bench) { upgrade(b, "new"); b.file("broken-new", "") },
			false, "as it did before", "check\ncheck\n", "new", false,
		},
		{
			"a kernel that waits for a boot", nil, func(b *bench) { b.link("profile", "other-kernel") },
			true, "waits for the next boot", "", "old", true,
		},
		{
			"a good boot", nil, func(b *bench) { b.link("profile", "other-kernel"); restart(b, "other-kernel") },
			true, "confirmed", "check\n", "other-kernel", false,
		},
		{
			"a bad boot", nil, func(b *bench) {
				b.link("profile", "other-kernel")
				restart(b, "other-kernel")
				b.file("broken-other-kernel", "")
			},
			false, "the kernel is still the new one", "check\ncheck\ndefault old\nswitch old\n", "old", false,
		},
		{
			"a bad boot of a host that may restart", nil, func(b *bench) {
				b.env = append(b.env, "REBOOT=1")
				b.link("profile", "other-kernel")
				restart(b, "other-kernel")
				b.file("broken-other-kernel", "")
			},
			false, "back from", "check\ncheck\ndefault old\nboot old\nshutdown -r +1\n", "other-kernel", false,
		},
		{
			"somebody boots the system before", nil, func(b *bench) { b.link("profile", "other-kernel"); restart(b, "old") },
			false, "did not boot", "default old\nswitch old\n", "old", false,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := confirmBench(t)
			if test.recorded != nil {
				test.recorded(b)
			}
			if out, ok := b.run(nixmodules.UpgradeConfirmScript, "record"); !ok || b.leads("root") != "old" {
				t.Fatalf("not recorded: %s", out)
			}
			test.upgrade(b)
			out, ok := b.run(nixmodules.UpgradeConfirmScript, "confirm")
			if ok != test.ok || !strings.Contains(out, test.says) || b.read("log") != test.log {
				t.Errorf("it succeeds: %t, says\n%sand does\n%s", ok, out, b.read("log"))
			}
			if got := b.leads("current"); got != test.runs {
				t.Errorf("%s runs, want %s", got, test.runs)
			}
			if waits := b.read("state/pending") != ""; waits != test.waits || waits != (b.leads("root") != "") {
				t.Errorf("is the system before still recorded? %t; the link that keeps it leads to %q", waits, b.leads("root"))
			}
		})
	}
}

// TestConfirmRecordsOnce wants the system before the first of two upgrades,
// when the second comes before the boot.
func TestConfirmRecordsOnce(t *testing.T) {
	b := confirmBench(t)
	for range 2 {
		if out, ok := b.run(nixmodules.UpgradeConfirmScript, "record"); !ok {
			t.Fatal(out)
		}
		b.link("profile", "new")
		b.file("failed-before", "")
	}
	if got, want := b.read("state/pending"), b.dir+"/old\nfirst\nwell\n"; got != want {
		t.Errorf("recorded %q, want %q", got, want)
	}
}

func TestConfirmWithoutUpgrade(t *testing.T) {
	b := confirmBench(t)
	if out, ok := b.run(nixmodules.UpgradeConfirmScript, "confirm"); !ok || out != "" || b.read("log") != "" {
		t.Errorf("%t, %s%s", ok, out, b.read("log"))
	}
}
