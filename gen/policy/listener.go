package policy

import (
	"net/netip"

	"github.com/pantherctl/pantherctl/schema"
)

// Listener is a service that the host itself offers, as generated.
type Listener struct {
	Service string         // as access rules, proxies and tunnels name it
	Ports   []schema.Ports // of the service
	Sides   []schema.Side  // where it listens beyond the host itself
	HTTP    netip.AddrPort // where the host itself reaches it by HTTP, if it speaks it
	Setting string         // the setting that says so, below the host
	From    schema.Origin  // of the setting
}

// Listeners returns the services that pantherctl sets up on the host, those
// that only the host itself reaches too.
func (h *Host) Listeners() []Listener {
	var list []Listener
	if p := &h.PostgreSQL; p.Enable.V && p.Mode.V == schema.Generate {
		l := Listener{Service: "postgresql", Ports: tcp(DatabasePort), Setting: "postgresql.enable", From: p.Enable.From}
		if p.Tailnet.V {
			l.Sides, l.Setting, l.From = []schema.Side{schema.Tailnet}, "postgresql.tailnet", p.Tailnet.From
		}
		list = append(list, l)
	}
	if a := &h.AdGuard; a.Enable.V && a.Mode.V == schema.Generate {
		dns := Listener{Service: "dns", Ports: []schema.Ports{{Protocol: "udp", First: 53, Last: 53}, {Protocol: "tcp", First: 53, Last: 53}}, Setting: "adguard.listen", From: a.Listen.From}
		for _, side := range a.Listen.Values() {
			dns.Sides = append(dns.Sides, schema.Side(side))
		}
		web := Listener{Service: AdGuardWeb, Ports: tcp(AdGuardPort), HTTP: h.adGuardAddress(), Setting: "adguard.web", From: a.Web.From}
		if a.Web.V != "local" {
			web.Sides = []schema.Side{schema.Tailnet}
		}
		list = append(list, dns, web)
	}
	if v := &h.Vaultwarden; v.Enable.V && v.Mode.V == schema.Generate {
		list = append(list, Listener{
			Service: "vaultwarden", Ports: tcp(VaultwardenPort), HTTP: netip.AddrPortFrom(loopback, VaultwardenPort),
			Setting: "vaultwarden.enable", From: v.Enable.From,
		})
	}
	return list
}

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// Listener returns the service of a name.
func (h *Host) Listener(service string) (Listener, bool) {
	for _, l := range h.Listeners() {
		if l.Service == service {
			return l, true
		}
	}
	return Listener{}, false
}

func tcp(port schema.Port) []schema.Ports {
	return []schema.Ports{{Protocol: "tcp", First: port, Last: port}}
}

// Meets reports whether an opening lets somebody at the listener's port.
func (l Listener) Meets(o Opening) bool {
	_, ok := common(o.Ports, l.Ports)
	return ok
}
