package gen

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/gen/tailnet"
	"github.com/pantherctl/pantherctl/schema"
)

// meshMember is a machine of the tailnet, or a person with devices there that
// the document does not name.
type meshMember struct {
	name  string
	host  *policy.Host // nil for what is not configured here
	means []string     // the names of access rules that mean it
	names []string     // by which a policy knows it and perhaps others: tags, or a login
	addrs []netip.Addr

	networks []netip.Prefix // that it stands for: it is no machine then, and not among the members
}

// mesh is the members of a tailnet.
type mesh struct {
	members  []*meshMember
	networks []*meshMember            // behind routers, as access rules name them
	byName   map[string][]*meshMember // by name of the document
	holders  map[string][]*meshMember // by tag or login
	aliases  map[string]netip.Addr    // that the policy uses
}

// newMesh returns the members of a fleet's tailnet, hosts first.
func newMesh(f *policy.Fleet) *mesh {
	m := &mesh{byName: map[string][]*meshMember{}, holders: map[string][]*meshMember{}, aliases: map[string]netip.Addr{}}
	for _, h := range f.Hosts {
		if h.Tailscale.Enable.V {
			m.add(&meshMember{
				name: h.Name, host: h, means: append([]string{h.Name, schema.Everyone}, h.Roles...),
				names: tagged(h.Tags()), addrs: tailnetAddresses(h.Addresses),
			})
		}
	}
	for _, d := range f.Devices.Entries {
		v := d.Value
		if !v.User.IsSet() && !v.Tags.IsSet() && !v.Key.IsSet() && !v.Addresses.Tailnet.IsSet() {
			continue // of the LAN
		}
		member := &meshMember{name: d.Key, means: []string{d.Key, schema.Everyone}, addrs: tailnetAddresses(v.Addresses)}
		for _, t := range v.Tags.Values() {
			member.names = append(member.names, "tag:"+string(t))
			if f.Roles.Has(string(t)) { // to the tailnet it is as the hosts of that role
				member.means = append(member.means, string(t))
			}
		}
		if v.User.IsSet() {
			user, _ := f.Users.Get(string(v.User.V))
			member.means = append(member.means, string(v.User.V))
			if user.Login.IsSet() {
				member.names = []string{string(user.Login.V)}
			}
		}
		m.add(member)
	}
	for _, u := range f.Users.Entries {
		if login := u.Value.Login; login.IsSet() {
			m.add(&meshMember{name: u.Key, means: []string{u.Key}, names: []string{string(login.V)}})
		}
	}
	for _, e := range f.Networks.Entries {
		n := &meshMember{name: e.Key}
		for _, p := range e.Value.Values() {
			n.networks = append(n.networks, p.Prefix)
		}
		if len(n.networks) > 0 {
			n.addrs = []netip.Addr{policy.Within(n.networks[0])} // for tests
			m.networks = append(m.networks, n)
			m.byName[e.Key] = append(m.byName[e.Key], n)
		}
	}
	return m
}

func (m *mesh) add(member *meshMember) {
	m.members = append(m.members, member)
	for _, list := range []*[]string{&member.means, &member.names} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	for _, n := range member.means {
		m.byName[n] = append(m.byName[n], member)
	}
	for _, n := range member.names {
		m.holders[n] = append(m.holders[n], member)
	}
}

func tagged(tags []string) []string {
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = "tag:" + t
	}
	return names
}

func tailnetAddresses(a schema.Addresses) []netip.Addr {
	list := make([]netip.Addr, len(a.Tailnet.Items))
	for i, addr := range a.Tailnet.Values() {
		list[i] = addr.Addr
	}
	return list
}

// cover is how a policy names some members and nobody else.
type cover struct {
	names   []string
	sure    []*meshMember // by a tag or login, whatever addresses they have
	byAddr  []*meshMember
	missing []*meshMember // who has neither
}

