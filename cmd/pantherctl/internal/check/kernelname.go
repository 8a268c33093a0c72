package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/kernel"
	"github.com/pantherctl/pantherctl/schema"
)

// customParams are parameters for features that stock NixOS kernels are built
// without, and what kernel.custom calls the feature; "" for one it cannot name.
var customParams = map[string]string{"lockdown": "lockdown", "module.sig_enforce": "module_signing", "cfi": ""}

// absentFeature is K001.
func absentFeature(s *subject) {
	k := s.Kernel
	report := func(param string, from schema.Origin, path, hint string) {
		if feature := customParams[param]; feature != "" {
			if slices.Contains(k.Custom.Values(), schema.KernelFeature(feature)) {
				return
			}
			hint += fmt.Sprintf(", or declare a kernel of your own: kernel.custom: [%s]", feature)
		}
		why, _ := kernel.Dead(param)
		s.report(from, path, param+" has no effect: "+why, hint)
	}
	if k.Lockdown.IsSet() && k.Lockdown.V != "none" {
		report("lockdown", k.Lockdown.From, s.Path("kernel.lockdown"), "set kernel.lock_modules: true and kernel.protect_image: true instead")
	}
	if k.ModuleSigning.V {
		report("module.sig_enforce", k.ModuleSigning.From, s.Path("kernel.module_signing"), "set kernel.lock_modules: true instead")
	}
	for _, p := range s.params() {
		if _, ok := customParams[p.name]; ok {
			report(p.name, p.from, p.path, "remove it")
		}
	}
}

// param is a boot parameter that the document itself asks for.
type param struct {
	name, value string
	from        schema.Origin
	path        string
}

func (s *subject) params() []param {
	var params []param
	for i, p := range s.Kernel.Params.Items {
		name, value, _ := strings.Cut(string(p.V), "=")
		params = append(params, param{name, value, p.From, s.Path(fmt.Sprintf("kernel.params[%d]", i))})
	}
	return params
}

// unknownName is K003.
func unknownName(s *subject) {
	for _, p := range s.params() {
		_, feature := customParams[p.name]
		if why, dead := kernel.Dead(p.name); dead && !feature {
			s.report(p.from, p.path, p.name+" does nothing: "+why, "remove it")
		}
	}
	for _, e := range s.Kernel.Sysctl.Entries {
		path := s.entry("kernel.sysctl", e.Key)
		if why, dead := kernel.Dead(e.Key); dead {
			s.report(e.From, path, e.Key+" does nothing: "+why, "remove it")
			continue
		}
		if known, nearest := s.knownSysctl(e.Key); !known {
			hint := "remove it"
			if nearest != "" {
				hint = fmt.Sprintf("did you mean %q?", nearest)
			}
			s.report(e.From, path, fmt.Sprintf("no kernel has the key %s: it is ignored without a word", e.Key), hint)
		}
	}
}

// sysctlName is whether a key exists and, if not, which one may be meant.
type sysctlName struct {
	known   bool
	nearest string
}

// knownSysctl looks a key up once for all hosts: they often share it by a role.
func (s *subject) knownSysctl(key string) (known bool, nearest string) {
	n, ok := s.names[key]
	if !ok {
		n.known, n.nearest = kernel.KnownSysctl(key)
		s.names[key] = n
	}
	return n.known, n.nearest
}

// settingFor names the setting of a document that stands for a NixOS option.
var settingFor = map[string]string{
	"security.lockKernelModules":               "kernel.lock_modules",
	"security.allowUserNamespaces":             "kernel.user_namespaces",
	"security.protectKernelImage":              "kernel.protect_image",
	"security.allowSimultaneousMultithreading": "kernel.smt",
}

// rawName is K009.
func rawName(s *subject) {
	raw := func(name string, from schema.Origin, path string) {
		option, ok := kernel.OptionFor(name)
		if !ok {
			return
		}
		hint := "set " + settingFor[option]
		if settingFor[option] == "" {
			hint = fmt.Sprintf("set %s in a module of your own", option)
		}
		s.report(from, path, fmt.Sprintf("%s goes round the NixOS option %s and all that it checks", name, option), hint)
	}
	for _, p := range s.params() {
		raw(p.name, p.from, p.path)
	}
	for _, e := range s.Kernel.Sysctl.Entries {
		raw(e.Key, e.From, s.entry("kernel.sysctl", e.Key))
	}
}

// repeatable are parameters that mean something each time they appear.
var repeatable = []string{"acpi_osi", "console", "crashkernel", "earlycon", "hugepages", "hugepagesz", "memmap", "video"}

// paramTwice is K016.
func paramTwice(s *subject) {
	first := map[string]param{}
	for _, p := range s.params() {
		before, again := first[p.name]
		dotted := strings.HasPrefix(p.name, "rd.") || strings.HasPrefix(p.name, "systemd.") // read by programs, not by the kernel
		if again && before.value != p.value && !dotted && !slices.Contains(repeatable, p.name) {
			s.report(p.from, p.path, fmt.Sprintf("%s has two values, %q and %q: the kernel keeps the last", p.name, before.value, p.value), "remove one of them")
		}
		first[p.name] = p
	}
}
