package gen_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	hardening "github.com/pantherctl/pantherctl/gen/kernel"
	"github.com/pantherctl/pantherctl/testdata/guest"
)

// TestBoot starts a real kernel with what each level makes of a host: its boot
// parameters, sysctls, blocked modules and audit rules. What it reads back is
// what the kernel took; nothing of it is computed.
//
// The kernel is Debian's, in a virtual machine without hardware help, and a
// program of a few lines stands for systemd: that NixOS writes these files is
// what the facts say, that systemd loads them is not tried here.
func TestBoot(t *testing.T) {
	linux := guest.Find(t)
	// hash_pointers came with 6.17. The kernel reads tsx from the command line
	// without registering it, so it calls it unknown and obeys.
	unregistered := []string{"hash_pointers=always", "tsx=off"}
	for _, tt := range []struct {
		level, fleet, host string
		score              int      // of 104, on this kernel
		dead               []string // sysctls and parameters that it does not have
	}{
		{"workstation", "pantheros", "yoga", 93, unregistered},
		{"server", "pantheros", "hetzner-vps", 96, unregistered},
		// Two less than the level's 99: from 26.05 on NixOS sets vm.mmap_rnd_bits
		// itself, which the module tree of these facts does not.
		{"high-security", "high-security", "", 97, unregistered},
	} {
		t.Run(tt.level, func(t *testing.T) {
			t.Parallel()
			var host facts
			for _, e := range examples() {
				for name, f := range e.facts(t) {
					if e.name == tt.fleet && (name == tt.host || tt.host == "") {
						host = *f
					}
				}
			}
			got := boot(t, linux, &host)
			for key, want := range host.Kernel.Sysctl {
				// Of the four numbers of kernel.printk NixOS sets the first.
				if value, ok := got.sysctl[key]; ok && !strings.HasPrefix(value+" ", plain(want)+" ") {
					t.Errorf("sysctl %s is %s, want %s", key, value, plain(want))
				}
			}
			if diff := cmp.Diff(tt.dead, got.dead); diff != "" {
				t.Errorf("what this kernel does not have (-want +got)\n%s", diff)
			}
			for _, m := range blockedModules(&host) {
				if got.modules[strings.ReplaceAll(m, "-", "_")] {
					t.Errorf("module %s was loaded, and is blocked", m)
				}
			}
			if !got.modules["dummy"] {
				t.Error("module dummy, which nobody blocks, was not loaded: that others were not proves nothing")
			}
			if want := auditLines(host.Audit.Rules); len(want) > 0 && len(got.audit) != len(want) {
				t.Errorf("the kernel has %d audit rules, want %d\n%s", len(got.audit), len(want), strings.Join(got.audit, "\n"))
			}
			s := hardening.Score(hardening.Input{Params: got.params, Sysctl: got.sysctl, Kernel: got.kernel, Release: "25.11", ModulesLocked: host.Kernel.LockModules})
			if s.OK != tt.score {
				t.Errorf("scored %d of %d, want %d; failed: %v", s.OK, s.Total, tt.score, s.Failed)
			}
			t.Logf("Linux %s: %d of %d checks, %d sysctls read back, %d modules tried, %d audit rules, in %v", got.kernel, s.OK, s.Total, len(got.sysctl), len(got.modules), len(got.audit), got.took)
		})
	}
}

// booted is what a kernel said of itself.
type booted struct {
	kernel  string
	params  []string
	sysctl  map[string]string
	modules map[string]bool // that are loaded
	audit   []string
	dead    []string
	took    time.Duration
}

// auditLines are the rules that stay in the kernel: neither -i nor -e is one.
func auditLines(rules []string) []string {
	return slices.DeleteFunc(slices.Clone(rules), func(r string) bool { return !strings.HasPrefix(r, "-a") && !strings.HasPrefix(r, "-w") })
}

// plain is a sysctl's value as the kernel prints it.
func plain(value any) string {
	switch v := value.(type) {
	case bool:
		return map[bool]string{true: "1", false: "0"}[v]
	default:
		return strings.Join(strings.Fields(fmt.Sprint(v)), " ")
	}
}

// guestInit is the first program of the machine. Everything it finds out goes
// to the console, a line each.
const guestInit = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
modprobe() { /kmod/modprobe "$@"; } # busybox has one that knows no "install"
say() { echo "pantherctl: $*"; }
echo # what the firmware said has no line end
say kernel $(uname -r)
say params $(cat /proc/cmdline)
dmesg | sed -n 's/.*Unknown kernel command line parameters "\(.*\)", will.*/pantherctl: unknown \1/p'
modprobe -q -a $(cat /load)
while read -r key value; do
	for f in $key; do
		[ -e $f ] && echo "$value" >$f 2>/dev/null
	done
done </sysctl.set
while read -r key; do
	[ -e $key ] && say sysctl $key $(cat $key) || say absent $key
done </sysctl.get
modprobe -q -a $(cat /try) 2>/dev/null
while read -r name rest; do say module $name; done </proc/modules
auditctl -R /audit.rules >/dev/null 2>&1
auditctl -l | grep ^- | while read -r rule; do say audit $rule; done
say done
poweroff -f
`

// boot starts a kernel with a host's settings and returns what it says.
func boot(t *testing.T, linux guest.Linux, host *facts) booted {
	t.Helper()
	params := slices.DeleteFunc(slices.Clone(host.Kernel.KernelParams), func(p string) bool { return strings.HasPrefix(p, "init=") })
	initrd := filepath.Join(t.TempDir(), "initrd")
	if err := os.WriteFile(initrd, guestRoot(t, linux, host), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // it takes ten seconds where nothing else runs
	defer cancel()
	started := time.Now()
	cmd := exec.CommandContext(ctx, linux.QEMU, "-accel", "tcg", "-cpu", "max", "-m", "1G", "-nographic", "-no-reboot", "-nic", "none",
		"-kernel", linux.Kernel, "-initrd", initrd,
		"-append", strings.Join(append(params, "console=ttyS0", "quiet", "panic=-1", "rdinit=/init"), " "))
	console, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(console, []byte("pantherctl: done")) {
		t.Fatalf("%v: the machine said\n%s", err, tail(console))
	}
	got := booted{sysctl: map[string]string{}, modules: map[string]bool{}, took: time.Since(started).Round(100 * time.Millisecond)}
	for _, m := range regexp.MustCompile(`(?m)^pantherctl: (\w+) (.*?)\s*$`).FindAllStringSubmatch(string(console), -1) {
		name, value, _ := strings.Cut(m[2], " ")
		switch m[1] {
		case "kernel":
			got.kernel, _, _ = strings.Cut(name, "+")
		case "params":
			got.params = strings.Fields(m[2])
		case "unknown":
			got.dead = append(got.dead, strings.Fields(m[2])...)
		case "absent":
			if _, set := host.Kernel.Sysctl[sysctlKey(name)]; set {
				got.dead = append(got.dead, sysctlKey(name))
			}
		case "sysctl":
			got.sysctl[sysctlKey(name)] = strings.Join(strings.Fields(value), " ")
		case "module":
			got.modules[name] = true
		case "audit":
			got.audit = append(got.audit, m[2])
		}
	}
	slices.Sort(got.dead)
	return got
}

func tail(console []byte) string {
	return string(console[max(0, len(console)-3000):])
}
