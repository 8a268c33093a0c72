package kernel

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// configured returns what a host of that level evaluates to.
func configured(l Level, kernel, release string) Input {
	in := Input{
		Params:  []string{"loglevel=4", "lsm=landlock,yama,bpf"},
		Sysctl:  make(map[string]string),
		Kernel:  kernel,
		Release: release,
	}
	for _, p := range Params(l) {
		in.Params = append(in.Params, p.Text())
	}
	for _, o := range Options(l) {
		if o.Param != "" {
			in.Params = append(in.Params, o.Param)
		}
	}
	for _, s := range Sysctls(l) {
		if s.For(release, "x86_64") {
			in.Sysctl[s.Key] = strconv.Itoa(s.Value)
		}
	}
	return in
}

func with(in Input, change func(*Input)) Input {
	change(&in)
	return in
}

func TestScore(t *testing.T) {
	const old, recent = "6.12.55", "6.17.5"
	tests := []struct {
		name string
		in   Input
		want int
	}{
		{"NixOS 26.05", configured("", recent, "26.05"), 44},
		{"NixOS 24.11", configured("", recent, "24.11"), 42},
		{"NixOS 24.11, old kernel", configured("", old, "24.11"), 41},
		{"basic", configured(Basic, recent, "26.05"), 51},
		{"workstation", configured(Workstation, recent, "26.05"), 94},
		{"workstation, NixOS 24.11", configured(Workstation, recent, "24.11"), 94},
		{"workstation, old kernel", configured(Workstation, old, "26.05"), 93},
		{"workstation, all threads", with(configured(Workstation, recent, "26.05"), func(in *Input) {
			in.Params = append(in.Params, "mitigations=auto")
		}), 77},
		{"server", configured(Server, recent, "26.05"), 97},
		{"server, old kernel", configured(Server, old, "26.05"), 96},
		{"server, modules locked", with(configured(Server, recent, "26.05"), func(in *Input) {
			in.ModulesLocked = true
		}), 98},
		{"high-security", configured(HighSecurity, recent, "26.05"), 99},
		{"high-security, old kernel", configured(HighSecurity, old, "26.05"), 98},
		{"high-security, modules locked", with(configured(HighSecurity, recent, "26.05"), func(in *Input) {
			in.ModulesLocked = true
		}), 100},
		{"high-security, no user namespaces", with(configured(HighSecurity, recent, "26.05"), func(in *Input) {
			in.ModulesLocked = true
			in.Sysctl["user.max_user_namespaces"] = "0"
		}), 101},
		{"high-security, dead parameters", with(configured(HighSecurity, recent, "26.05"), func(in *Input) {
			in.ModulesLocked = true
			in.Params = append(in.Params, "lockdown=confidentiality", "module.sig_enforce=1", "cfi=kcfi")
			in.Sysctl["kernel.unprivileged_userns_clone"] = "0"
		}), 100},
		{"everything, custom kernel", with(configured(HighSecurity, recent, "26.05"), func(in *Input) {
			in.ModulesLocked = true
			in.Params = append(in.Params, "lockdown=confidentiality", "module.sig_enforce=y", "cfi=kcfi")
			in.Features = []string{"lockdown", "module.sig_enforce", "cfi"}
			in.Sysctl["user.max_user_namespaces"] = "0"
		}), 104},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Score(tt.in)
			if got.Total != 104 || len(got.Failed) != got.Total-got.OK {
				t.Errorf("total %d, OK %d, failed %d", got.Total, got.OK, len(got.Failed))
			}
			if got.OK != tt.want {
				t.Errorf("OK = %d, want %d; failed: %v", got.OK, tt.want, got.Failed)
			}
		})
	}
}

// Every check a level fails has a reason, and every reason is one of a failure.
func TestAccepted(t *testing.T) {
	for _, l := range Levels()[1:] {
		in := configured(l, "6.17.5", "26.05")
		in.ModulesLocked = l == HighSecurity
		failed := make(map[string]bool)
		for _, c := range Score(in).Failed {
			failed[c.Name] = true
			if _, ok := Accepted(l, c.Name); !ok {
				t.Errorf("%s: %s fails without a reason", l, c.Name)
			}
		}
		for _, row := range acceptedTable().Rows {
			if _, ok := Accepted(l, row.Check); ok && !failed[row.Check] {
				t.Errorf("%s: %s passes and has a reason to fail", l, row.Check)
			}
		}
	}
	if why, ok := Accepted("paranoid", "nosmt"); ok {
		t.Errorf("unknown level accepts nosmt: %s", why)
	}
}

