package policy

import (
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// A Way is how whoever deploys gets to a host.
type Way struct {
	User    string
	Address string // an IP address, IPv4 first, or a name of the tailnet
	Port    int
	Side    schema.Side
}

// DeployWay returns the way to a host of its deploy user: by the first side
// that the policy opens SSH on, of tailnet, LAN and internet. There is none
// without such a user, an SSH server, or an address.
func (f *Fleet) DeployWay(h *Host) (Way, bool) {
	i := slices.IndexFunc(h.Accounts, func(a Account) bool { return a.Deploy.V })
	if i < 0 || !h.SSH.Enable.V {
		return Way{}, false
	}
	for _, side := range []schema.Side{schema.Tailnet, schema.LAN, schema.WAN} {
		address := f.AddressOn(h, side)
		if port, ok := h.SSHPort(side); ok && address != "" {
			return Way{h.Accounts[i].Name, address, port, side}, true
		}
	}
	return Way{}, false
}

// AddressOn returns an address of a host on a side, IPv4 first, or a name of the
// tailnet, or "".
func (f *Fleet) AddressOn(h *Host, side schema.Side) string {
	if side == schema.Tailnet && !h.Tailscale.Enable.V {
		return ""
	}
	list := h.Addresses.On(side).Values()
	if i := slices.IndexFunc(list, func(a schema.Addr) bool { return a.Is4() }); i >= 0 {
		return list[i].String()
	}
	switch {
	case len(list) > 0:
		return list[0].String()
	case side == schema.Tailnet && f.Tailnet.IsSet():
		return h.Name + "." + string(f.Tailnet.V)
	}
	return ""
}

// SSHPort returns a port of sshd that the policy opens to somebody on a side:
// where only break glass does, its own.
func (h *Host) SSHPort(side schema.Side) (port int, ok bool) {
	for _, o := range h.Openings {
		switch {
		case o.Side != side:
		case o.Service == schema.Any:
			return h.SSHPorts()[0], true
		case o.Service == "ssh":
			return int(o.Ports[0].First), true
		}
	}
	return 0, false
}
