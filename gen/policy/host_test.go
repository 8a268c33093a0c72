package policy_test

import (
	"strings"
	"testing"
)

// TestHostProblems: swap, hibernation and the TPM that contradict each other
// are refused where they stand.
func TestHostProblems(t *testing.T) {
	const luks = "disk: { luks: { cryptswap: /dev/disk/by-partlabel/swap, cryptroot: { device: /dev/disk/by-partlabel/root, tpm2: true } }, secure_boot: true }"
	tests := []struct {
		name          string
		lines         []string
		path, message string
	}{
		{"compressed memory", []string{"swap: { by: zram }"}, "", ""},
		{"a random key", []string{"swap: { by: random_key, device: /dev/disk/by-partuuid/1 }"}, "", ""},
		{"an encrypted device", []string{luks, "swap: { by: luks, device: /dev/mapper/cryptswap }"}, "", ""},
		{"no device", []string{"swap: { by: random_key }"}, "swap.device", "nothing says where"},
		{"a device for nothing", []string{"swap: { by: zram, device: /dev/sda2 }"}, "swap.device", "uses no device"},
		{"a disk by its order", []string{"swap: { by: random_key, device: /dev/sda2 }"}, "swap.device", "may name another disk"},
		{"a disk by its label", []string{"swap: { by: random_key, device: /dev/disk/by-label/swap }"}, "swap.device", "label and UUID"},
		{"the root as swap", []string{luks, "swap: { by: random_key, device: /dev/disk/by-partlabel/root }"}, "swap.device", "would be overwritten"},
		{"swap in the clear", []string{luks, "swap: { by: luks, device: /dev/disk/by-partlabel/swap }"}, "swap.device", "in the clear"},
		{"an unknown device", []string{luks, "swap: { by: luks, device: /dev/mapper/swap }"}, "swap.device", "no encrypted device"},
		{"hibernation to memory", []string{"swap: { by: zram }", "kernel: { hibernation: true, protect_image: false }"}, "kernel.hibernation", "gone when it wakes"},
		{"hibernation to a lost key", []string{"swap: { by: random_key, device: /dev/disk/by-partlabel/swap }", "kernel: { hibernation: true, protect_image: false }"}, "kernel.hibernation", "gone when it wakes"},
		{"a PIN for nobody", []string{"disk: { luks: { a: { device: /dev/disk/by-partlabel/a, tpm2: { pin: true } } } }"}, "disk.luks.a.tpm2", "is not asked"},
		{"no time server", []string{"time: { nts: true, servers: [] }"}, "time.servers", "no server is left"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems := upkeep(t, "server", test.lines...)
			if test.message == "" {
				if len(problems) > 0 {
					t.Error(problems[0])
				}
				return
			}
			if len(problems) == 0 || problems[0].Path != "hosts.box."+test.path || !strings.Contains(problems[0].Message, test.message) {
				t.Errorf("%v", problems)
			}
		})
	}
}

// TestWaitsForPassphrase: a TPM without a PIN opens a disk with nobody there.
func TestWaitsForPassphrase(t *testing.T) {
	for tpm, waits := range map[string]bool{"false": true, "true": false, "{ enable: true, pin: true }": true} {
		h, problems := upkeep(t, "server", "disk: { luks: { a: { device: /dev/disk/by-partlabel/a, tpm2: "+tpm+" } } }")
		if len(problems) > 0 || h.WaitsForPassphrase() != waits {
			t.Errorf("tpm2: %s: waits %t %v", tpm, h.WaitsForPassphrase(), problems)
		}
	}
}

// TestPCRs: the key of the one disk that asks the TPM is bound to no disk having
// been opened before it.
func TestPCRs(t *testing.T) {
	const empty = "15:sha256=0000000000000000000000000000000000000000000000000000000000000000"
	for luks, want := range map[string]string{
		"a: { device: /dev/disk/by-partlabel/a, tpm2: true }":                                                      "7+" + empty,
		"a: { device: /dev/disk/by-partlabel/a, tpm2: true }, b: /dev/disk/by-partlabel/b":                         "7+" + empty,
		"a: { device: /dev/disk/by-partlabel/a, tpm2: { enable: true, pcrs: [7, 11] } }":                           "7+11+" + empty,
		"a: { device: /dev/disk/by-partlabel/a, tpm2: { enable: true, pcrs: [7, 15] } }":                           "7+15",
		"a: { device: /dev/disk/by-partlabel/a, tpm2: true }, b: { device: /dev/disk/by-partlabel/b, tpm2: true }": "7",
	} {
		h, problems := upkeep(t, "server", "disk: { luks: { "+luks+" }, secure_boot: true }")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := h.PCRs(h.Disk.LUKS.Entries[0].Value.TPM2); got != want {
			t.Errorf("%s: %s, want %s", luks, got, want)
		}
	}
}
