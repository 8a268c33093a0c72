package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// lockdownModule is where the module that incident.nix imports stands.
const lockdownModule = "modules/lockdown.nix"

// incident is the module that cuts the host off when an operator says so.
func incident(h *policy.Host) *nix.File {
	i := h.Incident
	if !i.Enable.V {
		return nil
	}
	var operators []string
	for _, a := range h.Operators() {
		operators = append(operators, a.String())
	}
	var ports []int64
	for _, p := range h.SSHPorts() {
		ports = append(ports, int64(p))
	}
	settings := nix.AttrSet{
		nix.Bind("interfaces", nix.Strings(h.InterfacesOf(i.Over.V)...), why(i.Over.From)),
		nix.Bind("operators", nix.Strings(operators...), "who still comes in"),
		nix.Bind("ports", nix.Ints(ports...), "those of sshd, and no other"),
		nix.Bind("ipv6", nix.Bool(h.Network.IPv6.V)),
	}
	if i.Over.V == schema.Tailnet {
		settings = append(settings, nix.Bind("tailscale", nix.Int(h.Tailscale.Port.V), "tailscaled's own packets: without them there is no tailnet to come by"))
	}
	if i.ReleaseAfter.IsSet() {
		settings = append(settings, nix.Bind("releaseAfter", nix.Int(i.ReleaseAfter.V.Seconds()), why(i.ReleaseAfter.From)))
	}
	if h.Notify.Mode.V == schema.Generate && h.Notify.Enable.V {
		settings = append(settings, nix.Bind("notify", nix.Bool(true), "told before the line is cut, or afterwards"))
	}
	settings = append(settings, nix.Bind("rotate", nix.Strings(h.Rotate()...), "what an intruder may have read"))
	return &nix.File{Body: nix.AttrSet{
		nix.Bind("imports", nix.Elements(nix.PathLit("../../"+lockdownModule))),
		nix.Binding{Blank: true, Path: nix.Path("pantherctl.lockdown"), Value: settings},
	}}
}
