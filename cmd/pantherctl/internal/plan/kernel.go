package plan

import (
	"math"
	"path"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/kernel"
)

// loose are kernel parameters that take away what the kernel does by itself:
// kernel-parameters.txt of the kernel.
func loose() []string {
	return []string{
		"apparmor=0", "audit=0", "debugfs=on", "init_on_alloc=0", "init_on_free=0", "iommu=off", "intel_iommu=off", "amd_iommu=off",
		"kpti=0", "l1tf=off", "lockdown=none", "mds=off", "mitigations=off", "module.sig_enforce=0", "nokaslr", "nopti", "nosmap", "nosmep",
		"nospectre_v1", "nospectre_v2", "pti=off", "retbleed=off", "selinux=0", "slab_merge", "slub_merge", "spec_store_bypass_disable=off",
		"spectre_v2=off", "systemd.debug_shell", "rd.systemd.debug_shell", "init=/bin/sh", "single", "vsyscall=emulate", "randomize_kstack_offset=off",
	}
}

// params compares the kernel's command line, by name.
func params(c *comparison) {
	k, n := &c.old.Kernel, &c.new.Kernel
	c.toggle(Narrows, AreaKernel, "modules locked after boot", k.LockModules, n.LockModules)
	c.toggle(Narrows, AreaKernel, "image protected", k.ProtectImage, n.ProtectImage)
	strict := map[string]bool{}
	for _, p := range kernel.Params(kernel.HighSecurity) {
		strict[p.Text()] = true
	}
	weak := map[string]bool{}
	for _, p := range loose() {
		weak[p] = true
	}
	old, new := byName(k.KernelParams), byName(n.KernelParams)
	for _, name := range union(old, new) {
		was, is := old[name], new[name]
		m, note := Neutral, unjudged
		switch {
		case weak[is] && !weak[was], strict[was] && !strict[is]:
			m, note = Widens, ""
		case strict[is] && !strict[was], weak[was] && !weak[is]:
			m, note = Narrows, ""
		}
		if was != is {
			c.add(m, AreaKernel, name, was, is, note)
		}
	}
}

// byName lists parameters by their names; the kernel takes the last of those
// that have one value.
func byName(params []string) map[string]string {
	all := map[string]string{}
	for _, p := range params {
		name, _, _ := strings.Cut(p, "=")
		if repeated(name) && all[name] != "" {
			p = all[name] + " " + p
		}
		all[name] = p
	}
	return all
}

// repeated reports whether a parameter may stand several times.
func repeated(name string) bool {
	return name == "console" || name == "earlycon" || name == "rd.luks.uuid"
}

// routes are sysctls that make a host carry what is not its own.
func routes(key string) bool {
	return key == "net.ipv4.ip_forward" || strings.HasPrefix(key, "net.ipv") && (strings.HasSuffix(key, ".forwarding") || strings.HasSuffix(key, ".route_localnet") || strings.HasSuffix(key, ".proxy_arp"))
}

// sysctls compares what the kernel is told, against what the strictest level
// would tell it: nearer to that is narrower.
func sysctls(c *comparison) {
	strict := kernel.Sysctls(kernel.HighSecurity)
	old, new := c.old.Kernel.Sysctl, c.new.Kernel.Sysctl
	for _, key := range union(old, new) {
		was, is := number(old[key]), number(new[key])
		if routes(key) {
			c.judged(ranked("0", "0", "1"), AreaSysctl, key, was, is)
			continue
		}
		var judge scale
		for _, s := range strict {
			if s.Key == key || matches(s.Key, key) {
				judge = toward(float64(s.Value))
				break
			}
		}
		c.judged(judge, AreaSysctl, key, was, is)
	}
}

// matches reports whether a key is one of a pattern's, net.ipv6.conf.*.x.
func matches(pattern, key string) bool {
	ok, err := path.Match(strings.ReplaceAll(pattern, ".", "/"), strings.ReplaceAll(key, ".", "/"))
	return err == nil && ok
}

// number writes a sysctl as the kernel reads it.
func number(v any) string {
	switch v {
	case true:
		return "1"
	case false:
		return "0"
	}
	return text(v)
}

// toward judges a number by how far it is from the strictest. What the kernel
// has by itself nobody knows: leaving it for the strictest narrows, leaving it
// for anything else may widen.
func toward(strict float64) scale {
	distance := numbered(func(value string) (float64, bool) {
		n, err := strconv.ParseFloat(value, 64)
		return math.Abs(n - strict), err == nil
	})
	isStrict := func(value string) bool {
		n, err := strconv.ParseFloat(value, 64)
		return err == nil && n == strict
	}
	return func(old, new string) Mark {
		switch {
		case old == "" && isStrict(new):
			return Narrows
		case old == "", new == "" && isStrict(old):
			return Widens
		}
		return distance(old, new)
	}
}

// modules compares which ones the kernel never loads, does not load by itself,
// and is told to load.
func modules(c *comparison) {
	c.set(Narrows, AreaModule, "blocked", blocked(c.old), blocked(c.new))
	c.set(Narrows, AreaModule, "not loaded by themselves", c.old.Kernel.BlacklistedKernelModules, c.new.Kernel.BlacklistedKernelModules)
	c.set(Neutral, AreaModule, "loaded at boot", c.old.Kernel.Modules, c.new.Kernel.Modules)
	was, is := c.modprobe(c.old), c.modprobe(c.new)
	c.set(Neutral, AreaModule, "modprobe.d", was, is)
}

// blocked are modules that modprobe runs false or true for: modprobe.d(5).
func blocked(h *facts.Host) []string {
	var names []string
	for line := range strings.Lines(h.Kernel.ExtraModprobeConfig) {
		if name, ok := blocks(line); ok {
			names = append(names, name)
		}
	}
	return names
}

func blocks(line string) (module string, ok bool) {
	words := strings.Fields(line)
	if len(words) < 3 || words[0] != "install" {
		return "", false
	}
	base := path.Base(words[2])
	return words[1], base == "false" || base == "true"
}

// modprobe are the other lines of modprobe's configuration.
func (c *comparison) modprobe(h *facts.Host) []string {
	var lines []string
	for line := range strings.Lines(h.Kernel.ExtraModprobeConfig) {
		line = plain(strings.TrimSpace(line))
		if _, ok := blocks(line); !ok && line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}
