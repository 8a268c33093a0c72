package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// Opening is something the firewall of a host lets in.
type Opening struct {
	Side       schema.Side
	Interfaces []string // by which it comes in
	Service    string   // "any" for everything
	Container  string   // the host hands the ports on to, "" for its own
	Ports      []schema.Ports
	Sources    []netip.Addr // nil for everybody on the side
	Limit      *Limit       // nil for none
	For        string       // who, as the access rule names them; "" for break glass
	Also       []string     // whom further rules let in by it
	From       schema.Origin
}

// Names returns whom an opening is for; none for break glass.
func (o Opening) Names() []string {
	if o.For == "" {
		return nil
	}
	return append([]string{o.For}, o.Also...)
}

// Limit bounds new connections of one source address.
type Limit struct {
	Rate  schema.Rate
	Burst int
}

// breakGlassLimit protects a second way in that no rate limit of the document names.
var breakGlassLimit = Limit{schema.Rate{Count: 10, Unit: "minute"}, 20}

// openings derives from the access rules what every host lets in.
func (r *resolver) openings(f *Fleet) {
	for i, a := range f.Access.Items {
		rule := &accessRule{resolver: r, fleet: f, path: fmt.Sprintf("access[%d]", i), from: a.From, access: a.V}
		rule.open()
	}
	for _, h := range f.Hosts {
		r.breakGlass(h)
		r.bypassed(h)
		r.egress(h)
		for _, e := range h.Firewall.RateLimits.Entries {
			limit := e.Value
			if !limit.Rate.IsSet() {
				r.report(e.From, h.Path("firewall.rate_limits."+e.Key), "the rate is missing", "write 10/minute, or rate: 10/minute")
			}
		}
	}
}

// bypassed reports openings without a limit of ports that another opening on
// the same interface limits: whoever is refused there would come in here.
func (r *resolver) bypassed(h *Host) {
	for _, open := range h.Openings {
		for _, limited := range h.Openings {
			if limited.Limit == nil || open.Limit != nil || open.Sources != nil || open.Side != limited.Side {
				continue
			}
			if port, ok := common(open.Ports, limited.Ports); ok {
				r.report(open.From, h.Path("firewall.rate_limits."+limited.Service),
					fmt.Sprintf("%s opens %s for %s without the limit that %s has there", open.Service, port, open.For, limited.Service),
					fmt.Sprintf("limit %s too, or give the services ports of their own", open.Service))
			}
		}
	}
}

// common returns ports that two lists share.
func common(a, b []schema.Ports) (schema.Ports, bool) {
	for _, p := range a {
		for _, q := range b {
			if p.Protocol == q.Protocol && p.First <= q.Last && q.First <= p.Last {
				return schema.Ports{Protocol: p.Protocol, First: max(p.First, q.First), Last: min(p.Last, q.Last)}, true
			}
		}
	}
	return schema.Ports{}, false
}

// Ports returns the ports of a service on a host.
func (r *resolver) ports(h *Host, service string) []schema.Ports {
	if service != "ssh" {
		return r.fleet.ServicePorts(service)
	}
	var ports []schema.Ports
	for _, p := range h.SSH.Ports.Values() {
		ports = append(ports, schema.Ports{Protocol: "tcp", First: p, Last: p})
	}
	return ports
}

// limit returns the rate limit of a service on a host.
func (h *Host) limit(service string) *Limit {
	l, ok := h.Firewall.RateLimits.Get(service)
	if !ok || !l.Rate.IsSet() {
		return nil
	}
	limit := &Limit{l.Rate.V, 2 * l.Rate.V.Count}
	if l.Burst.IsSet() {
		limit.Burst = int(l.Burst.V)
	}
	return limit
}

// InterfacesOf returns the interfaces of a host that face a side.
func (h *Host) InterfacesOf(side schema.Side) []string {
	if side == schema.Tailnet {
		if !h.Tailscale.Enable.V {
			return nil
		}
		return []string{TailnetInterface}
	}
	var names []string
	for _, e := range h.Interfaces.Entries {
		if e.Value.Side.V == side {
			names = append(names, e.Key)
		}
	}
	return names
}

