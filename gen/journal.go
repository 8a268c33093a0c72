package gen

import (
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// systemJournal is the module of what bounds the journal. NixOS 26.11 has one option
// for all of journald.conf(5); before, some settings had an option each and the
// rest were text.
func systemJournal(h *policy.Host) *nix.File {
	if !h.Journal.Enable.V {
		return nil
	}
	j := h.Journal
	now := nix.AttrSet{
		nix.Bind("Storage", nix.String(j.Storage.V), why(j.Storage.From)),
		nix.Bind("RateLimitIntervalSec", nix.String(j.Interval.V.String()), why(j.Interval.From)),
		nix.Bind("RateLimitBurst", nix.Int(j.Burst.V), why(j.Burst.From)),
	}
	var text strings.Builder
	for _, s := range h.JournalSettings() {
		now = append(now, nix.Bind(s.Key, nix.String(s.Text), journalReason(s.From)))
		fmt.Fprintf(&text, "# %s\n%s=%s\n", journalReason(s.From), s.Key, s.Text)
	}
	before := nix.AttrSet{
		nix.Bind("storage", nix.String(j.Storage.V), why(j.Storage.From)),
		nix.Bind("rateLimitInterval", nix.String(j.Interval.V.String()), why(j.Interval.From)),
		nix.Bind("rateLimitBurst", nix.Int(j.Burst.V), why(j.Burst.From)),
		nix.Bind("extraConfig", nix.String(text.String())),
	}
	either := nix.OptionalAttrs(nix.Path("services.journald.settings"),
		nix.AttrSet{nix.Bind("settings.Journal", now)}, before)
	return &nix.File{
		Params: []string{"lib", "options"},
		Body:   nix.AttrSet{nix.Bind("services.journald", nix.Call("lib.mkMerge", nix.Elements(either...)))},
	}
}

// journalReason is why a setting is made, also one that no document can change.
func journalReason(from schema.Origin) string {
	if !from.IsSet() {
		return "no service writes to every terminal"
	}
	return why(from)
}
