package policy

import (
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// swap checks that swap is what it is said to be, and hibernation has where to
// go.
func (r *resolver) swap(h *Host) {
	s, device := &h.Swap, string(h.Swap.Device.V)
	if s.Mode.V == schema.Own {
		return
	}
	path := h.Path("swap.device")
	needs := s.By.V == schema.RandomKeySwap || s.By.V == schema.LUKSSwap
	name, mapped := strings.CutPrefix(device, "/dev/mapper/")
	_, opened := h.luks(name)
	switch {
	case needs && !s.Device.IsSet():
		r.report(s.By.From, path, "nothing says where the swap is", "name it: device: /dev/disk/by-partlabel/swap, or /dev/mapper/NAME of disk.luks")
	case !needs && s.Device.IsSet():
		r.report(s.Device.From, path, fmt.Sprintf("swap by %s uses no device", s.By.V), "remove it, or set swap.by: random_key or luks")
	case s.By.V == schema.RandomKeySwap && !stable(device):
		r.report(s.Device.From, path, device+" may name another disk at the next boot, or none: the new key destroys what it names, and the label and UUID of the swap with it",
			"name the partition: /dev/disk/by-partlabel/swap or /dev/disk/by-partuuid/…")
	case s.By.V == schema.LUKSSwap && (!mapped || !opened):
		r.report(s.Device.From, path, device+" is no encrypted device of the document: swap would hold secrets in the clear", "declare it: disk.luks: { cryptswap: /dev/disk/by-partlabel/swap }, and name /dev/mapper/cryptswap")
	}
	for _, e := range h.Disk.LUKS.Entries {
		if s.By.V == schema.RandomKeySwap && s.Device.IsSet() && e.Value.Device.V == s.Device.V {
			r.report(s.Device.From, path, fmt.Sprintf("%s is the encrypted device %s at %s, and would be overwritten", device, e.Key, e.From.Pos), "name another partition, or set swap.by: luks")
		}
	}
	if k := h.Kernel.Hibernation; k.V && (s.By.V == schema.ZRAM || s.By.V == schema.RandomKeySwap) {
		r.report(k.From, h.Path("kernel.hibernation"), fmt.Sprintf("the host is to hibernate, and swap by %s (%s) is gone when it wakes", s.By.V, s.By.From.Pos),
			"set swap.by: luks with its device, or kernel.hibernation: false")
	}
}

// luks returns the encrypted device of a name.
func (h *Host) luks(name string) (schema.LUKS, bool) {
	if !h.saysDisk() {
		return schema.LUKS{}, false
	}
	return h.Disk.LUKS.Get(name)
}

// stable reports whether a device has the name of its partition. Others depend
// on the order in which disks are found, or on what a swap overwrites.
func stable(device string) bool {
	return strings.HasPrefix(device, "/dev/disk/by-partlabel/") || strings.HasPrefix(device, "/dev/disk/by-partuuid/")
}
