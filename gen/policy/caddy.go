package policy

import "fmt"

// caddy checks that Caddy can have certificates for its sites.
func (r *resolver) caddy(h *Host) {
	c := &h.Caddy
	if !c.Enable.V {
		return
	}
	if h.Traefik.Enable.V {
		r.report(h.Traefik.Enable.From, h.Path("traefik.enable"), fmt.Sprintf("Caddy, enabled at %s, listens on the same ports", c.Enable.From.Pos), "enable one of them")
	}
	r.sites(h, "caddy", c.Sites)
	if c.Plugin.Enable.V {
		r.ownCertificate(h, "Caddy", c.Enable.From)
		return
	}
	for i, s := range h.Sites {
		if s.Proxy == "caddy" {
			h.Sites[i].Certificate, _ = h.CertificateFor(string(s.Name))
		}
	}
}
