package policy

import (
	"net/netip"

	"github.com/pantherctl/pantherctl/schema"
)

// Offer is a service that the host itself runs, as generated.
type Offer struct {
	Service string         // as access rules name it
	Ports   []schema.Ports // of the service
	Sides   []schema.Side  // where it listens beyond the host itself
	Setting string         // the setting that says so, below the host
	From    schema.Origin  // of the setting
}

// Offers returns the services that pantherctl sets up on the host, those that
// only the host itself reaches too.
func (h *Host) Offers() []Offer {
	var list []Offer
	if p := &h.PostgreSQL; p.Enable.V && p.Mode.V == schema.Generate {
		o := Offer{Service: "postgresql", Ports: tcp(DatabasePort), Setting: "postgresql.enable", From: p.Enable.From}
		if p.Tailnet.V {
			o.Sides, o.Setting, o.From = []schema.Side{schema.Tailnet}, "postgresql.tailnet", p.Tailnet.From
		}
		list = append(list, o)
	}
	if a := &h.AdGuard; a.Enable.V && a.Mode.V == schema.Generate {
		dns := Offer{Service: "dns", Ports: append(tcp(53), schema.Ports{Protocol: "udp", First: 53, Last: 53}), Setting: "adguard.listen", From: a.Listen.From}
		for _, side := range a.Listen.Values() {
			dns.Sides = append(dns.Sides, schema.Side(side))
		}
		web := Offer{Service: AdGuardWeb, Ports: tcp(AdGuardPort), Setting: "adguard.web", From: a.Web.From}
		if a.Web.V != "local" {
			web.Sides = []schema.Side{schema.Tailnet}
		}
		list = append(list, dns, web)
	}
	if v := &h.Vaultwarden; v.Enable.V && v.Mode.V == schema.Generate {
		list = append(list, Offer{Service: "vaultwarden", Ports: tcp(VaultwardenPort), Setting: "vaultwarden.enable", From: v.Enable.From})
	}
	return list
}

func tcp(port schema.Port) []schema.Ports {
	return []schema.Ports{{Protocol: "tcp", First: port, Last: port}}
}

// Meets reports whether an opening lets somebody at the service's port.
func (o Offer) Meets(open Opening) bool {
	_, ok := common(open.Ports, o.Ports)
	return ok
}

// offered returns where the services above that speak HTTP are, by name: what
// a tunnel can send requests to.
func (h *Host) offered() map[string]schema.Upstream {
	known := map[string]schema.Upstream{}
	if h.AdGuard.Enable.V {
		known[AdGuardWeb] = schema.Upstream{Service: AdGuardWeb, Address: h.AdGuardAddress()}
	}
	if h.Vaultwarden.Enable.V {
		known["vaultwarden"] = schema.Upstream{Service: "vaultwarden", Address: netip.AddrPortFrom(loopback, VaultwardenPort)}
	}
	return known
}

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})
