package policy

// TraefikState is where Traefik keeps certificates.
const TraefikState = "/var/lib/traefik"

// traefik checks that Traefik can have certificates for its sites.
func (r *resolver) traefik(h *Host) {
	t := &h.Traefik
	if !t.Enable.V {
		return
	}
	r.ownCertificate(h, "Traefik", t.Enable.From)
	r.sites(h, "traefik", t.Sites)
}
