package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// CertificatesUnit is the service that looks for certificates that end soon.
const CertificatesUnit = "pantherctl-certificates"

// certificates checks that the host can get certificates.
func (r *resolver) certificates(h *Host) {
	c := &h.Certificates
	if !c.Enable.V {
		return
	}
	if !c.Email.IsSet() {
		r.report(c.Enable.From, h.Path("certificates.email"), "the authority asks for a mail address", "write email: admin@example.org")
	}
	if !c.Token.IsSet() {
		r.report(c.Enable.From, h.Path("certificates.token"), "names are proven by Cloudflare's DNS, and no token may change it",
			"declare a secret with a token that may edit the DNS of these zones, and name it: token: NAME")
		return
	}
	r.secret(h, h.Path("certificates.token"), c.Token)
}

// below reports whether a DNS name is a domain or lies below it.
func below(name, domain string) bool { return name == domain || strings.HasSuffix(name, "."+domain) }

// CertificateFor returns which of the certificates that the host keeps is for
// a name.
func (h *Host) CertificateFor(name string) (string, bool) {
	if !h.Certificates.Enable.V {
		return "", false
	}
	_, parent, _ := strings.Cut(name, ".")
	for _, e := range h.Certificates.Domains.Entries {
		if e.Key == name || slices.ContainsFunc(e.Value.Names.Values(), func(d schema.WildDomain) bool {
			return string(d) == name || string(d) == "*."+parent
		}) {
			return e.Key, true
		}
	}
	return "", false
}

// ownCertificate reports a proxy that gets its certificates by DNS and has
// neither address nor token for that.
func (r *resolver) ownCertificate(h *Host, proxy string, enabled schema.Origin) {
	if !h.Certificates.Enable.V {
		r.report(enabled, h.Path("certificates.enable"), fmt.Sprintf("%s gets certificates by Cloudflare's DNS, and certificates does not say how", proxy),
			"set certificates: { enable: true, email: …, token: … }")
	}
}

// Watched returns what is looked at for certificates that end soon: those the
// host keeps, and the sites that its proxy serves.
func (h *Host) Watched() (kept, served []string) {
	if !h.Certificates.Enable.V {
		return nil, nil
	}
	for _, s := range h.Sites {
		served = append(served, string(s.Name))
	}
	return h.Certificates.Domains.Keys(), served
}

// certificateState is where certificates and their keys lie.
func (h *Host) certificateState() []Kept {
	var kept []Kept
	if h.Certificates.Enable.V && len(h.Certificates.Domains.Entries) > 0 {
		kept = append(kept, Kept{Path: "/var/lib/acme", Why: "certificates and the account, or every boot asks for new ones until the authority refuses"})
	}
	if h.Caddy.Enable.V {
		kept = append(kept, Kept{Path: "/var/lib/caddy", Mode: "0750", Why: "Caddy's certificates and account: the authority limits how many it gives"})
	}
	if h.Traefik.Enable.V {
		kept = append(kept, Kept{Path: TraefikState, Mode: "0700", Why: "Traefik's certificates and account: the authority limits how many it gives"})
	}
	return kept
}
