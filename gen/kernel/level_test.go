package kernel

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLevelSizes(t *testing.T) {
	type size struct{ Params, Sysctls, Options, Modules int }
	want := map[Level]size{
		Basic:        {Params: 5, Sysctls: 23},
		Workstation:  {Params: 17, Sysctls: 44, Options: 5, Modules: 91},
		Server:       {Params: 18, Sysctls: 45, Options: 5, Modules: 104},
		HighSecurity: {Params: 23, Sysctls: 45, Options: 5, Modules: 109},
		"paranoid":   {},
	}
	got := make(map[Level]size)
	for l := range want {
		modules := 0
		for _, f := range Families(l) {
			modules += len(f.Modules)
		}
		got[l] = size{len(Params(l)), len(Sysctls(l)), len(Options(l)), modules}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}

func TestParams(t *testing.T) {
	tests := []struct {
		name string
		want [4]string // by level; empty when the level leaves it out
	}{
		{"hash_pointers", [4]string{"hash_pointers=always", "hash_pointers=always", "hash_pointers=always", "hash_pointers=always"}},
		{"slab_nomerge", [4]string{"", "slab_nomerge", "slab_nomerge", "slab_nomerge"}},
		{"mitigations", [4]string{"", "mitigations=auto,nosmt", "mitigations=auto,nosmt", "mitigations=auto,nosmt"}},
		{"proc_mem.force_override", [4]string{"", "proc_mem.force_override=ptrace", "proc_mem.force_override=never", "proc_mem.force_override=never"}},
		{"ia32_emulation", [4]string{"", "", "ia32_emulation=0", "ia32_emulation=0"}},
		{"efi", [4]string{"", "", "", "efi=disable_early_pci_dma"}},
		{"lockdown", [4]string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got [4]string
			for i, l := range Levels() {
				for _, p := range Params(l) {
					if p.Name == tt.name {
						got[i] = p.Text()
					}
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParamIn(t *testing.T) {
	p := Param{SinceKernel: "6.8", UntilKernel: "6.16"}
	for kernel, want := range map[string]bool{
		"6.6.69": false, "6.8": true, "6.12.55": true, "6.15.11": true, "6.16": false, "6.16-rc1": false, "7.0": false,
	} {
		if got := p.In(kernel); got != want {
			t.Errorf("In(%s) = %v", kernel, got)
		}
	}
	if !(Param{}).In("5.10") {
		t.Error("a parameter without bounds is in every kernel")
	}
}

func TestSysctls(t *testing.T) {
	const out = -1 // the level leaves it out
	tests := []struct {
		key  string
		want [4]int
	}{
		{"kernel.yama.ptrace_scope", [4]int{out, 1, 3, 3}},
		{"kernel.panic", [4]int{out, out, 10, 10}},
		{"kernel.kptr_restrict", [4]int{1, 2, 2, 2}},
		{"kernel.io_uring_disabled", [4]int{out, 2, 2, 2}},
		{"vm.mmap_min_addr", [4]int{65536, 65536, 65536, 65536}},
		{"net.ipv6.conf.*.accept_ra", [4]int{out, 0, 0, 0}},
		{"net.ipv6.conf.*.accept_redirects", [4]int{0, 0, 0, 0}},
		{"net.ipv4.ip_forward", [4]int{out, out, out, out}},
		{"kernel.modules_disabled", [4]int{out, out, out, out}},
		{"kernel.unprivileged_userns_clone", [4]int{out, out, out, out}},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			got := [4]int{out, out, out, out}
			for i, l := range Levels() {
				for _, s := range Sysctls(l) {
					if s.Key == tt.key {
						got[i] = s.Value
					}
				}
			}
			if got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSysctlFor(t *testing.T) {
	i := slices.IndexFunc(Sysctls(Server), func(s Sysctl) bool { return s.Key == "vm.mmap_rnd_bits" })
	bits := Sysctls(Server)[i]
	for _, tt := range []struct {
		release, arch string
		want          bool
	}{
		{"24.11", "x86_64", true},
		{"25.11", "x86_64", true},
		{"26.05", "x86_64", false},
		{"24.11", "aarch64", false},
	} {
		if got := bits.For(tt.release, tt.arch); got != tt.want {
			t.Errorf("For(%s, %s) = %v", tt.release, tt.arch, got)
		}
	}
}

func TestOptions(t *testing.T) {
	want := map[Level]string{
		Basic:        "",
		Workstation:  "lock=false userns=true image=false pti=true smt=true; pti=on",
		Server:       "lock=false userns=true image=true pti=true smt=true; nohibernate pti=on",
		HighSecurity: "lock=true userns=true image=true pti=true smt=false; nohibernate pti=on nosmt",
	}
	short := map[string]string{
		"security.lockKernelModules": "lock", "security.allowUserNamespaces": "userns",
		"security.protectKernelImage": "image", "security.forcePageTableIsolation": "pti",
		"security.allowSimultaneousMultithreading": "smt",
	}
	for _, l := range Levels() {
		var values, params []string
		for _, o := range Options(l) {
			value := "=false"
			if o.Value {
				value = "=true"
			}
			values = append(values, short[o.Path]+value)
			if o.Param != "" {
				params = append(params, o.Param)
			}
		}
		got := strings.Join(values, " ")
		if len(params) > 0 {
			got += "; " + strings.Join(params, " ")
		}
		if got != want[l] {
			t.Errorf("%s: got %q, want %q", l, got, want[l])
		}
	}
}

func TestOptionFor(t *testing.T) {
	for name, want := range map[string]string{
		"user.max_user_namespaces": "security.allowUserNamespaces",
		"kernel.modules_disabled":  "security.lockKernelModules",
		"nohibernate":              "security.protectKernelImage",
		"nosmt":                    "security.allowSimultaneousMultithreading",
		"pti=on":                   "security.forcePageTableIsolation",
		"lsm=landlock,yama":        "security.lsm",
		"slab_nomerge":             "",
	} {
		if got, ok := OptionFor(name); got != want || ok != (want != "") {
			t.Errorf("OptionFor(%q) = %q, %v", name, got, ok)
		}
	}
}

// No level writes what an option should, or what does nothing.
func TestLevelsAreLive(t *testing.T) {
	for _, l := range Levels() {
		names := []string{}
		for _, p := range Params(l) {
			names = append(names, p.Name)
		}
		for _, s := range Sysctls(l) {
			names = append(names, s.Key)
			if ok, nearest := KnownSysctl(s.Key); !ok {
				t.Errorf("%s: %s is unknown, nearest %q", l, s.Key, nearest)
			}
		}
		for _, name := range names {
			if why, dead := Dead(name); dead {
				t.Errorf("%s: %s: %s", l, name, why)
			}
			if option, ok := OptionFor(name); ok {
				t.Errorf("%s: %s belongs to %s", l, name, option)
			}
		}
	}
}
