package gen_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	hardening "github.com/pantherctl/pantherctl/gen/kernel"
	"github.com/pantherctl/pantherctl/testdata/guest"
)

// guestRoot is the machine's whole file system, as a cpio archive.
func guestRoot(t *testing.T, linux guest.Linux, host *facts) []byte {
	t.Helper()
	var a guest.Archive
	for _, program := range []string{"busybox", "kmod", "auditctl"} {
		a.Program(t, linux, program)
	}
	a.Add("kmod/modprobe", 0o755, linux.Read(t, "usr/bin/kmod"))
	a.Add("init", 0o755, []byte(guestInit))
	tried := append(blockedModules(host), "dummy")
	a.Modules(t, linux, slices.Concat(tried, host.Kernel.Modules, []string{"crc32c_generic"})) // conntrack needs it, softly
	config := regexp.MustCompile(`/nix/store/\S+/bin/`).ReplaceAllString(host.Kernel.ExtraModprobeConfig, "/bin/")
	for _, m := range host.Kernel.BlacklistedKernelModules {
		config += "blacklist " + m + "\n"
	}
	a.Add("etc/modprobe.d/nixos.conf", 0o644, []byte(config))
	a.Add("etc/modprobe.d/00-pantherctl.conf", 0o644, []byte(host.Kernel.Softdeps))
	var set strings.Builder
	keys := slices.Sorted(maps.Keys(host.Kernel.Sysctl))
	for _, key := range keys {
		fmt.Fprintf(&set, "%s %s\n", sysctlFile(key), plain(host.Kernel.Sysctl[key]))
	}
	a.Add("sysctl.set", 0o644, []byte(set.String()))
	for _, c := range hardening.Score(hardening.Input{Kernel: linux.Version, Release: "25.11"}).Failed {
		if strings.Contains(c.Name, ".") {
			keys = append(keys, c.Name) // scored as the kernel has it, set or not
		}
	}
	slices.Sort(keys)
	var get strings.Builder
	for _, key := range slices.Compact(keys) {
		if !strings.Contains(key, "*") {
			fmt.Fprintln(&get, sysctlFile(key))
		}
	}
	a.Add("sysctl.get", 0o644, []byte(get.String()))
	a.Add("load", 0o644, []byte(strings.Join(host.Kernel.Modules, "\n")+"\n"))
	a.Add("try", 0o644, []byte(strings.Join(tried, "\n")+"\n"))
	a.Add("audit.rules", 0o600, []byte("-D\n-b 8192\n"+strings.Join(host.Audit.Rules, "\n")+"\n"))
	// What audit rules watch must be there.
	for _, folder := range []string{"proc", "sys", "dev", "sbin", "tmp", "var/log", "nix/var/nix/profiles"} {
		a.Folder(folder)
	}
	for _, name := range []string{"etc/passwd", "etc/shadow", "etc/sudoers"} {
		a.Add(name, 0o600, nil)
	}
	return a.Bytes()
}

// blockedModules are those that modprobe is told not to load.
func blockedModules(host *facts) []string {
	var names []string
	for line := range strings.Lines(host.Kernel.ExtraModprobeConfig) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "install" {
			names = append(names, words[1])
		}
	}
	return names
}

// sysctlFile is the file behind a key, sysctlKey the key of a file. No key here
// has a dot in one of its parts.
func sysctlFile(key string) string { return "/proc/sys/" + strings.ReplaceAll(key, ".", "/") }

func sysctlKey(file string) string {
	return strings.ReplaceAll(strings.TrimPrefix(file, "/proc/sys/"), "/", ".")
}
