package policy

import (
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// Features returns what the host uses that blocked modules would break: what
// the document names, and what its other sections bring along.
func (h *Host) Features() []schema.Feature {
	features := h.Kernel.Features.Values()
	if h.Wifi.Enable.V && !slices.Contains(features, "iwd") {
		features = append(features, "iwd")
	}
	return features
}
