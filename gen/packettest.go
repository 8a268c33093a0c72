package gen

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// packetTest works out what a host lets through, port by port.
type packetTest struct {
	host  *policy.Host
	place int // in the fleet
	ports []string
}

// testNets are the addresses of a side, by its place in the list: those of hosts
// that declare none, made of their place in the fleet, and a stranger's. They
// are of the tailnet's own range, of private networks (RFC 1918, RFC 4193), and
// for the internet those of benchmarks (RFC 2544) and documentation (RFC 3849).
var testNets = []struct{ host4, host6, stranger4, stranger6 string }{
	{"100.127.%d.%d", "fd7a:115c:a1e0:ffff::%x", "100.127.255.254", "fd7a:115c:a1e0:ffff::fffe"},
	{"192.168.%d.%d", "fd1a:b000::%x", "192.168.255.254", "fd1a:b000::fffe"},
	{"198.18.%d.%d", "2001:db8:1ab::%x", "198.18.255.254", "2001:db8:1ab::fffe"},
	{"10.255.%d.%d", "fd1a:b001::%x", "10.255.255.254", "fd1a:b001::fffe"},
}

func (n *packetTest) side(side schema.Side, name string, index int) nix.AttrSet {
	h, net := n.host, testNets[index]
	v6 := h.Network.IPv6.V
	addresses := []string{n.address(side, true, fmt.Sprintf(net.host4, n.place/250, n.place%250+1))}
	strangers := []string{net.stranger4}
	if v6 {
		addresses = append(addresses, n.address(side, false, fmt.Sprintf(net.host6, n.place+1)))
		strangers = append(strangers, net.stranger6)
	}
	sources := nix.AttrSet{}
	add := func(address string, open []string) {
		rebind(&sources, address, nix.String(strings.Join(open, " ")))
	}
	for _, s := range strangers {
		add(s, n.open(side, netip.Addr{}))
	}
	for _, s := range n.named(side) {
		if s.Is4() || v6 {
			add(s.String(), n.open(side, s))
		}
	}
	return nix.AttrSet{
		nix.Bind("side", nix.String(side)),
		nix.Bind("interface", nix.String(strings.ReplaceAll(name, "*", "0"))),
		nix.Bind("addresses", nix.Strings(addresses...)),
		nix.Bind("strangers", nix.Strings(strangers...)),
		nix.Bind("sources", sources, "and the ports they get to"),
		nix.Bind("limits", n.limits(side)),
		nix.Bind("ping", nix.Bool(h.Firewall.Ping.V || n.trusted(side))),
		nix.Bind("egress", nix.String(strings.Join(n.egress(side), " ")), "what the host gets to there, all if empty"),
	}
}

// address is the first that the host declares on a side, or another.
func (n *packetTest) address(side schema.Side, is4 bool, other string) string {
	for _, a := range n.host.Addresses.On(side).Values() {
		if a.Is4() == is4 {
			return a.String()
		}
	}
	return other
}

// maxNamed is how many sources are tried that openings name. In a large fleet
// they are thousands, for each of thousands of hosts.
const maxNamed = 64

// named are the sources that openings of a side name, the first of them.
func (n *packetTest) named(side schema.Side) []netip.Addr {
	var all []netip.Addr
	for _, o := range n.host.Openings {
		if o.Side == side {
			all = append(all, o.Sources[:min(len(o.Sources), maxNamed)]...)
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	all = slices.Compact(all)
	return all[:min(len(all), maxNamed)]
}

// trusted reports whether the interface that stands for a side lets in all.
func (n *packetTest) trusted(side schema.Side) bool {
	return slices.Contains(n.host.Firewall.Trusted.Values(), schema.InterfaceName(n.host.InterfacesOf(side)[0]))
}

// open are the ports tried that a source gets to; the zero address is nobody in
// particular.
func (n *packetTest) open(side schema.Side, source netip.Addr) []string {
	if n.trusted(side) {
		return n.ports
	}
	ports := ownPorts(n.host)
	for _, o := range n.host.Openings {
		switch {
		case o.Side != side || o.Sources != nil && !slices.Contains(o.Sources, source):
		case o.Service == schema.Any:
			return n.ports
		default:
			ports = append(ports, o.Ports...)
		}
	}
	return n.among(ports)
}

// among are the ports tried that lie within others.
func (n *packetTest) among(within []schema.Ports) []string {
	list := []string{}
	for _, port := range n.ports {
		protocol, text, _ := strings.Cut(port, "/")
		number, _ := strconv.Atoi(text)
		if slices.ContainsFunc(within, func(p schema.Ports) bool {
			return p.Protocol == protocol && int(p.First) <= number && number <= int(p.Last)
		}) {
			list = append(list, port)
		}
	}
	return list
}

// limits are the services of a side whose new TCP connections are counted, each
// by its first port: the ports of a service are counted together.
func (n *packetTest) limits(side schema.Side) nix.AttrSet {
	limits, seen := nix.AttrSet{}, map[string]bool{}
	for _, o := range n.host.Openings {
		if o.Container != "" || o.Side != side || o.Limit == nil || o.Sources != nil || o.Ports[0].Protocol != "tcp" || seen[o.Service] || n.trusted(side) {
			continue
		}
		seen[o.Service] = true
		rebind(&limits, fmt.Sprintf("tcp/%d", o.Ports[0].First), nix.Int(o.Limit.Burst))
	}
	return limits
}

// egress are the ports tried that the host may use on a side, none if it may
// use all. Besides those of the document these are what egress.go lets out.
func (n *packetTest) egress(side schema.Side) []string {
	h := n.host
	if h.Firewall.Egress.Policy.V != "deny" || side == schema.Tailnet || side == schema.Container {
		return nil
	}
	own := []schema.Ports{{Protocol: "tcp", First: 53, Last: 53}}
	for _, port := range []schema.Port{53, 67, 123} {
		own = append(own, schema.Ports{Protocol: "udp", First: port, Last: port})
	}
	if h.Network.IPv6.V {
		own = append(own, schema.Ports{Protocol: "udp", First: 547, Last: 547})
	}
	return n.among(slices.Concat(own, h.EgressPorts))
}
