package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// clock is the module of where the time comes from.
func clock(h *policy.Host) *nix.File {
	t := h.Time
	if !h.KeepsTime() {
		return nil
	}
	servers := schema.Words(t.Servers)
	set := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("enableNTS", nix.Bool(true), why(t.NTS.From)),
		nix.Bind("servers", nix.Strings(servers...), why(t.Servers.From)),
	}
	if len(servers) > 2 {
		set = append(set, nix.Bind("extraConfig", nix.String("minsources 2\n"), "one server alone sets no clock"))
	}
	return &nix.File{Body: nix.AttrSet{nix.Bind("services.chrony", set)}}
}
