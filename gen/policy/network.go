package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// NATs reports whether containers get out under the host's address.
func (h *Host) NATs() bool {
	return h.Network.Mode.V == schema.Generate && h.Network.ContainerNAT.V
}

// Uplink returns the interface towards the internet: the one that is named, or
// the only one that faces the wan or, if none does, the lan. Without any it is
// "".
func (h *Host) Uplink() string {
	if u := h.Network.Uplink; u.IsSet() {
		return string(u.V)
	}
	for _, side := range []schema.Side{schema.WAN, schema.LAN} {
		switch names := h.InterfacesOf(side); {
		case len(names) == 1 && !strings.HasSuffix(names[0], "*"):
			return names[0]
		case len(names) > 0:
			return ""
		}
	}
	return ""
}

// network checks that nothing needs what the network of a host does not have.
func (r *resolver) network(h *Host) {
	n := &h.Network
	if !n.IPv6.V {
		r.withoutIPv6(h)
	}
	if u := n.Uplink; u.IsSet() {
		i, ok := h.Interfaces.Get(string(u.V))
		if !ok || i.Side.V == schema.Container || strings.HasSuffix(string(u.V), "*") {
			r.report(u.From, h.Path("network.uplink"), fmt.Sprintf("%s is no interface of this host that leads outside", u.V), "name it: interfaces: { eth0: wan }")
		}
	}
	if !h.NATs() {
		return
	}
	if len(h.InterfacesOf(schema.Container)) == 0 {
		r.report(n.ContainerNAT.From, h.Path("network.container_nat"), "the host names no interface of containers", `name them: interfaces: { "ve-*": container }`)
	}
	if h.Firewall.Mode.V != schema.Generate {
		r.report(n.ContainerNAT.From, h.Path("network.container_nat"), "NAT needs the firewall that pantherctl writes, and the host has its own",
			"set firewall.mode: generate, or set up networking.nat in your module")
	}
	if h.Uplink() == "" {
		r.report(n.ContainerNAT.From, h.Path("network.container_nat"), "by which interface containers get out is not clear", "name it: network: { uplink: eth0 }")
	}
}

// withoutIPv6 reports what needs IPv6 on a host that has none.
func (r *resolver) withoutIPv6(h *Host) {
	off := fmt.Sprintf("and IPv6 is off at %s", h.Network.IPv6.From.Pos)
	const hint = "remove it, or set network.ipv6: true"
	for _, side := range []schema.Side{schema.Tailnet, schema.LAN, schema.WAN} {
		for i, a := range h.Addresses.On(side).Items {
			if a.V.Is6() {
				r.report(a.From, h.Path(fmt.Sprintf("addresses.%s[%d]", side, i)), fmt.Sprintf("%s is an IPv6 address, %s", a.V, off), hint)
			}
		}
	}
	for i, route := range h.Tailscale.Routes.Items {
		if h.Tailscale.Enable.V && route.V.Addr().Is6() {
			r.report(route.From, h.Path(fmt.Sprintf("tailscale.routes[%d]", i)), fmt.Sprintf("%s is an IPv6 network, %s", route.V, off), hint)
		}
	}
	for _, e := range h.Kernel.Sysctl.Entries {
		name := strings.ReplaceAll(e.Key, "/", ".")
		if strings.HasPrefix(name, "net.ipv6.conf.") && strings.HasSuffix(name, ".disable_ipv6") && e.Value.V.Text == "0" {
			r.report(e.From, h.Path("kernel.sysctl."+strconv.Quote(e.Key)), "this turns IPv6 on, "+off, hint)
		}
	}
}

// tracked reports a limit of connection tracking that the document also sets as
// a sysctl, to something else. A level's limit gives way.
func (r *resolver) tracked(h *Host) {
	c := &h.Firewall.Conntrack
	if h.Firewall.Mode.V != schema.Generate || h.Kernel.Mode.V != schema.Generate {
		return
	}
	for _, limit := range []struct {
		setting, key string
		value        int
		from         schema.Origin
	}{
		{"max", "max", int(c.Max.V), c.Max.From},
		{"established_timeout", "tcp_timeout_established", c.Established.V.Seconds(), c.Established.From},
		{"close_wait_timeout", "tcp_timeout_close_wait", c.CloseWait.V.Seconds(), c.CloseWait.From},
	} {
		for _, e := range h.Kernel.Sysctl.Entries {
			same := strings.ReplaceAll(e.Key, "/", ".") == "net.netfilter.nf_conntrack_"+limit.key
			if same && limit.from.Pos.Line > 0 && limit.from.Reason == nil && e.Value.V.Text != strconv.Itoa(limit.value) {
				r.report(e.From, h.Path("kernel.sysctl."+strconv.Quote(e.Key)),
					fmt.Sprintf("firewall.connection_tracking.%s sets this to %d (%s)", limit.setting, limit.value, limit.from.Pos), "remove one of them")
			}
		}
	}
}

// ping reports a limit on echo requests that are never answered.
func (r *resolver) ping(h *Host) {
	if p := h.Firewall.PingLimit; p.IsSet() && !h.Firewall.Ping.V {
		r.report(p.From, h.Path("firewall.ping_limit"), "the limit counts nothing: the host answers no echo request", "remove it, or set firewall.ping: true")
	}
}

// reached drops the sources of an opening that cannot reach a host without
// IPv6, and reports an opening that is left with none.
func (r *accessRule) reached(h *Host, o *Opening, service schema.Value[schema.Name]) bool {
	if h.Network.IPv6.V || o.Sources == nil {
		return true
	}
	o.Sources = slices.DeleteFunc(o.Sources, func(a netip.Addr) bool { return a.Is6() })
	if len(o.Sources) > 0 {
		return true
	}
	r.report(service.From, r.path+".allow", fmt.Sprintf("%s has IPv6 addresses only, and %s has no IPv6 (%s)", o.For, h.Name, h.Network.IPv6.From.Pos),
		fmt.Sprintf("declare an IPv4 address, or set hosts.%s.network.ipv6: true", h.Name))
	return false
}

// Within returns the first address of a network that a machine there can have.
func Within(p netip.Prefix) netip.Addr {
	if first := p.Addr().Next(); p.Contains(first) {
		return first
	}
	return p.Addr()
}

// Routers returns the hosts that offer the tailnet the way to a network.
func (f *Fleet) Routers(network netip.Prefix) []*Host {
	var hosts []*Host
	for _, h := range f.Hosts {
		leads := func(r schema.CIDR) bool { return r.Bits() <= network.Bits() && r.Contains(network.Addr()) }
		if h.Tailscale.Enable.V && slices.ContainsFunc(h.Tailscale.Routes.Values(), leads) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}
