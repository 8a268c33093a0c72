package gen_test

import (
	"regexp"
	"strings"
	"testing"
)

// TestAarch64 evaluates every fleet as one of ARM machines: NixOS complains of
// nothing, and the kernel is given nothing that only x86-64 knows
// (kernel-parameters.rst marks these X86).
func TestAarch64(t *testing.T) {
	foreign := regexp.MustCompile(`^(pti|nopti|vsyscall|tsx|iommu|intel_iommu|amd_iommu|ia32_emulation|mce|spectre_v2|l1tf|mds)(=|$)`)
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			files := filesOf(t, as(e.document(t), "25.11", "aarch64-linux"))
			for path, text := range texts(files) {
				if strings.Contains(text, "forcePageTableIsolation") {
					t.Errorf("%s isolates page tables as on x86-64", path)
				}
			}
			text, err := evaluation{system: "aarch64-linux"}.of(t, files, "kernel.double.nix")
			if err != nil {
				t.Fatal(err)
			}
			hosts := parseFacts(t, text)
			for name, f := range hosts {
				for _, text := range append(f.Assertions, f.Warnings...) {
					t.Errorf("%s: %s", name, text)
				}
				for _, p := range f.Kernel.KernelParams {
					if foreign.MatchString(p) {
						t.Errorf("%s: the kernel of an ARM machine is given %s", name, p)
					}
				}
				for _, key := range []string{"vm.mmap_rnd_bits", "vm.mmap_rnd_compat_bits"} {
					if v, ok := f.Kernel.Sysctl[key]; ok {
						t.Errorf("%s: %s is %v, as on x86-64", name, key, v)
					}
				}
			}
			if len(hosts) == 0 {
				t.Error("no host")
			}
		})
	}
}
