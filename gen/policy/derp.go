package policy

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// DERPRegion is a region of the tailnet's derpMap (tailscale.com/kb/1118).
type DERPRegion struct {
	ID         int
	Code, Name string
	Nodes      []DERPNode
}

// DERPNode is one relay. Addresses that the document does not declare are
// zero, and clients look the name up.
type DERPNode struct {
	Name, HostName     string
	IPv4, IPv6         netip.Addr
	DERPPort, STUNPort int
}

// The ports of a relay, those that clients try.
const (
	derpPort = 443
	stunPort = 3478
)

// DERP reports whether a host is a relay of the fleet's own.
func (h *Host) DERP() bool { return h.Tailscale.Enable.V && h.Tailscale.Relay.V == schema.DERPRelay }

// relay checks how a host relays.
func (r *resolver) relay(h *Host) {
	t := &h.Tailscale
	if p := t.RelayPort; p.IsSet() && !p.From.Default() && t.Relay.V != schema.PeerRelay {
		r.report(p.From, h.Path("tailscale.relay_port"), "only a peer relay has this port", "write relay: peer-relay")
	}
	if t.Relay.V != schema.DERPRelay {
		if t.DERP.Domain.IsSet() {
			r.report(t.DERP.Domain.From, h.Path("tailscale.derp"), "the host is no DERP server", "write relay: derp")
		}
		return
	}
	switch path := h.Path("tailscale.derp"); {
	case h.Release.Before("25.05"):
		r.report(t.Relay.From, h.Path("tailscale.relay"), "NixOS has a DERP server since 25.05", "use peer-relay, or a newer release")
	case !t.DERP.Domain.IsSet():
		r.report(t.Relay.From, path+".domain", "clients find a DERP server by its name", "name it: derp: { domain: derp.example.org }")
	case !t.DERP.Email.IsSet():
		r.report(t.Relay.From, path+".email", "its certificate comes from Let's Encrypt, which tells nobody when it is not renewed", "add email")
	}
}

// derpMap resolves the regions of the fleet.
func (r *resolver) derpMap(f *Fleet) {
	ids := map[schema.RegionID]string{}
	for _, e := range f.DERP.Regions.Entries {
		path := "derp.regions." + e.Key
		if other, ok := ids[e.Value.ID.V]; ok {
			r.report(e.Value.ID.From, path+".id", fmt.Sprintf("%s has this number too", other), "give each region its own")
		}
		ids[e.Value.ID.V] = e.Key
		region := DERPRegion{ID: int(e.Value.ID.V), Code: e.Key, Name: e.Key}
		if e.Value.Name.IsSet() {
			region.Name = string(e.Value.Name.V)
		}
		for i, name := range e.Value.Hosts.Items {
			h, ok := f.Host(string(name.V))
			if !ok {
				continue // said when the document was read
			}
			if !h.DERP() {
				r.report(name.From, fmt.Sprintf("%s.hosts[%d]", path, i), h.Name+" is no DERP server", fmt.Sprintf("set hosts.%s.tailscale.relay: derp", h.Name))
			}
			node := DERPNode{Name: h.Name, HostName: string(h.Tailscale.DERP.Domain.V), DERPPort: derpPort, STUNPort: stunPort}
			for _, a := range h.Addresses.WAN.Values() {
				if a.Is4() {
					node.IPv4 = a.Addr
				} else {
					node.IPv6 = a.Addr
				}
			}
			region.Nodes = append(region.Nodes, node)
		}
		f.Relays = append(f.Relays, region)
	}
	if o := f.DERP.OmitDefault; o.V && len(f.Relays) == 0 {
		r.report(o.From, "derp.omit_default", "without any relay no two members behind routers find each other", "name a region of your own")
	}
	slices.SortFunc(f.Relays, func(a, b DERPRegion) int { return a.ID - b.ID })
}

// derpState is the state of a DERP server: its key and its certificate.
func (h *Host) derpState() []Kept {
	if !h.DERP() {
		return nil
	}
	return []Kept{
		{Path: "/var/lib/private/derper", Mode: "0700", Why: "the relay's key"},
		{Path: "/var/lib/acme", Why: "the relay's certificate, as few are given out a week"},
	}
}
