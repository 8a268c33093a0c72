package tailnet

import (
	"net/netip"
	"slices"
	"strings"
)

// resolver knows which addresses the names of a policy stand for.
type resolver struct {
	policy *Policy
	net    Network
	cache  map[string]AddrSet
}

func newResolver(p *Policy, net Network) *resolver {
	return &resolver{p, net, map[string]AddrSet{}}
}

// tailnetRange is what "*" stands for: the service's addresses of both
// families without those ChromeOS keeps for its virtual machines.
func tailnetRange() AddrSet {
	return setOf(
		netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("fd7a:115c:a1e0::/48"),
	).minus(setOf(netip.MustParsePrefix("100.115.92.0/23")))
}

// internetRange is what autogroup:internet stands for: the public addresses.
// The recorded answers list exactly these, multicast and loopback included.
func internetRange() AddrSet {
	return setOf(
		netip.MustParsePrefix("0.0.0.0/0"),
		netip.MustParsePrefix("2000::/3"),
	).minus(setOf(
		netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("169.254.0.0/16"),
		netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"),
	))
}

func everywhere() AddrSet {
	return setOf(netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"))
}

// resolve returns the addresses of a name, none for a name that is unknown.
// autogroup:self has none of its own: it depends on who asks.
func (r *resolver) resolve(s selector) AddrSet {
	if set, ok := r.cache[s.name]; ok {
		return set
	}
	r.cache[s.name] = AddrSet{} // an ipset that names itself stays empty
	set := r.lookup(s)
	r.cache[s.name] = set
	return set
}

func (r *resolver) lookup(s selector) AddrSet {
	switch s.kind {
	case anyone:
		return tailnetRange()
	case address, network:
		return setOf(s.prefix)
	case user:
		return r.nodes(func(n Node) bool { return n.ownedBy(s.name) })
	case domainUser:
		domain := strings.TrimPrefix(s.name, domainUserPrefix)
		return r.nodes(func(n Node) bool {
			_, of := splitUser(n.User)
			return !n.tagged() && of != "" && strings.EqualFold(of, domain)
		})
	case group:
		members := r.members(s.name)
		return r.nodes(func(n Node) bool { return slices.ContainsFunc(members, n.ownedBy) })
	case tag:
		return r.nodes(func(n Node) bool { return n.hasTag(s.name) })
	case autogroup:
		return r.autogroup(s.name)
	case ipset:
		return r.ipset(s.name)
	case host:
		if e, ok := find(r.policy.Hosts, s.name); ok {
			if target := hostTarget(e); target.kind == address || target.kind == network {
				return setOf(target.prefix)
			}
		}
	}
	return AddrSet{}
}

// nodes is every address of the nodes that fit.
func (r *resolver) nodes(fits func(Node) bool) AddrSet {
	var addrs []netip.Addr
	for _, n := range r.net.Nodes {
		if fits(n) {
			addrs = append(addrs, n.Addrs...)
		}
	}
	return setOfAddrs(addrs...)
}

func (r *resolver) members(groupName string) []string {
	e, _ := find(r.policy.Groups, groupName)
	members := make([]string, 0, len(e.Values))
	for _, m := range e.Values {
		members = append(members, strings.TrimSpace(m.Value))
	}
	return members
}

func (r *resolver) autogroup(name string) AddrSet {
	switch name {
	case autogroupMember, autogroupMembers:
		return r.nodes(func(n Node) bool { return !n.tagged() })
	case autogroupTagged:
		return r.nodes(Node.tagged)
	case autogroupInternet:
		return internetRange()
	case autogroupDangerAll:
		return everywhere()
	}
	if !isRole(name) {
		return AddrSet{}
	}
	return r.nodes(func(n Node) bool {
		return slices.ContainsFunc(r.net.Users, func(u User) bool {
			return n.ownedBy(u.Name) && slices.Contains(u.Roles, name)
		})
	})
}

// ipset applies the operations in order: "add" and no word at all add,
// "remove" removes (tailscale.com/docs/features/tailnet-policy-file/ip-sets).
func (r *resolver) ipset(name string) AddrSet {
	e, _ := find(r.policy.IPSets, name)
	var set AddrSet
	for _, v := range e.Values {
		operation, target, ok := strings.Cut(strings.TrimSpace(v.Value), " ")
		if !ok {
			operation, target = "add", operation
		}
		addrs := r.resolve(parseSelector(Text{Value: target, At: v.At}))
		if operation == "remove" {
			set = set.minus(addrs)
		} else {
			set = union(set, addrs)
		}
	}
	return set
}

// sources is the addresses of a rule's src. With "*" among them the subnets
// behind the network's routers are sources too.
func (r *resolver) sources(src []selector) AddrSet {
	var sets []AddrSet
	for _, s := range src {
		sets = append(sets, r.resolve(s))
		if s.kind == anyone {
			for _, n := range r.net.Nodes {
				sets = append(sets, setOf(n.subnets()...))
			}
		}
	}
	return union(sets...)
}

func parseSelectors(texts []Text) []selector {
	selectors := make([]selector, len(texts))
	for i, t := range texts {
		selectors[i] = parseSelector(t)
	}
	return selectors
}
