package kernel

import (
	"slices"
	"testing"
)

func TestFamiliesAreDisjoint(t *testing.T) {
	seen := make(map[string]string)
	for _, f := range Families(HighSecurity) {
		for _, m := range f.Modules {
			if other, ok := seen[m.Name]; ok {
				t.Errorf("%s is in %s and %s", m.Name, other, f.Name)
			}
			seen[m.Name] = f.Name
		}
	}
}

// Each stricter level blocks what the one before blocks.
func TestFamiliesGrow(t *testing.T) {
	var before []string
	for _, l := range Levels() {
		var names []string
		for _, f := range Families(l) {
			names = append(names, f.Name)
		}
		for _, name := range before {
			if !slices.Contains(names, name) {
				t.Errorf("%s lacks %s", l, name)
			}
		}
		before = names
	}
}

func TestFamilyFeatures(t *testing.T) {
	for feature, want := range map[string]string{
		"iwd": "af_alg", "bluetooth": "btusb", "thunderbolt": "thunderbolt", "usb_storage": "uas",
		"nfs": "nfsd", "cifs": "cifs", "can": "can-raw", "l2tp": "l2tp_ppp", "firewire": "firewire-core",
		"printing": "parport",
	} {
		found := false
		for _, f := range Families(HighSecurity) {
			if slices.Contains(f.NeededBy, feature) {
				found = found || slices.Contains(f.Modules, Module{Name: want})
			}
		}
		if !found {
			t.Errorf("no family with %s is needed by %s", want, feature)
		}
	}
}

func TestRemovedModules(t *testing.T) {
	got := make(map[string]string)
	for _, f := range Families(Workstation) {
		for _, m := range f.Modules {
			if m.UntilKernel != "" {
				got[m.Name] = m.UntilKernel
			}
		}
	}
	want := map[string]string{"dccp": "6.16", "reiserfs": "6.13", "sysv": "6.15"}
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for name, until := range want {
		if got[name] != until {
			t.Errorf("%s: gone in %q, want %q", name, got[name], until)
		}
	}
}

// Returned slices are the caller's: changing one leaves the table alone.
func TestFamiliesAreCopies(t *testing.T) {
	Families(Server)[0].Modules[0].Name = "changed"
	if got := Families(Server)[0].Modules[0].Name; got != "dccp" {
		t.Errorf("first module = %q", got)
	}
}

// A blocked module takes those down that need it, so none of these may be
// something hosts cannot do without.
func TestBlockingIsSafe(t *testing.T) {
	for _, f := range Families(HighSecurity) {
		for _, m := range f.Modules {
			if why, never := NeverBlock(m.Name); never {
				t.Errorf("%s is blocked: %s", m.Name, why)
			}
			for _, dependant := range NeededBy(m.Name) {
				if why, never := NeverBlock(dependant); never {
					t.Errorf("%s takes down %s: %s", m.Name, dependant, why)
				}
			}
		}
	}
}

func TestNeverBlock(t *testing.T) {
	for module, want := range map[string]bool{
		"llc": true, "nf_conntrack": true, "nf-conntrack": true, "xt_tcpudp": true, "br-netfilter": true,
		"nls_iso8859-1": true, "vfat": true, "9pnet_virtio": true,
		"nfc": false, "nfs": false, "dccp": false, "llc2": false,
	} {
		why, never := NeverBlock(module)
		if never != want || (why != "") != want {
			t.Errorf("NeverBlock(%s) = %q, %v", module, why, never)
		}
	}
}

func TestNeededBy(t *testing.T) {
	tests := []struct{ module, dependant string }{
		{"l2tp_core", "l2tp_ppp"},
		{"af_alg", "algif_skcipher"},
		{"firewire-core", "snd_dice"},
		{"firewire_core", "firewire_ohci"},
		{"usb-storage", "uas"},
		{"can", "can_raw"},
		{"nfs", "nfsv4"},
		{"llc", "bridge"},
		{"gnss", "ice"},
		{"xfrm_algo", "ixgbe"},
		{"pmt_telemetry", "intel_pmc_core"},
	}
	for _, tt := range tests {
		if got := NeededBy(tt.module); !slices.Contains(got, tt.dependant) {
			t.Errorf("NeededBy(%s) = %q, want %s among them", tt.module, got, tt.dependant)
		}
	}
	if got := NeededBy("floppy"); got != nil {
		t.Errorf("NeededBy(floppy) = %q", got)
	}
}
