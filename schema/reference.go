package schema

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// maxHints bounds the search for the name that was meant: among 10,000 hosts it
// takes some milliseconds.
const maxHints = 100

// checker collects what is wrong between the parts of a fleet.
type checker struct {
	*Fleet
	hosts, roles, members, users, logins names
	operators                            names // of an incident
	services, allowed, sources, targets  names
	problems                             Diagnostics
}

// names are those that a place may hold.
type names map[string]bool

func namesOf(lists ...[]string) names {
	n := names{}
	for _, name := range slices.Concat(lists...) {
		n[name] = true
	}
	return n
}

// check reports names that nothing bears and parts that contradict each other.
func (f *Fleet) check() Diagnostics {
	hosts, roles, users, devices := f.Hosts.Keys(), f.Roles.Keys(), f.Users.Keys(), f.Devices.Keys()
	services, sides := append(f.Services.Keys(), KnownServices()...), new(Side).words()
	c := &checker{
		Fleet: f, hosts: namesOf(hosts), roles: namesOf(roles), members: namesOf(hosts, roles),
		users: namesOf(users), logins: namesOf(users, []string{"root"}), operators: namesOf(hosts, roles, devices, users),
		services: namesOf(services), allowed: namesOf(services, []string{Any}),
		sources: namesOf(roles, hosts, devices, users, sides[1:], []string{Everyone}),
		targets: namesOf(roles, hosts, devices, f.Networks.Keys(), []string{Everyone, Internet}),
	}
	c.names()
	for _, u := range f.Users.Entries {
		each(join("users", u.Key)+".hosts", u.Value.Hosts, func(at string, name Value[Member]) {
			c.known(at, string(name.V), name.From, "host or role", c.members)
		})
	}
	for _, r := range f.Roles.Entries {
		c.settings(join("roles", r.Key), &r.Value.Settings)
	}
	for _, h := range f.Hosts.Entries {
		at := join("hosts", h.Key)
		each(at+".roles", h.Value.Roles, func(at string, name Value[Name]) {
			c.known(at, string(name.V), name.From, "role", c.roles)
		})
		c.settings(at, &h.Value.Settings)
		c.interfaces(at+".interfaces", h.Value.Interfaces.Entries)
	}
	for i, a := range f.Access.Items {
		c.access(fmt.Sprintf("access[%d]", i), a.V)
	}
	c.expectations()
	waived := namesOf(hosts, []string{Everyone})
	for _, e := range f.DERP.Regions.Entries {
		each(join("derp.regions", e.Key)+".hosts", e.Value.Hosts, func(at string, name Value[HostName]) {
			c.known(at, string(name.V), name.From, "host", c.hosts)
		})
	}
	for i, w := range f.Waivers.Items {
		if w.V.Host.IsSet() {
			c.known(fmt.Sprintf("waivers[%d].host", i), string(w.V.Host.V), w.V.Host.From, "host", waived)
		}
	}
	c.addresses()
	return c.problems
}

// interfaces reports those that the document has no say in, and names of which
// one means what another puts on another side.
func (c *checker) interfaces(path string, entries []Entry[Interface]) {
	for _, i := range entries {
		at := join(path, i.Key)
		if stands(i.Key, "lo") || stands(i.Key, "tailscale0") || i.Value.Side.V == Tailnet {
			c.report(i.From, at, fmt.Sprintf("%s is not an interface to the lan, wan or containers", i.Key),
				"remove it: lo and the tailnet need no word")
		}
		for _, other := range entries {
			if side := other.Value.Side.V; i.Key != other.Key && i.Value.Side.V != side && stands(i.Key, strings.TrimSuffix(other.Key, "*")) {
				c.report(i.From, at, fmt.Sprintf("%s means %s too, which faces the %s (%s)", i.Key, other.Key, side, other.From.Pos),
					"write names that mean the interfaces of one side alone")
			}
		}
	}
}

// stands reports whether a name of interfaces, perhaps with a * at its end,
// means an interface.
func stands(name, interfaceName string) bool {
	prefix, pattern := strings.CutSuffix(name, "*")
	return name == interfaceName || pattern && strings.HasPrefix(interfaceName, prefix)
}

func (c *checker) report(from Origin, path, message, hint string) {
	c.problems = append(c.problems, Diagnostic{from.Pos, path, message, hint})
}

