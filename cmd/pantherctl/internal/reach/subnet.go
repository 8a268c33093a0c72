package reach

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// subnets returns the networks behind routers: those that the document names,
// and the routes that lead to none of them.
func subnets(f *policy.Fleet) []*Member {
	var all []*Member
	add := func(p netip.Prefix, name string) {
		i := slices.IndexFunc(all, func(m *Member) bool { return m.subnet == p })
		if i < 0 {
			i = len(all)
			all = append(all, &Member{Name: p.String(), Kind: Subnet, subnet: p, names: map[string]bool{p.String(): true}, from: -1, to: -1})
		}
		if name != "" {
			all[i].names[name] = true
			all[i].called = append(all[i].called, name)
		}
	}
	for _, e := range f.Networks.Entries {
		for _, p := range e.Value.Values() {
			add(p.Prefix, e.Key)
		}
	}
	for _, h := range f.Hosts {
		for _, r := range h.Tailscale.Routes.Values() {
			if h.Tailscale.Enable.V && !slices.ContainsFunc(all, func(m *Member) bool { return r.Overlaps(m.subnet) }) {
				add(r.Prefix, "")
			}
		}
	}
	return all
}

// behind is the link of a member to a network behind routers: what it lets out,
// the tailnet's policy grants there and their forward chains let through.
func (n *Network) behind(src, dst *Member) Link {
	l := Link{Side: schema.Tailnet}
	l.Sent, l.Egress, l.Unknown = n.sent(src, schema.Tailnet, toward(dst, schema.Tailnet))
	grants := n.grants(src, dst)
	for _, g := range grants {
		l.Granted = l.Granted.union(n.grantPorts(dst, g.Service))
	}
	for _, h := range n.Fleet.Routers(dst.subnet) {
		if h == src.Host {
			continue // it is there itself
		}
		doors, unknown := n.forwards(h, src, dst)
		if unknown != "" {
			l.Unknown = unknown
		}
		for _, d := range doors {
			l.Let = l.Let.union(d.Ports)
			for _, g := range grants {
				l.pass(Flow{Ports: n.grantPorts(dst, g.Service).intersect(d.Ports).intersect(l.Sent), Grant: g, Exit: h.Name, Door: d})
			}
		}
	}
	return l
}

// forwards returns how a router lets a source through to a network behind it.
func (n *Network) forwards(h *policy.Host, src, dst *Member) (doors []Door, unknown string) {
	switch {
	case n.filters != nil:
		return n.filters.forwards(h, src, dst)
	case h.Firewall.Mode.V == schema.Own:
		return nil, fmt.Sprintf("the firewall of %s is left to a module of its own (%s)", h.Name, h.Firewall.Mode.From)
	}
	return []Door{{Ports: n.all, What: h.Name + " forwards to " + dst.Name, From: h.Tailscale.Routes.From}}, ""
}

// forwards is what the rules of a router forward from the tailnet.
func (f *filters) forwards(h *policy.Host, src, dst *Member) ([]Door, string) {
	r := f.rules[h.Name]
	if r == nil {
		return nil, fmt.Sprintf("the facts have no nftables rules of %s", h.Name)
	}
	to := policy.Within(dst.subnet)
	var doors []Door
	var unknown []string
	for _, out := range slices.Concat(h.InterfacesOf(schema.LAN), h.InterfacesOf(schema.WAN)) {
		for _, from := range addressed(src, schema.Tailnet, true) {
			if from.Is4() == to.Is4() {
				t := r.all(packet{hook: "forward", in: policy.TailnetInterface, out: anInterface(out), src: from, dst: to})
				doors, unknown = append(doors, t.doors...), append(unknown, t.unknown...)
			}
		}
	}
	return distinct(doors), notJudged(h.Name, unknown)
}
