package policy

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// AutheliaPort is where Authelia listens, its default.
const AutheliaPort = 9091

// AutheliaState is the state of the instance called main.
const AutheliaState = "/var/lib/authelia-main"

// AutheliaSecret is a secret of Authelia.
type AutheliaSecret struct {
	Key      string // of the setting that names it
	Name     schema.Value[schema.Name]
	Variable string // by which Authelia is told the file, "" for the file of users
}

// AutheliaSecrets returns the secrets of Authelia (authelia.com, Configuration,
// Methods, Secrets).
func (h *Host) AutheliaSecrets() []AutheliaSecret {
	a := h.Authelia
	return []AutheliaSecret{
		{"jwt_secret", a.JWTSecret, "AUTHELIA_IDENTITY_VALIDATION_RESET_PASSWORD_JWT_SECRET_FILE"},
		{"session_secret", a.SessionSecret, "AUTHELIA_SESSION_SECRET_FILE"},
		{"storage_key", a.StorageKey, "AUTHELIA_STORAGE_ENCRYPTION_KEY_FILE"},
		{"users", a.Users, ""},
	}
}

// authelia checks that Authelia has all it needs, and that its page is served.
func (r *resolver) authelia(h *Host) {
	a := &h.Authelia
	if !a.Enable.V {
		return
	}
	used := map[schema.Name]string{}
	for _, s := range h.AutheliaSecrets() {
		path := h.Path("authelia." + s.Key)
		if !s.Name.IsSet() {
			r.report(a.Enable.From, path, "Authelia does not start without this secret", "declare one, and name it here")
			continue
		}
		r.secret(h, path, s.Name)
		if other, ok := used[s.Name.V]; ok {
			r.report(s.Name.From, path, fmt.Sprintf("%q is already the %s", s.Name.V, other), "declare a secret for each")
		}
		used[s.Name.V] = s.Key
	}
	switch {
	case !a.Domain.IsSet():
		r.report(a.Enable.From, h.Path("authelia.domain"), "the domain of the guarded sites is missing", "write domain: example.org")
	case !a.Portal.IsSet():
		r.report(a.Enable.From, h.Path("authelia.portal"), "the site where people log in is missing", fmt.Sprintf("write portal: auth.%s", a.Domain.V))
	case !below(string(a.Portal.V), string(a.Domain.V)):
		r.report(a.Portal.From, h.Path("authelia.portal"), fmt.Sprintf("the page to log in at does not lie below %s, so its cookie would be refused", a.Domain.V), "")
	case len(h.Sites) > 0 && !slices.ContainsFunc(h.Sites, func(s Site) bool { return s.Name == a.Portal.V && s.Upstream.Service == "authelia" }):
		r.report(a.Portal.From, h.Path("authelia.portal"), "no site serves the page to log in at", fmt.Sprintf("add it to the proxy's sites: { %s: authelia }", a.Portal.V))
	}
}
