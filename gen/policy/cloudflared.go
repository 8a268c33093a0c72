package policy

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pantherctl/pantherctl/schema"
	"github.com/pantherctl/pantherctl/schema/suggest"
)

// Ingress is where a tunnel brings the requests for a host name. They come
// from the internet, by an outgoing connection: no opening stands for them.
type Ingress struct {
	Hostname schema.Domain
	Upstream schema.Upstream // its address is known, whether the document names a service or not
	From     schema.Origin
}

// cloudflared finds where the tunnel of a host leads.
func (r *resolver) cloudflared(h *Host) {
	c := &h.Cloudflared
	if !c.Enable.V {
		return
	}
	if !c.Tunnel.IsSet() {
		r.report(c.Enable.From, h.Path("cloudflared.tunnel"), "the tunnel has no id", "run cloudflared tunnel create NAME, and write the id it prints")
	}
	if c.Credentials.IsSet() {
		r.secret(h, h.Path("cloudflared.credentials"), c.Credentials)
	} else {
		r.report(c.Enable.From, h.Path("cloudflared.credentials"), "the tunnel's credentials are missing", "put the file that cloudflared tunnel create wrote into a secret, and name it: credentials: tunnel")
	}
	if len(c.Ingress.Entries) == 0 {
		r.report(c.Enable.From, h.Path("cloudflared.ingress"), "the tunnel leads nowhere", "name a service: ingress: { app.example.org: vaultwarden }")
	}
	for _, e := range c.Ingress.Entries {
		path := h.Path(fmt.Sprintf("cloudflared.ingress.%q", e.Key))
		up, ok := r.offered(h, path, e.Value)
		if !ok {
			continue
		}
		if up.Address.Addr().Is6() && !h.Network.IPv6.V {
			r.report(e.Value.From, path, fmt.Sprintf("%s is an IPv6 address, and IPv6 is off at %s", up.Address, h.Network.IPv6.From.Pos), "name an IPv4 address, or set network.ipv6: true")
		}
		h.Ingress = append(h.Ingress, Ingress{Hostname: schema.Domain(e.Key), Upstream: up, From: e.Value.From})
	}
}

// offered returns an upstream with its address, or reports that the host has
// no service of the name.
func (r *resolver) offered(h *Host, path string, u schema.Value[schema.Upstream]) (schema.Upstream, bool) {
	if u.V.Service == "" {
		return u.V, true
	}
	known := h.offered()
	up, ok := known[string(u.V.Service)]
	if !ok {
		hint := "enable it on this host, or write the address: http://127.0.0.1:PORT"
		if near := suggest.Nearest(string(u.V.Service), slices.Sorted(maps.Keys(known))); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		r.report(u.From, path, fmt.Sprintf("no service called %q answers HTTP on %s", u.V.Service, h.Name), hint)
	}
	return up, ok
}
