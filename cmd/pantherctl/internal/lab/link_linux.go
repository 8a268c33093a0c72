package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

func newBridge(name string) (netlink.Link, error) {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	off := false
	bridge := &netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &off}
	if err := netlink.LinkAdd(bridge); err != nil {
		return nil, err
	}
	return bridge, netlink.LinkSetUp(bridge)
}

// plug gives the node an interface whose other end is in a bridge.
func (n *node) plug(link Link, bridge netlink.Link, end string) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = end
	attrs.MasterIndex = bridge.Attrs().Index
	pair := &netlink.Veth{LinkAttrs: attrs, PeerName: link.Interface, PeerNamespace: netlink.NsFd(n.space)}
	if err := netlink.LinkAdd(pair); err != nil {
		return err
	}
	if err := netlink.LinkSetUp(pair); err != nil {
		return err
	}
	own, err := n.links.LinkByName(link.Interface)
	if err != nil {
		return err
	}
	if err := n.links.LinkSetUp(own); err != nil {
		return err
	}
	if err := errors.Join(running(netlink.LinkByIndex, pair), running(n.links.LinkByIndex, own)); err != nil {
		return err
	}
	for _, address := range link.Addresses {
		if err := n.links.AddrAdd(own, &netlink.Addr{IPNet: network(address)}); err != nil {
			return fmt.Errorf("%s: %w", address, err)
		}
	}
	// For a network of all addresses the kernel makes no route.
	on := slices.Clone(link.Networks)
	for _, a := range link.Addresses {
		if a.Bits() == 0 {
			on = append(on, a.Masked())
		}
	}
	for _, to := range on {
		route := &netlink.Route{LinkIndex: own.Attrs().Index, Scope: netlink.SCOPE_LINK, Dst: network(to)}
		if err := n.links.RouteReplace(route); err != nil {
			return fmt.Errorf("the route to %s: %w", to, err)
		}
	}
	return nil
}

// running waits until the kernel has noticed that a link has a carrier, which
// it does when it finds the time. Before that a bridge passes nothing on, and
// an IPv6 address cannot be used.
func running(get func(int) (netlink.Link, error), link netlink.Link) error {
	for until := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		now, err := get(link.Attrs().Index)
		if err != nil || now.Attrs().OperState == netlink.OperUp {
			return err
		}
		if time.Now().After(until) {
			return fmt.Errorf("it stays %s", now.Attrs().OperState)
		}
	}
}

// neighbourly waits until others find the node by its IPv6 addresses, and it
// them when it is a router, which asks by the address that the kernel gives to
// each link. The kernel sees to both when it finds the time.
func (n *node) neighbourly() error {
	want := 1 // lo's
	for _, l := range n.Links {
		own := slices.DeleteFunc(slices.Clone(l.Addresses), func(a netip.Prefix) bool { return a.Addr().Is4() })
		if len(own) > 0 {
			want += len(own) + 1
		}
	}
	for until := time.Now().Add(5 * time.Second); want > 1; time.Sleep(time.Millisecond) {
		list, err := n.links.AddrList(nil, unix.AF_INET6)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(a netlink.Addr) bool { return a.Flags&unix.IFA_F_TENTATIVE != 0 })
		if len(list) >= want {
			return nil
		}
		if time.Now().After(until) {
			return fmt.Errorf("of %d IPv6 addresses %d can be used", want, len(list))
		}
	}
	return nil
}

// route adds the node's ways to other networks. A way for one source only has
// a table of its own.
func (n *node) route() error {
	for i, r := range n.Routes {
		way := &netlink.Route{Dst: network(r.To), Gw: r.Via.AsSlice()}
		if r.From.IsValid() {
			way.Table = 100 + i
			rule := netlink.NewRule()
			rule.Src, rule.Table = network(netip.PrefixFrom(r.From, r.From.BitLen())), way.Table
			if rule.Family = unix.AF_INET; r.From.Is6() {
				rule.Family = unix.AF_INET6
			}
			if err := n.links.RuleAdd(rule); err != nil {
				return fmt.Errorf("a rule for what %s sends: %w", r.From, err)
			}
		}
		if err := n.links.RouteAdd(way); err != nil {
			return fmt.Errorf("the route to %s by %s: %w", r.To, r.Via, err)
		}
	}
	return nil
}

func network(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
