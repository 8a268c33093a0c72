package gen

import (
	"maps"
	"slices"
	"strconv"

	kernels "github.com/pantherctl/pantherctl/gen/kernel"
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// kernel is the module of kernel hardening, by far the longest. It depends on
// nothing but what like hosts share.
func kernel(h *policy.Hardening) *nix.File {
	f := &nix.File{Params: []string{"lib"}}
	body := nix.AttrSet{nix.Bind("imports", nix.Elements(nix.PathLit("../../"+kernelGates)))}
	always, gated := params(h)
	if len(always) > 0 {
		bind(&body, nix.Path("boot.kernelParams"), always)
	}
	for _, since := range slices.SortedFunc(maps.Keys(gated), kernels.Compare) {
		bind(&body, nix.Path("pantherctl.kernelParamsSince").Append(since), gated[since], "kernels before "+since+" do not know these")
	}
	if set := sysctls(h); len(set) > 0 {
		bind(&body, nix.Path("boot.kernel.sysctl"), set)
	}
	for i, o := range h.Options {
		body = append(body, nix.Binding{Doc: []string{o.Why}, Blank: i == 0, Path: nix.Path(o.Path), Value: nix.Bool(o.Value)})
	}
	if h.Locked {
		modules := append([]string{"hid_generic", "usbhid"}, freedModules(h)...)
		bind(&body, nix.Path("boot.kernelModules"), nix.Strings(modules...), "after the lock nothing loads by itself, not even for a keyboard")
	}
	blocked(h, f, &body)
	if len(body) == 1 {
		return nil // nothing but the import
	}
	f.Body = body
	return f
}

// params returns the kernel parameters every kernel knows, and those by the
// first kernel that does.
func params(h *policy.Hardening) (always nix.List, gated map[string]nix.List) {
	gated = map[string]nix.List{}
	for _, p := range h.Params {
		e := nix.Element{Doc: []string{p.Why}, Value: nix.String(p.Text())}
		if p.SinceKernel == "" {
			always = append(always, e)
		} else {
			gated[p.SinceKernel] = append(gated[p.SinceKernel], e)
		}
	}
	return always, gated
}

func sysctls(h *policy.Hardening) nix.AttrSet {
	set := nix.AttrSet{}
	for _, s := range h.Sysctls {
		var value nix.Expr = nix.String(s.Text.Text)
		if n, err := strconv.ParseInt(s.Text.Text, 10, 64); err == nil && s.Text.Number {
			value = nix.Int(n)
		}
		set = append(set, nix.Binding{Doc: []string{s.Why}, Path: nix.AttrPath{s.Key}, Value: nix.Override(sysctlPriority, value)})
	}
	return set
}

// blocked keeps modules from loading: a blacklist stops loading by alias only,
// an install line stops loading by name and as a dependency too, unless the
// kernel gives the module a soft dependency.
func blocked(h *policy.Hardening, f *nix.File, body *nix.AttrSet) {
	list := nix.List{}
	install, soft := nix.Template{}, ""
	for _, b := range h.Blocked {
		for i, m := range b.Modules {
			e := nix.Element{Value: nix.String(m)}
			if i == 0 {
				e.Doc, e.Blank = []string{b.Why}, len(list) > 0
			}
			list = append(list, e)
			if kernels.HasSoftdep(m) {
				soft += "softdep " + m + " pre:\n"
			}
			install = append(install, nix.String("install "+m+" "), nix.Ref{"pkgs", "coreutils"}, nix.String("/bin/false\n"))
		}
	}
	if len(list) == 0 {
		return
	}
	needs(f, "pkgs")
	bind(body, nix.Path("boot.blacklistedKernelModules"), list, freed(h)...)
	bind(body, nix.Path("boot.extraModprobeConfig"), install, "a blacklist alone does not stop loading by name or as a dependency")
	if soft != "" {
		bind(body, nix.AttrPath{"environment", "etc", "modprobe.d/00-pantherctl.conf", "text"}, nix.String(soft),
			"a soft dependency takes precedence over an install line; of several the",
			"first counts, and those of the kernel are in a file called modules.softdep")
	}
}

// freed says which families are left alone and why.
func freed(h *policy.Hardening) []string {
	var lines []string
	for _, f := range h.Freed {
		lines = append(lines, "not "+f.Family+": the host uses "+f.Feature)
	}
	return lines
}

func freedModules(h *policy.Hardening) []string {
	var modules []string
	for _, f := range h.Freed {
		modules = append(modules, f.Modules...)
	}
	return modules
}
