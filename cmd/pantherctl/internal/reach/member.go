package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// Kind is what a member is.
type Kind string

// The kinds of members.
const (
	Host      Kind = "host"
	Device    Kind = "device"    // of the document, configured elsewhere
	Person    Kind = "person"    // a user, on devices that the document does not name
	Stranger  Kind = "stranger"  // anybody on a side: lan or internet
	Container Kind = "container" // the containers of the very host they reach
	Subnet    Kind = "subnet"    // machines behind a subnet router, which send nothing themselves
)

// Member is somebody who may reach or be reached.
type Member struct {
	Name string
	Kind Kind
	Host *policy.Host // of kind Host, else nil

	addresses schema.Addresses
	names     map[string]bool // the names of the document that mean it
	tags      []schema.Name   // of a device: to the tailnet the tag of a role means it too
	tailnet   bool            // in the tailnet
	subnet    netip.Prefix    // of kind Subnet
	called    []string        // the names of the document that such a network has

	from, to int // its classes, as a source and as a target; -1 for none
}

// Title names the member for people.
func (m *Member) Title() string {
	switch {
	case m.Kind == Stranger && m.Name == schema.Internet:
		return "the internet"
	case m.Kind == Stranger:
		return "a stranger on the LAN"
	case m.Kind == Container:
		return "containers"
	case m.Kind == Person:
		return m.Name + "'s devices"
	case len(m.called) > 0:
		return fmt.Sprintf("%s (%s)", strings.Join(m.called, ", "), m.Name)
	}
	return m.Name
}

// Means reports whether a name of the document means the member, in the
// tailnet.
func (m *Member) Means(name string) bool {
	return m.names[name] || slices.Contains(m.tags, schema.Name(name))
}

// isInternet reports whether the member stands for the internet.
func (m *Member) isInternet() bool { return m.Name == schema.Internet && m.Kind == Stranger }

// outward reports whether a member lies where egress lists count for the tailnet
// too: on the internet, or in a network of public addresses behind a router. See
// gen/egress.go.
func (m *Member) outward() bool {
	return m.isInternet() || m.Kind == Subnet && !m.subnet.Addr().IsPrivate() && !schema.TailnetNetworks()[0].Overlaps(m.subnet)
}

// address reports whether the member declares an address of a side that a host
// with or without IPv6 can see.
func (m *Member) address(side schema.Side, ipv6 bool) bool {
	return slices.ContainsFunc(m.on(side), func(a schema.Value[schema.Addr]) bool { return ipv6 || a.V.Is4() })
}

// on returns the declared addresses of a side.
func (m *Member) on(side schema.Side) []schema.Value[schema.Addr] {
	switch side {
	case schema.Tailnet:
		return m.addresses.Tailnet.Items
	case schema.LAN:
		return m.addresses.LAN.Items
	case schema.WAN:
		return m.addresses.WAN.Items
	}
	return nil
}

// members returns everybody of a fleet, hosts first.
func members(f *policy.Fleet) []*Member {
	var all []*Member
	add := func(m *Member, names ...string) {
		m.names, m.from, m.to = map[string]bool{}, -1, -1
		for _, n := range names {
			m.names[n] = true
		}
		all = append(all, m)
	}
	for _, h := range f.Hosts {
		add(&Member{Name: h.Name, Kind: Host, Host: h, addresses: h.Addresses, tailnet: h.Tailscale.Enable.V},
			append([]string{h.Name, schema.Everyone}, h.Roles...)...)
	}
	for _, d := range f.Devices.Entries {
		names := []string{d.Key, schema.Everyone}
		if d.Value.User.IsSet() {
			names = append(names, string(d.Value.User.V))
		}
		v := d.Value
		add(&Member{
			Name: d.Key, Kind: Device, addresses: v.Addresses, tags: v.Tags.Values(),
			tailnet: v.User.IsSet() || v.Tags.IsSet() || v.Key.IsSet() || v.Addresses.Tailnet.IsSet(),
		}, names...)
	}
	for _, u := range f.Users.Entries {
		if mentioned(f, u.Key) {
			add(&Member{Name: u.Key, Kind: Person, tailnet: u.Value.Login.IsSet()}, u.Key) // else its policy knows nobody
		}
	}
	all = append(all, subnets(f)...)
	faces := func(side schema.Side) bool {
		return slices.ContainsFunc(f.Hosts, func(h *policy.Host) bool { return len(h.InterfacesOf(side)) > 0 })
	}
	if faces(schema.Container) {
		add(&Member{Name: string(schema.Container), Kind: Container}, string(schema.Container))
	}
	if faces(schema.LAN) {
		add(&Member{Name: string(schema.LAN), Kind: Stranger}, string(schema.LAN))
	}
	add(&Member{Name: schema.Internet, Kind: Stranger}, schema.Internet, string(schema.WAN))
	return all
}

// mentioned reports whether access rules or expectations name a user.
func mentioned(f *policy.Fleet, user string) bool {
	is := func(n schema.Value[schema.Member]) bool { return string(n.V) == user }
	for _, a := range f.Access.Items {
		if slices.ContainsFunc(a.V.From.Items, is) {
			return true
		}
	}
	for _, e := range f.Expect.Items {
		if slices.ContainsFunc(e.V.From.Items, is) {
			return true
		}
	}
	return false
}

// sides returns the sides on which one member can send to another at all.
func sides(src, dst *Member) []schema.Side {
	if dst.Kind == Subnet {
		if src.tailnet {
			return []schema.Side{schema.Tailnet}
		}
		return nil
	}
	if dst.isInternet() {
		switch {
		case src.Kind == Host && src.tailnet:
			return []schema.Side{schema.WAN, schema.Tailnet}
		case src.Kind == Host:
			return []schema.Side{schema.WAN}
		case src.tailnet:
			return []schema.Side{schema.Tailnet}
		}
		return nil
	}
	var list []schema.Side
	if src.tailnet && dst.tailnet {
		list = append(list, schema.Tailnet)
	}
	for _, side := range []schema.Side{schema.LAN, schema.WAN, schema.Container} {
		if src.sends(side) && len(dst.Host.InterfacesOf(side)) > 0 {
			list = append(list, side)
		}
	}
	return list
}

// sends reports whether a member can send to hosts that face a side. Every
// host is taken to reach the internet, and the LANs of all hosts to be one.
func (m *Member) sends(side schema.Side) bool {
	switch {
	case side == schema.Container:
		return m.Kind == Container
	case m.Kind == Stranger:
		return m.isInternet() == (side == schema.WAN)
	case m.Kind == Host && side == schema.LAN:
		return len(m.Host.InterfacesOf(schema.LAN)) > 0
	case m.Kind == Host:
		return true
	case m.Kind == Device:
		return len(m.on(side)) > 0
	}
	return false
}