func TestScoreFailed(t *testing.T) {
	in := configured(Workstation, "6.17.5", "26.05")
	in.Params = append(in.Params, "lockdown=integrity")
	want := []Check{
		{Name: "nosmt", Want: "nosmt", Source: "KSPP"},
		{Name: "efi", Want: "efi~disable_early_pci_dma", Source: "KSPP"},
		{Name: "ia32_emulation", Want: "ia32_emulation=0", Source: "KSPP"},
		{Name: "proc_mem.force_override", Want: "proc_mem.force_override=never", Got: "ptrace", Source: "KSPP"},
		{Name: "lockdown", Want: "lockdown=confidentiality", Source: "KSPP"},
		{Name: "module.sig_enforce", Want: "module.sig_enforce=1", Source: "KSPP"},
		{Name: "cfi", Want: "cfi=kcfi", Source: "KSPP"},
		{Name: "kernel.modules_disabled", Want: "kernel.modules_disabled=1", Got: "0", Source: "KSPP"},
		{Name: "kernel.yama.ptrace_scope", Want: "kernel.yama.ptrace_scope=3", Got: "1", Source: "KSPP"},
		{Name: "user.max_user_namespaces", Want: "user.max_user_namespaces=0", Source: "KSPP"},
	}
	if diff := cmp.Diff(want, Score(in).Failed); diff != "" {
		t.Errorf("failed (-want +got):\n%s", diff)
	}
}

func TestConditions(t *testing.T) {
	tests := []struct {
		name   string
		check  string
		params []string
		sysctl map[string]string
		want   bool
	}{
		{"a name alone", "slab_nomerge", []string{"slab_nomerge"}, nil, true},
		{"a name that must be absent", "nokaslr", []string{"nokaslr"}, nil, false},
		{"the last one counts", "debugfs", []string{"debugfs=on", "debugfs=off"}, nil, true},
		{"on is 1", "init_on_free", []string{"init_on_free=ON"}, nil, true},
		{"on is not 1 for others", "vdso32", []string{"vdso32=off"}, nil, false},
		{"a default is overridden", "init_on_alloc", []string{"init_on_alloc=0"}, nil, false},
		{"off", "mds", []string{"mds=off", "mitigations=auto,nosmt"}, nil, false},
		{"off in a list", "mds", []string{`mds="full,off"`}, nil, false},
		{"not off", "mds", []string{"mds=full"}, nil, true},
		{"not set", "mds", nil, nil, false},
		{"a word in a list", "efi", []string{`efi="runtime,disable_early_pci_dma"`}, nil, true},
		{"another word", "efi", []string{"efi=no_disable_early_pci_dma"}, nil, false},
		{"both terms", "pti", []string{"pti=on", "nopti"}, nil, false},
		{"no IPv6", "net.ipv6.conf.all.accept_ra", []string{"ipv6.disable=1"}, nil, true},
		{"a sysctl is no boot parameter", "kernel.sysrq", []string{"kernel.sysrq=0"}, nil, false},
		{"a pattern", "net.ipv6.conf.all.accept_ra", nil, map[string]string{"net.ipv6.conf.*.accept_ra": "0"}, true},
		{"a name before a pattern", "net.ipv6.conf.all.accept_ra", nil, map[string]string{
			"net.ipv6.conf.*.accept_ra": "0", "net.ipv6.conf.all.accept_ra": "1",
		}, false},
		{"AppArmor", "kernel.apparmor_restrict_unprivileged_unconfined", nil, map[string]string{
			"kernel.apparmor_restrict_unprivileged_unconfined": "0",
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Score(Input{Params: tt.params, Sysctl: tt.sysctl, Kernel: "6.17.5", Release: "26.05"})
			got := !slices.ContainsFunc(r.Failed, func(c Check) bool { return c.Name == tt.check })
			if got != tt.want {
				t.Errorf("%s passes = %v, want %v", tt.check, got, tt.want)
			}
		})
	}
}

func TestChecks(t *testing.T) {
	seen := make(map[string]bool)
	params, sysctls := checkTable().Params, checkTable().Sysctl
	if len(params) != 65 || len(sysctls) != 39 {
		t.Errorf("%d boot parameters and %d sysctls, want 65 and 39", len(params), len(sysctls))
	}
	for _, row := range slices.Concat(params, sysctls) {
		if seen[row.Name] || len(row.Any) == 0 || row.Source == "" {
			t.Errorf("%s: twice, without a condition or without a source", row.Name)
		}
		seen[row.Name] = true
	}
	for _, row := range sysctls {
		if !isSysctl(row.Name) {
			t.Errorf("%s is not taken for a sysctl", row.Name)
		}
	}
	for _, row := range params {
		if isSysctl(row.Name) {
			t.Errorf("%s is taken for a sysctl", row.Name)
		}
	}
}
