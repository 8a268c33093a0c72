package policy

import (
	"fmt"

	"github.com/pantherctl/pantherctl/schema"
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
		up, ok := r.upstream(h, path, e.Value)
		if !ok {
			continue
		}
		h.Ingress = append(h.Ingress, Ingress{Hostname: schema.Domain(e.Key), Upstream: up, From: e.Value.From})
	}
}
