package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// swap is the module of the swap. Whichever kind it is, what the hardware's
// configuration names is not used: it may be in the clear.
func swap(h *policy.Host) *nix.File {
	s := h.Swap
	if s.By.V == schema.NoSwap {
		return nil
	}
	f, body, devices := &nix.File{}, nix.AttrSet{}, nix.List{}
	needs(f, "lib")
	reason := "no other: what is swapped out in the clear stays readable on the disk"
	switch s.By.V {
	case schema.ZRAM:
		bind(&body, nix.Path("zramSwap"), nix.AttrSet{
			nix.Bind("enable", nix.Bool(true), why(s.By.From)),
			nix.Bind("memoryPercent", nix.Int(s.Size.V), why(s.Size.From)),
		})
	case schema.RandomKeySwap:
		devices = nix.Elements(nix.AttrSet{
			nix.Bind("device", nix.String(s.Device.V)),
			nix.Bind("randomEncryption.enable", nix.Bool(true), "with a key that nobody knows, and that is gone with the power"),
		})
	case schema.LUKSSwap:
		devices = nix.Elements(nix.AttrSet{nix.Bind("device", nix.String(s.Device.V))})
		if h.Kernel.Hibernation.V {
			bind(&body, nix.Path("boot.resumeDevice"), nix.String(s.Device.V), "memory is written there, and is encrypted like the disk")
		}
	}
	bind(&body, nix.Path("swapDevices"), nix.Call("lib.mkForce", devices), reason)
	f.Body = body
	return f
}