// known reports a name that is none of the known ones.
func (c *checker) known(path, name string, from Origin, what string, known names) {
	if known[name] {
		return
	}
	hint := ""
	if len(c.problems) < maxHints {
		hint = didYouMean(name, slices.Sorted(maps.Keys(known)))
	}
	c.report(from, path, fmt.Sprintf("no %s is called %s", what, quote(name)), hint)
}

// names reports names that stand for two things.
func (c *checker) names() {
	taken := map[string]string{Everyone: "a word of access rules", Internet: "a word of access rules", Any: "a word of access rules"}
	for _, side := range new(Side).words() {
		taken[side] = "a side of a host"
	}
	claim := func(section, what, name string, from Origin) {
		if other, ok := taken[name]; ok {
			c.report(from, join(section, name), fmt.Sprintf("%s is already %s", quote(name), other), "give one of them another name")
			return
		}
		taken[name] = what
	}
	for _, e := range c.Roles.Entries {
		claim("roles", "a role", e.Key, e.From)
	}
	for _, e := range c.Hosts.Entries {
		claim("hosts", "a host", e.Key, e.From)
	}
	for _, e := range c.Devices.Entries {
		claim("devices", "a device", e.Key, e.From)
		if d := e.Value; d.User.IsSet() && d.Tags.IsSet() {
			c.report(d.Tags.From, join("devices", e.Key)+".tags", "a device is a person's or it has tags, not both", "")
		}
		if e.Value.User.IsSet() {
			c.known(join("devices", e.Key)+".user", string(e.Value.User.V), e.Value.User.From, "user", c.users)
		}
	}
	for _, e := range c.Networks.Entries {
		claim("networks", "a network", e.Key, e.From)
		if e.Value.isEmpty() {
			c.report(e.From, join("networks", e.Key), "the network is empty", "name its addresses, such as 192.168.1.0/24, or remove it")
		}
	}
	logins := map[string]Origin{} // the tailnet knows them in any case
	for _, e := range c.Users.Entries {
		claim("users", "a user", e.Key, e.From)
		if l := e.Value.Login; l.IsSet() {
			person := strings.ToLower(string(l.V))
			if first, ok := logins[person]; ok {
				c.report(l.From, join("users", e.Key)+".tailnet_login", fmt.Sprintf("%s is another user's login too, at %s", l.V, first.Pos), "")
			}
			logins[person] = l.From
		}
		if d := e.Value.Comment; strings.Contains(string(d.V), ":") {
			c.report(d.From, join("users", e.Key)+".description", "a description cannot hold a colon, which ends it in /etc/passwd", "")
		}
		if e.Key == "root" {
			c.report(e.From, "users.root", "root is no user of a fleet", "set accounts.root_password for the console, ssh.root_login for SSH")
		}
	}
	for _, e := range c.Services.Entries {
		if e.Key == "ssh" || e.Key == Any {
			c.report(e.From, join("services", e.Key), quote(e.Key)+" has a meaning of its own", "the ports of ssh are those of each host's ssh.ports")
		}
		if e.Value.isEmpty() {
			c.report(e.From, join("services", e.Key), "the service has no port", "name one, such as tcp/8080, or remove it")
		}
	}
}

