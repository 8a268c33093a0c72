package policy_test

import (
	"slices"
	"strings"
	"testing"
)

const (
	certificates = "certificates: { enable: true, email: a@example.org, token: address }"
	authelia     = "authelia: { enable: true, domain: example.org, portal: auth.example.org, users: address, jwt_secret: password, storage_key: third, session_secret: fourth }"
	portal       = "auth.example.org: authelia"
)

func caddySites(sites string) string { return "caddy: { enable: true, sites: { " + sites + " } }" }

func traefikSites(sites string) string { return "traefik: { enable: true, sites: { " + sites + " } }" }

// TestSiteProblems: sites that nothing could answer for are refused where they
// stand.
func TestSiteProblems(t *testing.T) {
	tests := []struct {
		name          string
		lines         []string
		path, message string
	}{
		{"whole", []string{certificates, traefikSites(portal + `, a.example.org: { upstream: "http://127.0.0.1:80", auth: authelia }`), authelia}, "", ""},
		{"no mail address", []string{"certificates: { enable: true, token: address }"}, "certificates.email", "asks for a mail address"},
		{"no token", []string{"certificates: { enable: true, email: a@example.org }"}, "certificates.token", "no token may change it"},
		{"no such secret", []string{strings.Replace(certificates, "address", "adress", 1)}, "certificates.token", `no secret called "adress"`},
		{"two proxies", []string{certificates, caddySites(""), traefikSites("")}, "traefik.enable", "listens on the same ports"},
		{"Caddy without certificates", []string{caddySites("")}, "certificates.enable", "Caddy gets certificates"},
		{"Traefik without certificates", []string{traefikSites("")}, "certificates.enable", "Traefik gets certificates"},
		{"an unknown service", []string{certificates, caddySites("a.example.org: gitea")}, `caddy.sites."a.example.org"`, `no service called "gitea"`},
		{"nothing behind it", []string{certificates, caddySites("a.example.org: { auth: none }")}, `caddy.sites."a.example.org"`, "no upstream"},
		{"itself", []string{certificates, caddySites("a.example.org: caddy")}, `caddy.sites."a.example.org"`, "to itself"},
		{"no Authelia", []string{certificates, caddySites(`a.example.org: { upstream: "http://127.0.0.1:80", auth: authelia }`)}, `caddy.sites."a.example.org".auth`, "does not run"},
		{"Authelia guards itself", []string{certificates, caddySites(`auth.example.org: { upstream: authelia, auth: authelia }`), authelia}, `caddy.sites."auth.example.org".auth`, "nobody could log in"},
		{"a foreign cookie", []string{certificates, caddySites(portal + `, a.example.net: { upstream: "http://127.0.0.1:80", auth: authelia }`), authelia}, `caddy.sites."a.example.net".auth`, "does not reach"},
		{"a name that only looks like it", []string{certificates, caddySites(portal + `, aexample.org: { upstream: "http://127.0.0.1:80", auth: authelia }`), authelia}, `caddy.sites."aexample.org".auth`, "does not reach"},
		{"no page to log in at", []string{certificates, caddySites(`a.example.org: "http://127.0.0.1:80"`), authelia}, "authelia.portal", "no site serves"},
		{"a portal elsewhere", []string{strings.Replace(authelia, "auth.example.org", "auth.example.net", 1)}, "authelia.portal", "does not lie below"},
		{"one secret for two", []string{strings.Replace(authelia, "third", "password", 1)}, "authelia.storage_key", "already the jwt_secret"},
		{"a secret too few", []string{strings.Replace(authelia, "users: address, ", "", 1)}, "authelia.users", "does not start without"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems := upkeep(t, "server", test.lines...)
			if test.message == "" {
				if len(problems) > 0 {
					t.Errorf("refused: %v", problems)
				}
				return
			}
			for _, p := range problems {
				if p.Path == "hosts.box."+test.path && strings.Contains(p.Message, test.message) {
					return
				}
			}
			t.Errorf("got %v, want %s: …%s…", problems, test.path, test.message)
		})
	}
}

// TestSites: the hops of a request are there to be followed.
func TestSites(t *testing.T) {
	h, problems := upkeep(t, "server", strings.Replace(certificates, " }", `, domains: { example.org: ["*.example.org"] } }`, 1),
		`caddy: { enable: true, plugin: false, sites: { `+portal+`, a.example.org: { upstream: "https://10.1.1.2:8443", auth: authelia }, a.b.example.org: "http://127.0.0.1:80" } }`, authelia)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for _, s := range h.Sites {
		got = append(got, strings.Join([]string{string(s.Name), s.Proxy, s.Auth, string(s.Upstream.Service), s.Upstream.URL(), s.Certificate}, " "))
	}
	want := []string{
		"auth.example.org caddy  authelia http://127.0.0.1:9091 example.org",
		"a.example.org caddy authelia  https://10.1.1.2:8443 example.org",
		"a.b.example.org caddy   http://127.0.0.1:80 ", // a wildcard is for one label
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestCertificatesKept: certificates are in the backup, unless the document
// says otherwise, and not twice.
func TestCertificatesKept(t *testing.T) {
	backup := func(paths string) string {
		return "backup: { enable: true, repository: address, password: password, service: https, paths: " + paths + " }"
	}
	for _, test := range []struct {
		name, certificates, paths string
		want                      []string
	}{
		{"added", certificates, "/home", []string{"/home", "/var/lib/caddy"}},
		{"there already", certificates, "/var/lib", []string{"/var/lib"}},
		{"beside a like name", certificates, "/var/lib/cad", []string{"/var/lib/cad", "/var/lib/caddy"}},
		{"unwanted", strings.Replace(certificates, " }", ", backup: false }", 1), "/home", []string{"/home"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, problems := upkeep(t, "server", test.certificates, caddySites(""), backup(test.paths))
			if got := h.BackupPaths(); !slices.Equal(got, test.want) || len(problems) > 0 {
				t.Errorf("got %v %v, want %v", got, problems, test.want)
			}
		})
	}
}
