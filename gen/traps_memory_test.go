package gen_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/schema"
)

// swapsTo reports whether pantherctl writes the swap, and of which kind.
func (b built) swapsTo(kind schema.SwapKind) bool {
	return b.Swap.Mode.V == schema.Generate && b.Swap.By.V == kind
}

// hostTraps are those in swap, time and the TPM.
func hostTraps() []trap {
	return []trap{
		{"swap is compressed memory, and nothing on a disk", func(_ *testing.T, b built) (string, bool) {
			s := b.facts.Swap
			return onlyIf(s.ZRAM && s.ZRAMPercent == int(b.Swap.Size.V) && len(s.Devices) == 0, "%+v", s), b.swapsTo(schema.ZRAM)
		}},
		{"swap has a key that is gone with the power", func(_ *testing.T, b built) (string, bool) {
			s := b.facts.Swap
			good := len(s.Devices) == 1 && s.Devices[0].RandomKey && s.Devices[0].Device == string(b.Swap.Device.V) && s.Resume == ""
			return onlyIf(good, "%+v", s), b.swapsTo(schema.RandomKeySwap)
		}},
		{"hibernation goes to an encrypted device", func(_ *testing.T, b built) (string, bool) {
			s, name := b.facts.Swap, strings.TrimPrefix(string(b.Swap.Device.V), "/dev/mapper/")
			good := len(s.Devices) == 1 && s.Devices[0].Device == string(b.Swap.Device.V) && b.facts.Boot.LUKS[name] != "" &&
				s.Resume == s.Devices[0].Device && !slices.Contains(b.facts.Kernel.KernelParams, "nohibernate")
			return onlyIf(good, "%+v", s), b.swapsTo(schema.LUKSSwap) && b.Kernel.Hibernation.V
		}},
		{"the TPM is asked by systemd, and the passphrase still is", func(_ *testing.T, b built) (string, bool) {
			for _, e := range b.Disk.LUKS.Entries {
				var want []string
				if e.Value.TPM2.Enable.V {
					want = []string{"tpm2-device=auto", "tpm2-measure-pcr=yes"}
				}
				if !slices.Equal(b.facts.Boot.LUKSOptions[e.Key], want) || !b.facts.Boot.SystemdInitrd {
					return e.Key + " is opened otherwise", true
				}
				if e.Value.TPM2.Enable.V && !strings.Contains(b.modules["disk"], "# systemd-cryptenroll --tpm2-device=auto --tpm2-pcrs="+b.PCRs(e.Value.TPM2)+" "+string(e.Value.Device.V)) {
					return "nobody says how the TPM gets its key", true
				}
			}
			return "", len(b.Disk.LUKS.Entries) > 0
		}},
		{"the time is that of servers that prove who they are, and nobody else's", func(_ *testing.T, b built) (string, bool) {
			t := b.facts.Time
			egress := b.facts.NFTables.Tables["pantherctl-egress"].Content
			switch {
			case !b.KeepsTime():
				return onlyIf(!t.Enable && t.Timesyncd, "nobody sets the clock"), true
			case egress != "" && (!strings.Contains(egress, "tcp dport 4460 accept") || !strings.Contains(egress, "123")):
				return "the egress refuses the time servers", true
			}
			good := t.Enable && t.NTS && !t.Timesyncd && len(t.Servers) == 4 && t.ExtraConfig == "minsources 2\n"
			return onlyIf(good && (!b.Persistence.Enable.V || b.persists("/var/lib/chrony")), "%+v", t), true
		}},
	}
}

// TestClock has chronyd read the configuration that NixOS writes of each host's
// servers.
func TestClock(t *testing.T) {
	chronyd, read := tool(t, "chronyd"), 0
	for _, e := range examples() {
		for host, f := range e.facts(t) {
			if !f.Time.Enable {
				continue
			}
			read++
			var text strings.Builder
			for _, s := range f.Time.Servers {
				text.WriteString("server " + s + " iburst nts\n")
			}
			text.WriteString("ntsdumpdir /var/lib/chrony\n" + f.Time.ExtraConfig)
			out, err := run(t, chronyd, "-p", "-f", write(t, "chrony.conf", text.String()))
			if err != nil {
				t.Errorf("%s/%s: %v", e.name, host, err)
			}
			if diff := cmp.Diff(text.String(), out); diff != "" {
				t.Errorf("%s/%s: (-want +got)\n%s", e.name, host, diff)
			}
		}
	}
	if read == 0 {
		t.Error("no host asks time servers")
	}
	if _, err := run(t, chronyd, "-p", "-f", write(t, "chrony.conf", "minsource 2\n")); err == nil {
		t.Error("chronyd takes a misspelt word")
	}
}