// accessRule is one access rule while it is resolved.
type accessRule struct {
	*resolver
	fleet  *Fleet
	path   string
	from   schema.Origin
	access schema.Access
}

// open adds what the rule opens to every host it names.
func (r *accessRule) open() {
	for _, from := range r.access.From.Items {
		side := r.access.Side(from.V)
		for i, to := range r.access.To.Items {
			targets := r.fleet.members(string(to.V))
			if len(targets) == 0 {
				continue // a device or the internet: not configured here
			}
			opened := false
			for _, h := range targets {
				interfaces := h.InterfacesOf(side)
				if len(interfaces) == 0 || h.Name == string(from.V) {
					opened = opened || h.Name == string(from.V)
					continue
				}
				opened = true
				for _, service := range r.access.Allow.Items {
					if service.V == "ssh" && !h.SSH.Enable.V {
						continue // nobody listens
					}
					r.add(h, side, interfaces, string(from.V), service)
				}
			}
			if !opened {
				r.report(to.From, fmt.Sprintf("%s.to[%d]", r.path, i), fmt.Sprintf("%s has no way in from the side %s", to.V, side), r.wayIn(side))
			}
		}
	}
}

func (r *accessRule) wayIn(side schema.Side) string {
	if side == schema.Tailnet {
		return "set tailscale.enable: true for it, or say over: lan"
	}
	return fmt.Sprintf("name an interface of this side: interfaces: { eth0: %s }", side)
}

func (r *accessRule) add(h *Host, side schema.Side, interfaces []string, from string, service schema.Value[schema.Name]) {
	o := Opening{
		Side: side, Interfaces: interfaces, Service: string(service.V), Ports: r.ports(h, string(service.V)),
		Limit: h.limit(string(service.V)), From: service.From, For: from, Container: h.containerOf(string(service.V)),
	}
	wholeSide := from == string(side) || side == schema.Tailnet && o.Service != schema.Any
	switch {
	case o.Service == schema.Any && from == string(side):
		r.report(service.From, r.path+".allow", fmt.Sprintf("any service for all of %s would open every port of %s", from, h.Name),
			"name the services, or put the interface into firewall.trusted_interfaces")
		return
	case !wholeSide:
		o.Sources = r.sources(h, side, from, service)
		if len(o.Sources) == 0 || !r.reached(h, &o, service) {
			return
		}
	}
	h.open(o)
	if o.Service != schema.Any {
		return
	}
	for _, c := range h.Containers { // whom every service is open, those of containers are
		for _, s := range c.Serves {
			o.Service, o.Container, o.Ports = s, c.Name, r.ports(h, s)
			h.open(o)
		}
	}
}

// open adds an opening; to one that the host has already it adds for whom.
func (h *Host) open(o Opening) {
	i := slices.IndexFunc(h.Openings, o.same)
	switch {
	case i < 0:
		h.Openings = append(h.Openings, o)
	case o.For != "" && !slices.Contains(h.Openings[i].Names(), o.For):
		h.Openings[i].Also = append(h.Openings[i].Also, o.For)
	}
}

// Why says in a few words what is let in, and for whom.
func (o Opening) Why() string {
	if o.For == "" {
		return o.Service + ", the way in when the tailnet is down"
	}
	return o.Service + " for " + strings.Join(o.Names(), ", ")
}

func (o Opening) same(other Opening) bool {
	return o.Side == other.Side && o.Service == other.Service && slices.Equal(o.Sources, other.Sources) &&
		slices.Equal(o.Ports, other.Ports)
}

