// Package nixos is a double of NixOS, for machines without Nix: it renders the
// packet filter, sshd's configuration and the network's kernel settings from
// generated modules, as NixOS's own modules do. It knows NixOS's defaults, and
// nothing of what a host's other modules set.
//
// The text is that of NixOS 24.11, byte for byte (nixos/modules, there
// services/networking/firewall-nftables.nix, nat-nftables.nix and ssh/sshd.nix,
// and tasks/network-interfaces.nix for sysctls). Newer releases, read but not
// compared, write other text for the same packets and logins: nixos-fw has a set
// temp-ports, empty until somebody runs nixos-firewall-tool, a rule that accepts
// its ports and one for ICMPv6 echo replies; sshd_config has the banner among the
// settings and fewer empty lines.
package nixos

import (
	"errors"
	"slices"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/nix"
)

// Evaluate returns what the facts of a host with these modules would say of
// SSHD, Firewall, Nftables, Network, whether Fail2ban runs, the accounts and
// groups that the modules name, and the network's part of Kernel.Sysctl.
// Everything else is empty.
//
// An error means that a module sets what the double cannot render. A value that
// only Nix knows is one only where it is needed.
func Evaluate(modules []*nix.File) (*facts.Host, error) {
	o := newOptions()
	for _, m := range modules {
		o.module(m.Body)
	}
	ipv6 := o.find("networking.enableIPv6").boolean(true)
	o.defaults(ipv6)
	h := &facts.Host{}
	h.Network = facts.Network{EnableIPv6: ipv6, NAT: o.nat()}
	h.Fail2ban.Enable = o.find("services.fail2ban.enable").boolean(false)
	h.Firewall = o.firewall()
	h.Nftables = o.nftables(h)
	h.SSHD = o.sshd(ipv6)
	h.Users = o.users()
	h.Kernel.Sysctl = o.sysctls()
	rendered := []string{"networking.firewall", "networking.nat", "networking.nftables"}
	if h.SSHD.Enable {
		rendered = append(rendered, "services.openssh")
	}
	for _, name := range rendered {
		for _, u := range o.find(name).unread() {
			u.fail("is nothing that the double renders")
		}
	}
	return h, errors.Join(*o.wrong...)
}

// module adds the definitions of a module.
func (o *option) module(body nix.Expr) {
	set, _ := body.(nix.AttrSet)
	if i := slices.IndexFunc(set, func(b nix.Binding) bool { return b.Path.String() == "config" }); i >= 0 {
		body = set[i].Value
	}
	o.set(body, plain)
}

// defaults adds what NixOS's modules define by what others do: that of network
// interfaces, those of the firewall, NAT, Caddy, sshd and Tailscale. NAT and
// Tailscale outdo plain definitions.
func (o *option) defaults(ipv6 bool) {
	firewall, sysctl := o.find("networking.firewall"), o.find("boot.kernel.sysctl")
	sysctl.at("net.ipv4.conf.all.forwarding").set(nix.Bool(false), weak)
	sysctl.at("net.ipv4.ping_group_range").set(nix.String("0 2147483647"), weak)
	sysctl.at("net.ipv6.conf.all.disable_ipv6").set(nix.Bool(!ipv6), weak)
	sysctl.at("net.ipv6.conf.default.disable_ipv6").set(nix.Bool(!ipv6), weak)
	sysctl.at("net.ipv6.conf.default.use_tempaddr").set(nix.String(map[bool]string{true: "2", false: "0"}[ipv6]), plain)
	if firewall.at("enable").boolean(true) {
		firewall.at("trustedInterfaces").set(nix.Strings("lo"), plain)
	}
	if o.find("networking.nat.enable").boolean(false) {
		sysctl.at("net.ipv4.conf.all.forwarding").set(nix.Bool(true), 99)
		sysctl.at("net.ipv4.conf.default.forwarding").set(nix.Bool(true), 99)
	}
	if o.find("services.caddy.enable").boolean(false) {
		sysctl.at("net.core.rmem_max").set(nix.Int(2500000), weak)
		sysctl.at("net.core.wmem_max").set(nix.Int(2500000), weak)
	}
	sshd := o.find("services.openssh")
	if sshd.at("enable").boolean(false) && sshd.at("openFirewall").boolean(true) {
		for _, ports := range sshd.at("ports").values() {
			firewall.at("allowedTCPPorts").set(ports, plain)
		}
	}
	tailscale := o.find("services.tailscale")
	if !tailscale.at("enable").boolean(false) {
		return
	}
	routing := tailscale.at("useRoutingFeatures").text("none")
	if routing == "server" || routing == "both" {
		sysctl.at("net.ipv4.conf.all.forwarding").set(nix.Bool(true), 97)
		sysctl.at("net.ipv6.conf.all.forwarding").set(nix.Bool(true), 97)
	}
	if routing == "client" || routing == "both" {
		firewall.at("checkReversePath").set(nix.String("loose"), plain)
	}
	if tailscale.at("openFirewall").boolean(false) {
		tailscale.at("port").set(nix.Int(41641), absent)
		firewall.at("allowedUDPPorts").set(nix.Elements(tailscale.at("port").values()...), plain)
	}
}
