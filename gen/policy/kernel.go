package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/kernel"
	"github.com/pantherctl/pantherctl/schema"
)

// Hardening is what the kernel of a host gets.
type Hardening struct {
	Params  []kernel.Param
	Sysctls []Sysctl
	Blocked []Block
	Freed   []Freed
	Options []kernel.Option
	Locked  bool // no module loads once the system is up
}

// Sysctl is a kernel setting with the reason for it.
type Sysctl struct {
	Key  string
	Text schema.SysctlText
	Why  string
}

// Block is a family of modules that cannot be loaded.
type Block struct {
	Family, Why string
	Modules     []string
}

// Freed is a family of modules left alone because the host uses a feature.
type Freed struct {
	Family, Feature string
	Modules         []string
}

// kernelInput is all that the hardening of a kernel depends on.
type kernelInput struct {
	settings *schema.Settings
	system   schema.System
}

// kernel resolves the kernel settings of a host.
func (r *resolver) kernel(h *Host) {
	input := kernelInput{h.like, h.System}
	if known, ok := r.hardened[input]; ok {
		h.Hardening = known
		return
	}
	h.Hardening = &Hardening{Locked: h.Kernel.LockModules.V}
	r.hardened[input] = h.Hardening
	level := kernel.Level(h.Kernel.Hardening.V) // the tables know no "off", and give nothing for it
	h.kernelParams(level)
	h.sysctls(level)
	h.blocked(level)
	h.kernelOptions(level)
}

// kernelOptions are the NixOS options of the level, with the values of the
// settings that decide them.
func (h *Host) kernelOptions(level kernel.Level) {
	k := &h.Kernel
	set := map[string]bool{}
	for _, o := range kernel.Options(level) {
		set[o.Path] = o.Value
	}
	for path, v := range map[string]schema.Value[bool]{
		"security.lockKernelModules":   k.LockModules,
		"security.protectKernelImage":  k.ProtectImage,
		"security.allowUserNamespaces": k.UserNamespaces,
	} {
		if k.Hardening.V != "off" || !v.From.Default() {
			set[path] = v.V
		}
	}
	switch k.SMT.V {
	case "off":
		set["security.allowSimultaneousMultithreading"] = false
	case "keep":
		set["security.allowSimultaneousMultithreading"] = true
	}
	arch := strings.TrimSuffix(string(h.System), "-linux")
	for _, path := range slices.Sorted(maps.Keys(set)) {
		if o, ok := kernel.OptionSet(path, set[path]); ok && (o.Arch == "" || o.Arch == arch) {
			h.Options = append(h.Options, o)
		}
	}
}

func (h *Host) kernelParams(level kernel.Level) {
	k := &h.Kernel
	own := map[string]bool{}
	for _, p := range k.Params.Values() {
		name, _, _ := strings.Cut(string(p), "=")
		own[name] = true
	}
	arch := strings.TrimSuffix(string(h.System), "-linux")
	for _, p := range kernel.Params(level) {
		switch {
		case own[p.Name], p.Arch != "" && p.Arch != arch:
			continue
		case p.Name == "mitigations" && k.SMT.V == "keep":
			p.Value = "auto"
		case p.Name == "ia32_emulation" && k.IA32.V:
			continue
		}
		h.Params = append(h.Params, p)
	}
	if k.Lockdown.V != "none" && slices.Contains(k.Custom.Values(), "lockdown") {
		h.Params = append(h.Params, kernel.Param{Name: "lockdown", Value: string(k.Lockdown.V), Why: "the kernel built for this host can lock itself down"})
	}
	if k.ModuleSigning.V && slices.Contains(k.Custom.Values(), "module_signing") {
		h.Params = append(h.Params, kernel.Param{Name: "module.sig_enforce", Value: "1", Why: "the kernel built for this host signs its modules"})
	}
	for _, p := range k.Params.Values() {
		name, value, _ := strings.Cut(string(p), "=")
		h.Params = append(h.Params, kernel.Param{Name: name, Value: value, Why: "asked for by the document"})
	}
}

func (h *Host) sysctls(level kernel.Level) {
	arch := strings.TrimSuffix(string(h.System), "-linux")
	byKey := map[string]Sysctl{}
	for _, s := range kernel.Sysctls(level) {
		if s.For(string(h.Release), arch) {
			byKey[s.Key] = Sysctl{s.Key, schema.SysctlText{Text: fmt.Sprint(s.Value), Number: true}, s.Why}
		}
	}
	for _, e := range h.Kernel.Sysctl.Entries {
		byKey[e.Key] = Sysctl{e.Key, e.Value.V, "asked for by the document"}
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		h.Sysctls = append(h.Sysctls, byKey[key])
	}
}

func (h *Host) blocked(level kernel.Level) {
	features := h.Features()
	for _, f := range kernel.Families(level) {
		needed := slices.IndexFunc(f.NeededBy, func(n string) bool { return slices.Contains(features, schema.Feature(n)) })
		if needed >= 0 {
			h.Freed = append(h.Freed, Freed{f.Name, f.NeededBy[needed], names(f.Modules)})
			continue
		}
		h.Blocked = append(h.Blocked, Block{f.Name, f.Why, names(f.Modules)})
	}
	if extra := h.Kernel.Block.Values(); len(extra) > 0 {
		b := Block{Family: "document", Why: "asked for by the document"}
		for _, m := range extra {
			b.Modules = append(b.Modules, string(m))
		}
		h.Blocked = append(h.Blocked, b)
	}
}

func names(modules []kernel.Module) []string {
	list := make([]string, len(modules))
	for i, m := range modules {
		list[i] = m.Name
	}
	return list
}
