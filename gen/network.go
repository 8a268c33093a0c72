package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// network is the module of what firewall, kernel and services must agree on.
// NixOS carries enableIPv6 on to sysctl, sshd, resolvers and DHCP.
func network(h *policy.Host) *nix.File {
	body := nix.AttrSet{nix.Bind("networking.enableIPv6", nix.Bool(h.Network.IPv6.V), why(h.Network.IPv6.From))}
	if h.NATs() {
		nat := nix.AttrSet{
			nix.Bind("enable", nix.Bool(true)),
			nix.Bind("externalInterface", nix.String(h.Uplink())),
			nix.Bind("internalInterfaces", nix.Strings(h.InterfacesOf(schema.Container)...), "* and not +, which is of iptables"),
		}
		bind(&body, nix.Path("networking.nat"), nat, "containers get out under the host's address; nothing gets in by it")
	}
	return &nix.File{Body: body}
}
