package tailnet

import (
	"net/netip"
	"slices"
	"strings"
)

// Network is who and what a policy is evaluated for.
type Network struct {
	Users []User
	Nodes []Node
	// Domains are the tailnet's own, in any case. Users of others are guests,
	// to whom user:*@DOMAIN and localpart:*@DOMAIN cannot refer. Nil is the
	// domains of all users.
	Domains []string
}

// User is a person of the network.
type User struct {
	// Name is the login, usually an address NAME@DOMAIN.
	Name string
	// Roles are the autogroups of the user's role, such as autogroup:admin.
	Roles []string
}

// Node is a machine. A tagged node has no user.
type Node struct {
	Name  string
	User  string // a [User.Name]; not looked at when there are tags
	Tags  []string
	Addrs []netip.Addr
	// Advertised are the routes the node offers, 0.0.0.0/0 and ::/0 if it
	// offers to be an exit node. Approved are those it may serve.
	Advertised, Approved []netip.Prefix
}

func (n Node) tagged() bool { return len(n.Tags) > 0 }

func (n Node) hasTag(name string) bool { return slices.Contains(n.Tags, name) }

// firstAddr is the address a node is spoken of by, none if it has none.
func (n Node) firstAddr() netip.Addr {
	if len(n.Addrs) == 0 {
		return netip.Addr{}
	}
	return n.Addrs[0]
}

// ownedBy reports a node that acts as that user.
func (n Node) ownedBy(login string) bool {
	return !n.tagged() && n.User != "" && strings.EqualFold(n.User, login)
}

// subnets are the routes the node serves into some network, not out: both
// advertised and approved.
func (n Node) subnets() []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(n.Approved), func(p netip.Prefix) bool {
		return p.Bits() == 0 || !slices.Contains(n.Advertised, p)
	})
}

// offersExit reports a node that advertises itself as exit node.
func (n Node) offersExit() bool {
	return slices.ContainsFunc(n.Advertised, func(p netip.Prefix) bool { return p.Bits() == 0 && p.Addr().Is4() })
}

// hasDomain reports that the domain, in any case, is the tailnet's.
func (net Network) hasDomain(domain string) bool {
	if net.Domains != nil {
		return slices.ContainsFunc(net.Domains, func(own string) bool { return strings.EqualFold(own, domain) })
	}
	return slices.ContainsFunc(net.Users, func(u User) bool {
		_, of := splitUser(u.Name)
		return of != "" && strings.EqualFold(of, domain)
	})
}

func (net Network) hasUser(login string) bool {
	return slices.ContainsFunc(net.Users, func(u User) bool { return strings.EqualFold(u.Name, login) })
}

// splitUser takes a login apart at its last @.
func splitUser(login string) (name, domain string) {
	at := strings.LastIndexByte(login, '@')
	if at < 0 {
		return login, ""
	}
	return login[:at], login[at+1:]
}
