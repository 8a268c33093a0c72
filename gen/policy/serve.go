package policy

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pantherctl/pantherctl/schema"
)

// Served is a port of the host in the tailnet that tailscaled answers itself,
// before the packet filter, and passes on.
type Served struct {
	Port     schema.Port
	Site     string          // the name of the host in the tailnet and the port
	Upstream schema.Upstream // its address is known, whether the document names a service or not
	Funnel   bool            // the whole internet gets there too
	From     schema.Origin
}

// funnelPorts are those that Tailscale Funnel has (tailscale.com/kb/1223).
var funnelPorts = []schema.Port{443, 8443, 10000}

// serve finds what tailscaled answers for on a host.
func (r *resolver) serve(h *Host) {
	if !h.Tailscale.Enable.V {
		return
	}
	name := h.Name
	if r.fleet.Tailnet.IsSet() {
		name += "." + string(r.fleet.Tailnet.V)
	}
	for _, e := range h.Tailscale.Serve.Entries {
		path := h.Path("tailscale.serve." + e.Key)
		number, err := strconv.ParseUint(e.Key, 10, 16)
		if err != nil {
			continue // refused when the document was read
		}
		port := schema.Port(number)
		if !e.Value.To.IsSet() {
			r.report(e.From, path, "nobody answers behind it", "name the service that does, or its address")
			continue
		}
		up, ok := r.upstream(h, path, e.Value.To)
		if !ok {
			continue
		}
		if e.Value.Funnel.V && !slices.Contains(funnelPorts, port) {
			r.report(e.Value.Funnel.From, path+".funnel", fmt.Sprintf("Tailscale Funnel has no port %d", port), "serve it on 443, 8443 or 10000")
		}
		if up.TLS && up.Service != "" {
			r.report(e.Value.To.From, path, fmt.Sprintf("%s answers for names of its own, and not for %s", up.Service, name), "name the service behind it")
		}
		if by := h.listens(port); by != "" {
			r.report(e.From, path, fmt.Sprintf("tailscaled would take port %d in the tailnet from %s", port, by), "serve it on another port")
		}
		h.Served = append(h.Served, Served{
			Port: port, Site: fmt.Sprintf("%s:%d", name, port), Upstream: up, Funnel: e.Value.Funnel.V, From: e.From,
		})
	}
}

// listens names what of the host listens on a TCP port in the tailnet, "" if
// nothing that the document knows does.
func (h *Host) listens(port schema.Port) string {
	web := port == 80 || port == 443
	switch {
	case h.SSH.Enable.V && slices.Contains(h.SSHPorts(), int(port)):
		return "sshd"
	case h.Caddy.Enable.V && web:
		return "caddy"
	case h.Traefik.Enable.V && web:
		return "traefik"
	}
	for _, o := range h.Offers() {
		if _, ok := common(o.Ports, tcp(port)); ok && slices.Contains(o.Sides, schema.Tailnet) {
			return o.Service
		}
	}
	return ""
}
