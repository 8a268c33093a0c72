package live

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// sysctls compares the kernel's settings with those of the configuration: K017.
func sysctls(c *comparison) {
	if !mayJudge(c.Host.Kernel.Mode) {
		return
	}
	text, ok := c.answer.of("sysctl")
	if !ok {
		c.unseen("sysctl", "the kernel's settings")
		return
	}
	live := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			live[name] = value
		}
	}
	way := "find out who changed it; systemctl restart systemd-sysctl sets it again"
	for _, key := range slices.Sorted(maps.Keys(c.Facts.Kernel.Sysctl)) {
		if c.Facts.Kernel.Sysctl[key] == nil {
			continue // left to the kernel
		}
		pattern, want := sysctlPath(key), sysctlValue(c.Facts.Kernel.Sysctl[key])
		found, setting := false, "kernel.hardening"
		if own := `kernel.sysctl."` + key + `"`; c.origin(own).IsSet() {
			setting = own
		}
		for _, name := range slices.Sorted(maps.Keys(live)) {
			if match, _ := path.Match(pattern, name); !match {
				continue
			}
			found = true
			if got := live[name]; !sameSysctl(key, want, got) && !c.overridden(key, name) {
				c.reportGot("K017", setting, fmt.Sprintf("%s is %s, and the policy wants %s", dotted(name), brief(got), want), way, want, got)
			}
		}
		if !found && sysctlName.MatchString(key) && !strings.Contains(key, "*") {
			c.reportGot("K017", setting, fmt.Sprintf("the running kernel has no %s, and the policy wants %s", key, want),
				"load the module that has it, or remove it from the document", want, "")
		}
	}
	if c.Facts.Kernel.LockModules && live["kernel/modules_disabled"] != "1" {
		c.reportGot("K017", "kernel.lock_modules", "modules are not locked: whoever is root can load more", "systemctl start disable-kernel-module-loading", "1", live["kernel/modules_disabled"])
	}
}

// overridden reports whether a pattern's file has a key of its own.
func (c *comparison) overridden(key, name string) bool {
	if !strings.Contains(key, "*") {
		return false
	}
	for other := range c.Facts.Kernel.Sysctl {
		if other != key && sysctlPath(other) == name {
			return true
		}
	}
	return false
}

func sysctlValue(v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return "1"
		}
		return "0"
	default:
		return fmt.Sprint(v)
	}
}

// sameSysctl compares fields. kernel.printk has four, of which one is usually
// written.
func sameSysctl(key, want, got string) bool {
	w, g := strings.Fields(anyStore(want)), strings.Fields(anyStore(got))
	if key == "kernel.printk" && len(g) > len(w) {
		g = g[:len(w)]
	}
	return slices.Equal(w, g)
}

func dotted(name string) string { return strings.NewReplacer("/", ".", ".", "/").Replace(name) }

// bootParams compares the kernel's command line: Q3. The last value of a name
// counts, but for names that are lists.
func bootParams(c *comparison) {
	if !mayJudge(c.Host.Kernel.Mode) {
		return
	}
	text, ok := c.answer.of("cmdline")
	if !ok {
		c.unseen("cmdline", "the kernel's command line")
		return
	}
	given := strings.Fields(text)
	last, lastWanted := lastOf(given), lastOf(c.Facts.Kernel.KernelParams)
	for _, want := range c.Facts.Kernel.KernelParams {
		name := paramName(want)
		switch got := last[name]; {
		case lastWanted[name] != want && !slices.Contains(repeated, name): // another takes its place
		case got == "":
			c.reportGot("Q3", "kernel.hardening", fmt.Sprintf("the kernel was started without %s", want), "restart the host", want, "")
		case got != want && !slices.Contains(repeated, name) || !slices.Contains(given, want):
			c.reportGot("Q3", "kernel.hardening", fmt.Sprintf("the kernel was started with %s, and the policy wants %s", brief(got), want), "restart the host, and look at the boot loader's entry", want, got)
		}
	}
}

// lastOf returns the last parameter of every name.
func lastOf(params []string) map[string]string {
	last := map[string]string{}
	for _, p := range params {
		last[paramName(p)] = p
	}
	return last
}

// repeated are the parameters that may be given several times.
var repeated = []string{"console", "earlycon", "module_blacklist", "rd.luks.uuid", "systemd.setenv"}

// paramName is a parameter's name; the kernel takes - for _.
func paramName(p string) string {
	name, _, _ := strings.Cut(p, "=")
	return strings.ReplaceAll(name, "-", "_")
}

var installLine = regexp.MustCompile(`(?m)^\s*install\s+(\S+)\s+\S*/(?:false|true)\s*$`)

// modules finds blocked modules that are loaded all the same: Q4.
func modules(c *comparison) {
	if !mayJudge(c.Host.Kernel.Mode) {
		return
	}
	text, ok := c.answer.of("modules")
	if !ok && c.answer.Sections["modules"].Code != absent { // a kernel without any
		c.unseen("modules", "which modules are loaded")
		return
	}
	blocked := map[string]bool{}
	for _, name := range c.Facts.Kernel.BlacklistedKernelModules {
		blocked[strings.ReplaceAll(name, "-", "_")] = true
	}
	for _, m := range installLine.FindAllStringSubmatch(c.Facts.Kernel.ExtraModprobeConfig, -1) {
		blocked[strings.ReplaceAll(m[1], "-", "_")] = true
	}
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if blocked[name] {
			c.report("Q4", "kernel.hardening", fmt.Sprintf("the module %s is loaded, and the policy blocks it", name), "find out who loaded it, then modprobe -r "+name)
		}
	}
}

// lockdown compares the kernel's own lockdown with what its command line is to
// ask for: A15.
func lockdown(c *comparison) {
	want := ""
	for _, p := range c.Facts.Kernel.KernelParams {
		if value, ok := strings.CutPrefix(p, "lockdown="); ok {
			want = value
		}
	}
	if want == "" || !mayJudge(c.Host.Kernel.Mode) || !c.answer.Whole {
		return
	}
	text, _ := c.answer.of("lockdown")
	if !strings.Contains(text, "["+want+"]") {
		c.reportGot("A15", "kernel.lockdown", fmt.Sprintf("lockdown=%s is asked for, and the kernel says %q", want, brief(text)), "use a kernel that is built with lockdown", want, text)
	}
}