// sources returns the declared addresses on a side of everybody that a name
// stands for, and reports those who have none.
func (r *accessRule) sources(h *Host, side schema.Side, from string, service schema.Value[schema.Name]) []netip.Addr {
	var addrs []netip.Addr
	var without, paths []string
	collect := func(section, name string, a schema.Addresses) {
		list := a.On(side)
		if len(list.Items) == 0 {
			without, paths = append(without, name), append(paths, section+"."+name+".addresses")
		}
		for _, addr := range list.Values() {
			addrs = append(addrs, addr.Addr)
		}
	}
	for _, m := range r.fleet.members(from) {
		if m.Name != h.Name {
			collect("hosts", m.Name, m.Addresses)
		}
	}
	for _, d := range r.fleet.Devices.Entries {
		if d.Key == from || from == schema.Everyone || d.Value.User.IsSet() && string(d.Value.User.V) == from {
			collect("devices", d.Key, d.Value.Addresses)
		}
	}
	if len(without) > 0 {
		what := fmt.Sprintf("%s over the %s", service.V, side)
		r.report(service.From, r.path+".allow", fmt.Sprintf("%s is let in by source address, and none is declared for %s", what, strings.Join(without, ", ")),
			fmt.Sprintf("declare it: %s.%s", paths[0], side))
	}
	if _, user := r.fleet.Users.Get(from); user && len(addrs)+len(without) == 0 {
		r.report(service.From, r.path+".from", fmt.Sprintf("%s is let in over the %s by the addresses of devices, and has none", from, side),
			fmt.Sprintf("declare one: devices: { phone: { user: %s, addresses: { %s: … } } }", from, side))
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return slices.Compact(addrs)
}

// members returns the hosts that a name stands for.
func (f *Fleet) members(name string) []*Host {
	if name == schema.Everyone {
		return f.Hosts
	}
	if h, ok := f.Host(name); ok {
		return []*Host{h}
	}
	if _, ok := f.Roles.Get(name); !ok {
		return nil
	}
	var hosts []*Host
	for _, h := range f.Hosts {
		if slices.Contains(h.Roles, name) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// breakGlass opens the second way in.
func (r *resolver) breakGlass(h *Host) {
	limit := h.limit("ssh")
	if limit == nil {
		limit = &breakGlassLimit
	}
	if b := h.BreakGlass.LAN; b.V {
		interfaces := h.InterfacesOf(schema.LAN)
		if len(interfaces) == 0 {
			r.report(b.From, h.Path("break_glass.lan"), "the host has no LAN interface", "name it: interfaces: { enp1s0: lan }")
		}
		h.open(Opening{
			Side: schema.LAN, Interfaces: interfaces, Service: "ssh", Ports: r.ports(h, "ssh"), Limit: limit, From: b.From,
		})
	}
	if b := h.BreakGlass.Port; b.IsSet() {
		for _, side := range []schema.Side{schema.LAN, schema.WAN} {
			if interfaces := h.InterfacesOf(side); len(interfaces) > 0 {
				h.open(Opening{
					Side: side, Interfaces: interfaces, Service: "ssh", Limit: limit, From: b.From,
					Ports: []schema.Ports{{Protocol: "tcp", First: b.V, Last: b.V}},
				})
			}
		}
		if len(h.InterfacesOf(schema.LAN))+len(h.InterfacesOf(schema.WAN)) == 0 {
			r.report(b.From, h.Path("break_glass.port"), "the host names no interface that the second port could open on", "name it: interfaces: { eth0: wan }")
		}
	}
}

// egress finds the ports of the services that a host may use elsewhere.
func (r *resolver) egress(h *Host) {
	for _, s := range h.Firewall.Egress.Allow.Values() {
		h.EgressPorts = append(h.EgressPorts, outgoingPorts(r.fleet, string(s))...)
	}
}

// outgoingPorts returns the ports of a service elsewhere.
func outgoingPorts(f *schema.Fleet, service string) []schema.Ports {
	if service == "ssh" {
		return []schema.Ports{{Protocol: "tcp", First: 22, Last: 22}} // other hosts' ports are not this document's to know
	}
	return f.ServicePorts(service)
}
