package policy

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
	"github.com/pantherctl/pantherctl/schema/suggest"
)

// Ingress is where a tunnel brings the requests for a host name. They come
// from the internet, by an outgoing connection: no opening stands for them.
type Ingress struct {
	Hostname string
	Upstream string         // as the document names it
	Service  string         // of the host, "" if the upstream is an address
	Address  netip.AddrPort // where it is
	TLS      bool           // it speaks HTTPS
	From     schema.Origin
}

// URL is where requests go, as cloudflared takes it.
func (i Ingress) URL() string {
	if i.TLS {
		return "https://" + i.Address.String()
	}
	return "http://" + i.Address.String()
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
		if i, ok := r.ingress(h, e.Key, e.Value); ok {
			h.Ingress = append(h.Ingress, i)
		}
	}
}

func (r *resolver) ingress(h *Host, hostname string, to schema.Value[schema.Upstream]) (Ingress, bool) {
	u, path := to.V, h.Path(fmt.Sprintf("cloudflared.ingress.%q", hostname))
	i := Ingress{Hostname: hostname, Upstream: u.String(), Service: string(u.Service), Address: u.Address, TLS: u.TLS, From: to.From}
	if u.Service == "" {
		if u.Address.Addr().Is6() && !h.Network.IPv6.V {
			r.report(to.From, path, fmt.Sprintf("%s is an IPv6 address, and IPv6 is off at %s", u, h.Network.IPv6.From.Pos), "name an IPv4 address, or set network.ipv6: true")
		}
		return i, true
	}
	var known []string
	for _, l := range h.Listeners() {
		if !l.HTTP.IsValid() {
			continue
		}
		if l.Service == i.Service {
			i.Address = l.HTTP
			return i, true
		}
		known = append(known, l.Service)
	}
	hint := "enable it, or write the address: http://127.0.0.1:8080"
	if near := suggest.Nearest(i.Service, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	} else if len(known) > 0 {
		hint = "it has " + strings.Join(known, ", ") + "; of another service write the address: http://127.0.0.1:8080"
	}
	r.report(to.From, path, fmt.Sprintf("host %s has no service %q that speaks HTTP", h.Name, i.Service), hint)
	return Ingress{}, false
}
