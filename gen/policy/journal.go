package policy

import (
	"fmt"

	"github.com/pantherctl/pantherctl/schema"
)

// JournalSetting is one line of journald.conf(5).
type JournalSetting struct {
	Key, Text string
	From      schema.Origin // unset for what every journal gets
}

// JournalSettings returns what bounds the journal of a host, beside the settings
// that have had a NixOS option of their own.
func (h *Host) JournalSettings() []JournalSetting {
	j := &h.Journal
	size := "SystemMaxUse"
	if j.Storage.V == "volatile" {
		size = "RuntimeMaxUse"
	}
	return []JournalSetting{
		{size, string(j.Size.V), j.Size.From},
		{"MaxRetentionSec", fmt.Sprintf("%dday", j.KeepDays.V), j.KeepDays.From},
		{Key: "ForwardToWall", Text: "no"},
	}
}
