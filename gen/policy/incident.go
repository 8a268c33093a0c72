package policy

import (
	"fmt"
	"net/netip"
	"slices"

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
	switch {
	case over != schema.Tailnet && over != schema.LAN:
		r.report(i.Over.From, path, fmt.Sprintf("operators come by the tailnet or the LAN, not by %s", over), "write over: tailnet or over: lan")
	case len(h.InterfacesOf(over)) == 0:
		r.report(i.Enable.From, path, fmt.Sprintf("the host has no interface of the side %s, by which operators come", over), noSide(over))
	case len(i.Operators.Items) == 0:
		r.report(i.Enable.From, h.Path("incident.operators"), "nobody could reach the host while it is isolated", "name who may: operators: [ … ]")
	}
	for n, name := range i.Operators.Items {
		addrs, without := f.addressesOn(over, string(name.V), h)
		if len(without) > 0 || len(addrs) == 0 {
			who := append(without, string(name.V))[0]
			r.report(name.From, h.Path(fmt.Sprintf("incident.operators[%d]", n)),
				fmt.Sprintf("an operator is known by address, and %s has none in the %s", who, over), "declare its address under addresses, or name a device that has one")
		}
		h.Operators = append(h.Operators, addrs...)
	}
	slices.SortFunc(h.Operators, netip.Addr.Compare)
	h.Operators = slices.Compact(h.Operators)
}

func noSide(side schema.Side) string {
	if side == schema.Tailnet {
		return "set tailscale.enable: true, or incident.over: lan"
	}
	return "name it: interfaces: { enp1s0: lan }"
}

// addressesOn returns the declared addresses on a side of everybody but one
// host that a name stands for, and who has none.
func (f *Fleet) addressesOn(side schema.Side, name string, but *Host) (addrs []netip.Addr, without []string) {
	collect := func(member string, a schema.Addresses) {
		list := a.Tailnet
		if side == schema.LAN {
			list = a.LAN
		}
		if len(list.Items) == 0 {
			without = append(without, member)
		}
		for _, addr := range list.Values() {
			addrs = append(addrs, addr.Addr)
		}
	}
	for _, h := range f.members(name) {
		if h != but {
			collect(h.Name, h.Addresses)
		}
	}
	for _, d := range f.Devices.Entries {
		if d.Key == name || d.Value.User.IsSet() && string(d.Value.User.V) == name {
			collect(d.Key, d.Value.Addresses)
		}
	}
	return addrs, without
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
