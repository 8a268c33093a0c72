package lab

import (
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// space is the addresses that a side gives to those who declare none, one for
// each family, and how far its networks reach: everybody on a side is taken to
// be on one link.
var space = map[schema.Side]struct {
	v4, v6   string // with a place for the index
	on4, on6 int
}{
	schema.Tailnet: {"100.127.255.%d", "fd7a:115c:a1e0:ffff::%x", 10, 48},
	schema.LAN:     {"192.168.255.%d", "fd1a:b000::%x", 24, 64},
	schema.WAN:     {"198.51.100.%d", "2001:db8:1ab::%x", 0, 3},
}

// private are the networks of LANs (RFC 1918, RFC 4193).
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("fc00::/7"),
}

// link returns an interface to a side. The number chooses the addresses that are
// not declared; of IPv4 there are 250.
func link(name string, side schema.Side, declared schema.List[schema.Addr], number int, ipv6 bool) Link {
	l := Link{Interface: name, Segment: string(side)}
	if side == schema.LAN {
		l.Networks = private
	}
	s := space[side]
	var four, six bool
	for _, a := range declared.Values() {
		bits := s.on6
		if a.Is4() {
			bits, four = s.on4, true
		} else {
			six = true
		}
		l.Addresses = append(l.Addresses, netip.PrefixFrom(a.Addr, bits))
	}
	if !four {
		l.Addresses = append(l.Addresses, numbered(s.v4, (number-1)%250+1, s.on4))
	}
	if !six && ipv6 {
		l.Addresses = append(l.Addresses, numbered(s.v6, number, s.on6))
	}
	return l
}

// neighbours puts public addresses on the LAN that members declare there, for
// everybody else on it.
func (p *planner) neighbours() {
	for _, n := range p.order {
		for _, other := range p.order {
			from, to := n.on(string(schema.LAN)), other.on(string(schema.LAN))
			if from == nil || to == nil || n == other {
				continue
			}
			for _, a := range to.Addresses {
				if !a.Addr().IsPrivate() {
					from.Networks = append(from.Networks[:len(from.Networks):len(from.Networks)], single(a.Addr()))
				}
			}
		}
	}
}

// numbered returns the address of a form with a number in it.
func numbered(form string, number, bits int) netip.Prefix {
	return netip.PrefixFrom(netip.MustParseAddr(fmt.Sprintf(form, number)), bits)
}

// single is the network of one address.
func single(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// everywhere is the network of all addresses of a family.
func everywhere(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, 0).Masked() }

// sides yields the addresses of each side, in a fixed order.
func sides(a schema.Addresses) iter.Seq2[schema.Side, schema.List[schema.Addr]] {
	return func(yield func(schema.Side, schema.List[schema.Addr]) bool) {
		_ = yield(schema.Tailnet, a.Tailnet) && yield(schema.LAN, a.LAN) && yield(schema.WAN, a.WAN)
	}
}

// on returns the node's link to a segment, nil if it has none.
func (n *Node) on(segment string) *Link {
	if i := slices.IndexFunc(n.Links, func(l Link) bool { return l.Segment == segment }); i >= 0 {
		return &n.Links[i]
	}
	return nil
}

// speaks returns the first address of a link of another's family.
func (l *Link) speaks(other netip.Addr) (netip.Addr, bool) {
	i := slices.IndexFunc(l.Addresses, func(a netip.Prefix) bool { return a.Addr().Is4() == other.Is4() })
	if i < 0 {
		return netip.Addr{}, false
	}
	return l.Addresses[i].Addr(), true
}

// networkSysctls are those that belong to a namespace. What is null is left to
// the kernel.
func networkSysctls(all map[string]any) map[string]string {
	own := map[string]string{}
	for key, value := range all {
		if strings.HasPrefix(key, "net.") && !strings.Contains(key, "*") && key != pingSysctl && value != nil {
			own[key] = fmt.Sprint(value)
			if b, ok := value.(bool); ok {
				own[key] = map[bool]string{true: "1", false: "0"}[b]
			}
		}
	}
	return own
}
