package gen_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen/policy"
)

func webTraps() []trap {
	return []trap{
		{"Caddy's admin API, which asks nobody who he is, is off, and no reload needs it", func(_ *testing.T, b built) (string, bool) {
			if !b.Caddy.Enable.V {
				return "", false
			}
			lines := strings.Split(b.facts.Caddy.Config, "\n")
			return onlyIf(slices.Contains(lines, "admin off") && !b.facts.Caddy.EnableReload, "whoever is on the host sets its sites"), true
		}},
		{"every site of Caddy takes from visitors what only Authelia may say", func(_ *testing.T, b built) (string, bool) {
			got := strings.Count(b.facts.Caddy.Config, "route {\n  request_header -Remote-*\n") // new versions do so where Authelia is asked
			return onlyIf(got == len(b.Sites), "%d sites do, of %d", got, len(b.Sites)), b.Caddy.Enable.V
		}},
		{"Traefik has neither dashboard nor API", func(_ *testing.T, b built) (string, bool) {
			_, api := b.facts.Traefik.Static["api"]
			return onlyIf(!api, "it shows its routes"), b.Traefik.Enable.V
		}},
		{"proxies and Authelia get their secrets from systemd", func(_ *testing.T, b built) (string, bool) {
			plugin := b.Caddy.Enable.V && b.Caddy.Plugin.Enable.V
			for _, u := range []struct {
				name        string
				unit        webUnit
				on          bool
				credentials int
			}{
				{"caddy", b.facts.Caddy.Unit, plugin, 1},
				{"traefik", b.facts.Traefik.Unit, b.Traefik.Enable.V, 1},
				{"authelia-main", b.facts.Authelia["main"].Unit, b.Authelia.Enable.V, 4},
			} {
				if !u.on {
					continue
				}
				if len(u.unit.Credentials) != u.credentials {
					return u.name + " is given the wrong number of secrets", true
				}
				opnix := false
				for _, c := range u.unit.Credentials {
					name, file, _ := strings.Cut(c, ":")
					if name == "" || !strings.HasPrefix(file, "/run/") {
						return u.name + ": a credential is no secret of the host: " + c, true
					}
					opnix = opnix || strings.HasPrefix(file, "/run/opnix-secrets/")
				}
				if opnix && !slices.Contains(u.unit.After, "opnix-secrets.service") {
					return u.name + " starts before 1Password has brought its secret", true
				}
				for variable, file := range u.unit.Environment {
					if strings.HasSuffix(variable, "_FILE") && !slices.ContainsFunc(u.unit.Credentials, func(c string) bool {
						name, _, _ := strings.Cut(c, ":")
						return file == "/run/credentials/"+u.name+".service/"+name
					}) {
						return u.name + ": " + variable + " names no credential", true
					}
				}
			}
			return "", plugin || b.Traefik.Enable.V || b.Authelia.Enable.V
		}},
		{"a proxy may listen on low ports, and no more", func(_ *testing.T, b built) (string, bool) {
			for name, unit := range map[string]webUnit{"caddy": b.facts.Caddy.Unit, "traefik": b.facts.Traefik.Unit} {
				if unit.After == nil {
					continue
				}
				got := strings.ToUpper(strings.Join(unit.Capabilities, " "))
				if got != "CAP_NET_BIND_SERVICE" || unit.ProtectSystem != "strict" {
					return name + " may " + got + ", and writes where it likes", true
				}
			}
			return "", b.Caddy.Enable.V || b.Traefik.Enable.V
		}},
		{"certificates that the host keeps are proven by DNS", func(_ *testing.T, b built) (string, bool) {
			kept, _ := b.Watched()
			for _, name := range kept {
				c := b.facts.Certificates[name]
				if c.DNSProvider != "cloudflare" || !strings.HasPrefix(c.CredentialFiles["CF_DNS_API_TOKEN_FILE"], "/run/") {
					return name + " asks for a port to be open, or has no token", true
				}
				if b.Caddy.Enable.V && c.Group != "caddy" {
					return "Caddy cannot read " + name, true
				}
				if unit := "systemd.services.\"acme-order-renew-" + name + "\""; !strings.Contains(b.modules["certificates"], unit) {
					return "nothing waits for 1Password", true
				}
			}
			return "", len(kept) > 0
		}},
		{"every certificate is watched, and its end is told", func(_ *testing.T, b built) (string, bool) {
			kept, served := b.Watched()
			unit := b.facts.Units[policy.CertificatesUnit]
			timer := b.facts.Timers[policy.CertificatesUnit]
			for _, site := range served {
				if !slices.Contains(strings.Split(unit.Environment["SERVED"], "\n"), site) {
					return site + " is not looked at", true
				}
			}
			for _, name := range kept {
				if !strings.Contains(unit.Environment["KEPT"], "/var/lib/acme/"+name+"/") {
					return name + " is not looked at", true
				}
			}
			good := len(timer.WantedBy) > 0 && unit.Environment["WITHIN"] == "1209600" && slices.Contains(b.facts.Notified, policy.CertificatesUnit)
			return onlyIf(good, "nothing looks, or nobody is told"), len(kept)+len(served) > 0
		}},
		{"certificates and second factors survive the wiped root", func(_ *testing.T, b built) (string, bool) {
			var want []string
			for folder, on := range map[string]bool{
				"/var/lib/caddy": b.Caddy.Enable.V, "/var/lib/traefik": b.Traefik.Enable.V, "/var/lib/authelia-main": b.Authelia.Enable.V,
				"/var/lib/acme": len(b.facts.Certificates) > 0,
			} {
				if on {
					want = append(want, folder)
				}
			}
			for _, store := range b.facts.Persistence {
				for _, folder := range want {
					if !slices.Contains(store.Directories, folder) {
						return folder + " is lost at every boot", true
					}
				}
			}
			return "", b.Persistence.Enable.V && len(want) > 0
		}},
	}
}