func (c *checker) settings(at string, s *Settings) {
	user := func(path string, name Value[UserName]) {
		c.known(path, string(name.V), name.From, "user", c.users)
	}
	login := func(path string, name Value[UserName]) {
		c.known(path, string(name.V), name.From, "user", c.logins)
	}
	service := func(path string, name Value[Name]) {
		c.known(path, string(name.V), name.From, "service", c.services)
	}
	each(at+".login", s.Login, user)
	if p := s.SSH.Ports; p.isEmpty() && !p.Append {
		c.report(p.From, at+".ssh.ports", "sshd listens on port 22 if nothing names a port", "write ports: 22, or enable: false to run none")
	}
	each(at+".ssh.allow_users", s.SSH.AllowUsers, login)
	each(at+".ssh.members", s.SSH.Members, user)
	for _, g := range s.SSH.SFTPOnly.Entries {
		each(join(at+".ssh.sftp_only", g.Key)+".members", g.Value.Members, user)
	}
	for _, e := range s.SSH.Certificates.Principals.Entries {
		user(join(at+".ssh.certificates.principals", e.Key), Value[UserName]{UserName(e.Key), e.From})
	}
	each(at+".firewall.egress.allow", s.Firewall.Egress.Allow, service)
	if v := s.Backup.Service; v.IsSet() && v.V != Disk {
		service(at+".backup.service", v)
	}
	for _, e := range s.Firewall.RateLimits.Entries {
		c.known(join(at+".firewall.rate_limits", e.Key), e.Key, e.From, "service", c.services)
	}
	if v := s.Tailscale.UseExitNode; v.IsSet() {
		path := at + ".tailscale.use_exit_node"
		c.known(path, string(v.V), v.From, "host", c.hosts)
		if at == join("hosts", string(v.V)) {
			c.report(v.From, path, "a host cannot be its own exit node", "")
		}
	}
	each(at+".incident.operators", s.Incident.Operators, func(path string, name Value[Member]) {
		c.known(path, string(name.V), name.From, "host, role, device or user", c.operators)
	})
	for _, e := range s.Secrets.Entries {
		if e.Value.File.IsSet() && e.Value.Reference.IsSet() {
			c.report(e.Value.Reference.From, join(at+".secrets", e.Key), "a secret is a file or a 1Password reference, not both", "")
		}
		each(join(at+".secrets", e.Key)+".read_by", e.Value.ReadBy, func(path string, key Value[PublicKey]) {
			c.recipient(path, key)
		})
	}
}

// recipient reports a key that age cannot encrypt to.
func (c *checker) recipient(path string, key Value[PublicKey]) {
	if t := key.V.Type; t != "ssh-ed25519" && t != "ssh-rsa" {
		c.report(key.From, path, "age cannot encrypt to keys of type "+t, "use an ssh-ed25519 or ssh-rsa key")
	}
}

func (c *checker) access(at string, a Access) {
	sides := new(Side).words()
	each(at+".from", a.From, func(path string, name Value[Member]) {
		c.known(path, string(name.V), name.From, "role, host, device, user or side", c.sources)
		if slices.Contains(sides, string(name.V)) && a.Over.IsSet() && string(a.Over.V) != string(name.V) {
			c.report(a.Over.From, at+".over", fmt.Sprintf("from is the side %s, over says %s", name.V, a.Over.V), "leave over out")
		}
	})
	each(at+".to", a.To, func(path string, name Value[Member]) {
		c.known(path, string(name.V), name.From, "role, host, device or network", c.targets)
	})
	each(at+".allow", a.Allow, func(path string, name Value[Name]) {
		c.known(path, string(name.V), name.From, "service", c.allowed)
	})
}

// TailnetNetworks returns the networks of every tailnet, that of IPv4 first
// (tailscale.com/kb/1015 and 1033).
func TailnetNetworks() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("fd7a:115c:a1e0::/48")}
}

// addresses reports addresses that no tailnet gives and addresses of two members.
func (c *checker) addresses() {
	holder, networks := map[netip.Addr]Origin{}, TailnetNetworks()
	member := func(at string, a Addresses) {
		once := func(path string, addr Value[Addr]) {
			if first, ok := holder[addr.V.Addr]; ok {
				c.report(addr.From, path, fmt.Sprintf("%s is another member's address too, at %s", addr.V, first.Pos), "")
			}
			holder[addr.V.Addr] = addr.From
		}
		each(at+".addresses.tailnet", a.Tailnet, func(path string, addr Value[Addr]) {
			once(path, addr)
			if !slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(addr.V.Addr) }) {
				c.report(addr.From, path, fmt.Sprintf("%s is no tailnet address", addr.V), "they lie in 100.64.0.0/10 and fd7a:115c:a1e0::/48; tailscale ip shows a host's")
			}
		})
		// LAN addresses may repeat: two sites can use the same network.
		each(at+".addresses.wan", a.WAN, once)
	}
	for _, h := range c.Hosts.Entries {
		member(join("hosts", h.Key), h.Value.Addresses)
		each(join("hosts", h.Key)+".host_keys", h.Value.HostKeys, func(path string, key Value[PublicKey]) {
			c.recipient(path, key)
		})
	}
	for _, d := range c.Devices.Entries {
		member(join("devices", d.Key), d.Value.Addresses)
	}
}

// each calls f for every value of a list with its path.
func each[T any](at string, l List[T], f func(path string, v Value[T])) {
	for i, v := range l.Items {
		f(fmt.Sprintf("%s[%d]", at, i), v)
	}
}
