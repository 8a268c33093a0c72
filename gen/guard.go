package gen

import (
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// guardModule is where the module that holds a host to its policy stands.
const guardModule = "modules/guard.nix"

// guarded is the default.nix of a host: its modules, and the guard that holds
// the host to them.
func guarded(h *policy.Host, imports nix.List, waivers []schema.Waiver) nix.AttrSet {
	if len(imports) == 0 {
		return nix.AttrSet{nix.Bind("imports", imports)}
	}
	modules := slices.Clone(imports)
	if h.KnowsFleet && slices.ContainsFunc(imports, func(e nix.Element) bool { return e.Value == nix.PathLit("./sshclient.nix") }) {
		modules = append(modules, nix.Element{Value: nix.PathLit("../../" + fleetSSH)})
	}
	guard := nix.AttrSet{nix.Bind("modules", modules)}
	if waived := waivedOn(h, waivers); len(waived) > 0 {
		guard = append(guard, nix.Bind("waived", nix.Strings(waived...), "accepted by the document; pantherctl check knows until when"))
	}
	if forgotten := h.Persistence.Forget.Keys(); h.Persistence.Enable.V && len(forgotten) > 0 {
		guard = append(guard, nix.Bind("forgotten", nix.Strings(forgotten...), "the document says why"))
	}
	body := nix.AttrSet{nix.Bind("imports", append(slices.Clip(imports), nix.Element{Value: nix.PathLit("../../" + guardModule)}))}
	bind(&body, nix.Path("pantherctl.guard"), guard, "a rebuild refuses what other modules make of these")
	return body
}

// waivedOn returns the rules whose findings are accepted on a host.
func waivedOn(h *policy.Host, waivers []schema.Waiver) []string {
	var rules []string
	for _, w := range waivers {
		if host := string(w.Host.V); host == h.Name || host == schema.Everyone {
			rules = append(rules, strings.TrimSpace(string(w.Rule.V)))
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}
