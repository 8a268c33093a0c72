package check

import (
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func swaps(h *policy.Host) bool { return h.Swap.Mode.V != schema.Own }

// hibernatesInTheClear is D20.
func hibernatesInTheClear(s *subject) {
	if k := s.Kernel.Hibernation; k.V && s.Swap.By.V == schema.NoSwap {
		s.report(k.From, s.Path("kernel.hibernation"), "all memory is written to a swap of which nothing says that it is encrypted: keys and passwords too",
			"set swap: { by: luks, device: /dev/mapper/cryptswap }, a device of disk.luks")
	}
}
