package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// incidentState is where a host remembers that it is isolated.
const incidentState = "/var/lib/pantherctl"

// incident finds who may come in while the host is isolated.
func (r *resolver) incident(f *Fleet, h *Host) {
	i := &h.Incident
	if !i.Enable.V {
		return
	}
	path, over := h.Path("incident.over"), i.Over.V
	counts := func(name schema.Value[schema.Member]) bool { return r.isOperator(h, name) }
	switch {
	case over != schema.Tailnet && over != schema.LAN:
		r.report(i.Over.From, path, fmt.Sprintf("operators come by the tailnet or the LAN, not by %s", over), "write over: tailnet or over: lan")
	case len(h.InterfacesOf(over)) == 0:
		r.report(i.Enable.From, path, fmt.Sprintf("the host has no interface of the side %s, by which operators come", over), noSide(over))
	case !slices.ContainsFunc(i.Operators.Items, counts):
		r.report(i.Enable.From, h.Path("incident.operators"), "nobody could reach the host while it is isolated", "name who may: operators: [ … ]")
	}
	for n, name := range i.Operators.Items {
		if !counts(name) {
			continue
		}
		who := r.reach(f, over, string(name.V))
		without := slices.DeleteFunc(slices.Clone(who.without), func(member string) bool { return member == h.Name })
		if len(without) > 0 || len(h.but(who.addrs)) == 0 {
			who := append(without, string(name.V))[0]
			r.report(name.From, h.Path(fmt.Sprintf("incident.operators[%d]", n)),
				fmt.Sprintf("an operator is known by address, and %s has none in the %s", who, over), "declare its address under addresses, or name a device that has one")
		}
	}
	var names []string
	for _, name := range i.Operators.Items {
		names = append(names, string(name.V))
	}
	h.operators = r.reach(f, over, names...).addrs
}

// isOperator reports whether a name of a host's list counts. A role's list is for
// all of its hosts: to one that it names, it means the others.
func (r *resolver) isOperator(h *Host, name schema.Value[schema.Member]) bool {
	if string(name.V) != h.Name {
		return true
	}
	own, _ := r.fleet.Hosts.Get(h.Name)
	return slices.Contains(own.Incident.Operators.Items, name)
}

// Operators are the addresses of others that come in while the host is isolated,
// in order.
func (h *Host) Operators() []netip.Addr { return h.but(h.operators) }

// but returns addresses without the host's own.
func (h *Host) but(addrs []netip.Addr) []netip.Addr {
	own := slices.Concat(h.Addresses.Tailnet.Values(), h.Addresses.LAN.Values())
	return slices.DeleteFunc(slices.Clone(addrs), func(a netip.Addr) bool {
		return slices.ContainsFunc(own, func(o schema.Addr) bool { return o.Addr == a })
	})
}

func noSide(side schema.Side) string {
	if side == schema.Tailnet {
		return "set tailscale.enable: true, or incident.over: lan"
	}
	return "name it: interfaces: { enp1s0: lan }"
}

// reached is whom names stand for: the declared addresses on a side, in order,
// and who has none.
type reached struct {
	addrs   []netip.Addr
	without []string
}

// reach looks names up once for all hosts that name them.
func (r *resolver) reach(f *Fleet, side schema.Side, names ...string) *reached {
	key := string(side) + " " + strings.Join(names, " ")
	if known := r.reached[key]; known != nil {
		return known
	}
	all := &reached{}
	for _, name := range names {
		f.addressesOn(side, name, all)
	}
	slices.SortFunc(all.addrs, netip.Addr.Compare)
	all.addrs = slices.Compact(all.addrs)
	r.reached[key] = all
	return all
}

// addressesOn adds everybody that a name stands for.
func (f *Fleet) addressesOn(side schema.Side, name string, to *reached) {
	collect := func(member string, a schema.Addresses) {
		list := a.Tailnet
		if side == schema.LAN {
			list = a.LAN
		}
		if len(list.Items) == 0 {
			to.without = append(to.without, member)
		}
		for _, addr := range list.Values() {
			to.addrs = append(to.addrs, addr.Addr)
		}
	}
	for _, h := range f.members(name) {
		collect(h.Name, h.Addresses)
	}
	for _, d := range f.Devices.Entries {
		if d.Key == name || d.Value.User.IsSet() && string(d.Value.User.V) == name {
			collect(d.Key, d.Value.Addresses)
		}
	}
}

// Rotate lists what an intruder may have read on the host, so what must be
// made anew once he is out. Names, never values.
func (h *Host) Rotate() []string {
	var list []string
	for _, e := range h.Secrets.Entries {
		where := "in 1Password: " + string(e.Value.Reference.V)
		if SecretProvider(e.Value) == Agenix {
			where = "by agenix"
		}
		list = append(list, fmt.Sprintf("the secret %s (%s)", e.Key, where))
	}
	list = append(list, "the SSH host key "+h.HostKeyPath()+", and every secret that was encrypted to it")
	if h.Tailscale.Enable.V {
		list = append(list, "the node key: remove the host from the tailnet, and let it join again")
	}
	if h.Unlocks() {
		list = append(list, "the SSH host key of the initrd, and the passphrase of the disk")
	}
	return list
}
