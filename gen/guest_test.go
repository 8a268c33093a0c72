package gen_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	hardening "github.com/pantherctl/pantherctl/gen/kernel"
)

// guestRoot is the machine's whole file system, as a cpio archive.
func guestRoot(t *testing.T, guest, version string, host *facts) []byte {
	t.Helper()
	var a archive
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(guest, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, program := range []string{"busybox", "kmod", "auditctl"} {
		a.program(t, guest, program)
	}
	a.add("kmod/modprobe", 0o755, read("usr/bin/kmod"))
	a.add("init", 0o755, []byte(guestInit))
	tried := append(blockedModules(host), "dummy")
	a.modules(t, filepath.Join(guest, "usr", "lib", "modules", version), version, slices.Concat(tried, host.Kernel.Modules, []string{"crc32c_generic"})) // conntrack needs it, softly
	config := regexp.MustCompile(`/nix/store/\S+/bin/`).ReplaceAllString(host.Kernel.ExtraModprobeConfig, "/bin/")
	for _, m := range host.Kernel.BlacklistedKernelModules {
		config += "blacklist " + m + "\n"
	}
	a.add("etc/modprobe.d/nixos.conf", 0o644, []byte(config))
	a.add("etc/modprobe.d/00-pantherctl.conf", 0o644, []byte(host.Kernel.Softdeps))
	var set strings.Builder
	keys := slices.Sorted(maps.Keys(host.Kernel.Sysctl))
	for _, key := range keys {
		fmt.Fprintf(&set, "%s %s\n", sysctlFile(key), plain(host.Kernel.Sysctl[key]))
	}
	a.add("sysctl.set", 0o644, []byte(set.String()))
	for _, c := range hardening.Score(hardening.Input{Kernel: version, Release: "25.11"}).Failed {
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
	a.add("sysctl.get", 0o644, []byte(get.String()))
	a.add("load", 0o644, []byte(strings.Join(host.Kernel.Modules, "\n")+"\n"))
	a.add("try", 0o644, []byte(strings.Join(tried, "\n")+"\n"))
	a.add("audit.rules", 0o600, []byte("-D\n-b 8192\n"+strings.Join(host.Audit.Rules, "\n")+"\n"))
	// What audit rules watch must be there.
	for _, folder := range []string{"proc", "sys", "dev", "sbin", "tmp", "var/log", "nix/var/nix/profiles"} {
		a.folder(folder)
	}
	for _, name := range []string{"etc/passwd", "etc/shadow", "etc/sudoers"} {
		a.add(name, 0o600, nil)
	}
	return a.bytes()
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

// archive is a cpio archive of the form "newc", which the kernel unpacks.
type archive struct {
	out     bytes.Buffer
	folders map[string]bool
	files   map[string]bool
}

func (a *archive) folder(name string) {
	if name == "." || a.folders[name] {
		return
	}
	a.folder(filepath.Dir(name))
	if a.folders == nil {
		a.folders = map[string]bool{}
	}
	a.folders[name] = true
	a.entry(name, 0o040755, nil)
}

func (a *archive) add(name string, mode fs.FileMode, data []byte) {
	if a.files[name] {
		return
	}
	if a.files == nil {
		a.files = map[string]bool{}
	}
	a.files[name] = true
	a.folder(filepath.Dir(name))
	a.entry(name, 0o100000|int(mode), data)
}

func (a *archive) entry(name string, mode int, data []byte) {
	fmt.Fprintf(&a.out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0, name)
	a.pad()
	a.out.Write(data)
	a.pad()
}

func (a *archive) pad() { a.out.Write(make([]byte, (4-a.out.Len()%4)%4)) }

func (a *archive) bytes() []byte {
	a.entry("TRAILER!!!", 0, nil)
	return a.out.Bytes()
}

// program adds a program of the guest and the libraries it names.
func (a *archive) program(t *testing.T, guest, name string) {
	t.Helper()
	for _, dir := range []string{"usr/bin", "usr/sbin"} {
		text, err := os.ReadFile(filepath.Join(guest, dir, name))
		if err != nil {
			continue
		}
		a.add("bin/"+name, 0o755, text)
		a.libraries(t, guest, text)
		return
	}
	t.Fatalf("the guest has no %s", name)
}

// libraries adds every library whose name stands in a program or in one of its
// libraries: more than it loads, and never less.
func (a *archive) libraries(t *testing.T, guest string, program []byte) {
	t.Helper()
	for _, name := range regexp.MustCompile(`(lib[a-zA-Z0-9_+-]+|ld-linux-x86-64)\.so(\.[0-9]+)+`).FindAllString(string(program), -1) {
		to := "lib/x86_64-linux-gnu/" + name
		if strings.HasPrefix(name, "ld-") {
			to = "lib64/" + name
		}
		if a.files[to] {
			continue
		}
		text, err := os.ReadFile(filepath.Join(guest, "usr", "lib", "x86_64-linux-gnu", name))
		if err != nil {
			continue // a name in a message, not of a library
		}
		a.add(to, 0o755, text)
		a.libraries(t, guest, text)
	}
}

// modules adds kernel modules, those they depend on, and what modprobe reads.
func (a *archive) modules(t *testing.T, dir, version string, names []string) {
	t.Helper()
	out := "lib/modules/" + version + "/"
	files := map[string][]string{} // a module's file and those it depends on, by name
	for line := range strings.Lines(readText(t, dir, "modules.dep")) {
		file, needed, _ := strings.Cut(strings.TrimSpace(line), ":")
		name, _, _ := strings.Cut(filepath.Base(file), ".")
		files[strings.ReplaceAll(name, "-", "_")] = append([]string{file}, strings.Fields(needed)...)
	}
	for _, name := range names {
		for _, file := range files[strings.ReplaceAll(name, "-", "_")] {
			a.add(out+file, 0o644, []byte(readText(t, dir, file)))
		}
	}
	lists, err := filepath.Glob(filepath.Join(dir, "modules.*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range lists {
		a.add(out+filepath.Base(name), 0o644, []byte(readText(t, name)))
	}
}