// cover names members by tags and logins that nobody else has, and the rest by
// their addresses. A name that equals first comes before all others.
func (m *mesh) cover(members []*meshMember, first string) cover {
	c := m.named(members, first)
	unnamed := c.missing
	c.missing = nil
	for _, x := range unnamed {
		if len(x.addrs) == 0 {
			c.missing = append(c.missing, x)
			continue
		}
		c.byAddr = append(c.byAddr, x)
		if x.networks != nil {
			for _, p := range x.networks {
				c.names = append(c.names, p.String())
			}
			continue
		}
		c.names = append(c.names, m.alias(x))
		for _, a := range x.addrs[1:] {
			c.names = append(c.names, a.String())
		}
	}
	return c
}

// named is cover without addresses, which not all rules take.
func (m *mesh) named(members []*meshMember, first string) cover {
	shared := m.exact(members)
	slices.SortFunc(shared, func(a, b string) int {
		if (a == first) != (b == first) {
			return map[bool]int{true: -1, false: +1}[a == first]
		}
		return cmp.Or(len(m.holders[b])-len(m.holders[a]), cmp.Compare(a, b))
	})
	var c cover
	named := map[*meshMember]bool{}
	for _, n := range shared {
		if slices.ContainsFunc(m.holders[n], func(x *meshMember) bool { return !named[x] }) {
			c.names = append(c.names, n)
			for _, x := range m.holders[n] {
				named[x] = true
			}
		}
	}
	slices.Sort(c.names)
	for _, x := range members {
		if named[x] {
			c.sure = append(c.sure, x)
		} else {
			c.missing = append(c.missing, x)
		}
	}
	return c
}

// exact returns the tags and logins that these members have and nobody else.
func (m *mesh) exact(members []*meshMember) []string {
	count := map[string]int{}
	for _, x := range members {
		for _, n := range x.names {
			count[n]++
		}
	}
	var names []string
	for n, c := range count {
		if c == len(m.holders[n]) {
			names = append(names, n)
		}
	}
	return names
}

// alias is the name of a member's first address in the policy.
func (m *mesh) alias(x *meshMember) string {
	m.aliases[x.name] = x.addrs[0]
	return x.name
}

// TailnetNetwork returns the members of a fleet's tailnet as its policy sees
// them, with an address made up for each that declares none. It is what the
// generated policy can be validated and evaluated for.
func TailnetNetwork(f *policy.Fleet) tailnet.Network {
	var net tailnet.Network
	taken := map[netip.Addr]bool{}
	m := newMesh(f)
	for _, x := range m.members {
		for _, a := range x.addrs {
			taken[a] = true
		}
	}
	next := netip.MustParseAddr("100.127.0.1")
	for _, x := range m.members {
		n := tailnet.Node{Name: x.name, Addrs: x.addrs}
		for taken[next] {
			next = next.Next()
		}
		if len(n.Addrs) == 0 {
			n.Addrs = []netip.Addr{next}
			taken[next] = true
		}
		switch {
		case len(x.names) > 0 && strings.HasPrefix(x.names[0], "tag:"):
			n.Tags = x.names
		case len(x.names) > 0:
			n.User = x.names[0]
		default:
			n.User = x.name + "@unknown.invalid" // a person's, whose login the document does not say
		}
		if n.User != "" && !slices.ContainsFunc(net.Users, func(u tailnet.User) bool { return u.Name == n.User }) {
			net.Users = append(net.Users, tailnet.User{Name: n.User})
		}
		if x.host != nil {
			for _, r := range x.host.Tailscale.Routes.Values() {
				n.Advertised = append(n.Advertised, r.Prefix)
			}
			if x.host.Tailscale.ExitNode.V {
				n.Advertised = append(n.Advertised, netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"))
			}
		}
		net.Nodes = append(net.Nodes, n)
	}
	return net
}

// allNames returns the tags and logins of all members, sorted.
func (m *mesh) allNames() []string { return slices.Sorted(maps.Keys(m.holders)) }
