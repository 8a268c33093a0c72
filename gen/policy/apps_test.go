package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// TestApplicationProblems: what a service cannot be, where it stands.
func TestApplicationProblems(t *testing.T) {
	const (
		tailnet = "tailscale: { enable: true }\n    "
		vault   = "vaultwarden: { enable: true, domain: vault.example.org }\n    "
		tunnel  = "cloudflared: { enable: true, tunnel: 5c1a3ba7-70bd-4f9f-9f2c-0d4ad7f6a2c1, credentials: password, ingress: { a.example.org: %s } }"
	)
	tests := []struct{ name, lines, path, message string }{
		{"database", "postgresql: { enable: true, databases: { app: password } }", "", ""},
		{"no database", "postgresql: { enable: true }", "postgresql.databases", "no database"},
		{"PostgreSQL's own database", "postgresql: { enable: true, databases: { postgres: password } }", "postgresql.databases.postgres", "PostgreSQL's own"},
		{"no such secret", "postgresql: { enable: true, databases: { app: pasword } }", "postgresql.databases.app.password", `no secret called "pasword"`},
		{"outside the tailnet", "postgresql: { enable: true, tailnet: true, databases: { app: password } }", "postgresql.tailnet", "not in the tailnet"},
		{"no address in the tailnet", tailnet + "postgresql: { enable: true, tailnet: true, databases: { app: password } }", "addresses.tailnet", "none is declared"},
		{"nobody has a password", tailnet + "addresses: 100.101.1.9\n    postgresql: { enable: true, tailnet: true, databases: { app: {} } }", "postgresql.tailnet", "no role has a password"},
		{
			"another value of its sysctl",
			tailnet + "addresses: 100.101.1.9\n    kernel: { sysctl: { net.ipv4.ip_nonlocal_bind: 0 } }\n    postgresql: { enable: true, tailnet: true, databases: { app: password } }",
			`kernel.sysctl."net.ipv4.ip_nonlocal_bind"`, "needs this to be 1",
		},
		{"DNS on no interface", "adguard: { enable: true }", "adguard.listen[0]", "names no interface"},
		{"DNS on no address", "interfaces: { eth0: lan }\n    adguard: { enable: true }", "addresses.lan", "none is declared"},
		{"DNS outside the tailnet", "adguard: { enable: true, listen: tailnet }", "adguard.listen", "is not in it"},
		{"DNS for nobody", "adguard: { enable: true, listen: [] }", "adguard.listen", "answers nobody"},
		{
			"a web interface without a password",
			tailnet + "addresses: 100.101.1.9\n    adguard: { enable: true, listen: tailnet, web: tailnet }", "adguard.web", "has no password",
		},
		{"a web interface in no tailnet", "interfaces: { eth0: lan }\n    addresses: { lan: 192.168.1.10 }\n    adguard: { enable: true, web: tailnet, password: password }", "adguard.web", "there is none"},
		{"a vault", vault, "", ""},
		{"a vault without a name", "vaultwarden: { enable: true }", "vaultwarden.domain", "is not said"},
		{"a vault's secret", strings.Replace(vault, "enable: true", "enable: true, environment: env", 1), "vaultwarden.environment", `no secret called "env"`},
		{"a tunnel", vault + fmt.Sprintf(tunnel, "vaultwarden"), "", ""},
		{"a tunnel to an address", fmt.Sprintf(tunnel, "https://127.0.0.1:443"), "", ""},
		{"a tunnel to nothing", fmt.Sprintf(tunnel, "vaultwarden"), `cloudflared.ingress."a.example.org"`, `no service called "vaultwarden" answers HTTP`},
		{"a tunnel to a database", "postgresql: { enable: true, databases: { app: password } }\n    " + fmt.Sprintf(tunnel, "postgresql"), `cloudflared.ingress."a.example.org"`, `no service called "postgresql" answers HTTP`},
		{"a tunnel without IPv6", "network: { ipv6: false }\n    " + fmt.Sprintf(tunnel, `"http://[::1]:80"`), `cloudflared.ingress."a.example.org"`, "IPv6 is off"},
		{"a funnel on a port it has not", "tailscale: { enable: true, serve: { 8444: { to: http://127.0.0.1:80, funnel: true } } }", "tailscale.serve.8444.funnel", "has no port 8444"},
		{"nothing behind what is served", "tailscale: { enable: true, serve: { 443: { funnel: true } } }", "tailscale.serve.443", "nobody answers behind it"},
		{"a service that does not run is served", "tailscale: { enable: true, serve: { 443: vaultwarden } }", "tailscale.serve.443", `no service called "vaultwarden"`},
		{"tailscaled in the place of sshd", "tailscale: { enable: true, serve: { 22: http://127.0.0.1:80 } }", "tailscale.serve.22", "take port 22 in the tailnet from sshd"},
		{"a tunnel without an id", strings.Replace(fmt.Sprintf(tunnel, "http://127.0.0.1:80"), "tunnel: 5c1a3ba7-70bd-4f9f-9f2c-0d4ad7f6a2c1, ", "", 1), "cloudflared.tunnel", "has no id"},
		{"a tunnel without credentials", strings.Replace(fmt.Sprintf(tunnel, "http://127.0.0.1:80"), "credentials: password, ", "", 1), "cloudflared.credentials", "are missing"},
		{"a tunnel without ingress", "cloudflared: { enable: true, tunnel: 5c1a3ba7-70bd-4f9f-9f2c-0d4ad7f6a2c1, credentials: password }", "cloudflared.ingress", "leads nowhere"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, problems := upkeep(t, "server", test.lines)
			if test.message == "" {
				if len(problems) > 0 {
					t.Error(problems)
				}
				return
			}
			if len(problems) != 1 || problems[0].Path != "hosts.box."+test.path && problems[0].Path != "hosts.box."+test.path+"[0]" || !strings.Contains(problems[0].Message, test.message) || problems[0].Pos.Line == 0 {
				t.Errorf("problems: %v", problems)
			}
		})
	}
}

// TestDatabaseClients: PostgreSQL takes passwords from those whom access rules
// name, and from nobody else whose address is known.
func TestDatabaseClients(t *testing.T) {
	const fleet = `
users: { ann: {} }
devices:
  phone: { user: ann, addresses: 100.101.1.7 }
  tablet: { tags: [kitchen] }
access: [%s]
hosts:
  db: {system: x86_64-linux, level: server, host_keys: ` + key + `, secrets: { k: {} }, addresses: 100.101.1.1, tailscale: { enable: true }, postgresql: { enable: true, tailnet: true, databases: { app: k } }}
  web: {system: x86_64-linux, level: server, addresses: [100.101.1.2, "fd7a:115c:a1e0::2"], tailscale: { enable: true }}
`
	tests := map[string]string{
		"{ from: web, to: db, allow: postgresql }":                                           "100.101.1.2/32 fd7a:115c:a1e0::2/128",
		"{ from: ann, to: db, allow: postgresql }":                                           "100.101.1.7/32",
		"{ from: web, to: db, allow: any }":                                                  "100.101.1.2/32 fd7a:115c:a1e0::2/128",
		"{ from: web, to: db, allow: https }":                                                "",
		"{ from: tablet, to: db, allow: postgresql }":                                        "100.64.0.0/10 fd7a:115c:a1e0::/48",
		"{ from: [web, phone], to: db, allow: postgresql }":                                  "100.101.1.2/32 100.101.1.7/32 fd7a:115c:a1e0::2/128",
		"{ from: web, to: db, allow: postgresql }, { from: db, to: web, allow: postgresql }": "100.101.1.2/32 fd7a:115c:a1e0::2/128",
	}
	for access, want := range tests {
		t.Run(access, func(t *testing.T) {
			f, problems := resolve(t, fmt.Sprintf(fleet, access))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			var got []string
			for _, n := range f.Hosts[0].DatabaseClients {
				got = append(got, n.String())
			}
			if strings.Join(got, " ") != want {
				t.Errorf("got %v, want %s", got, want)
			}
		})
	}
}

// TestIngress: who follows the internet into a host finds what a tunnel leads
// to, by name and by address.
func TestIngress(t *testing.T) {
	h, problems := upkeep(
		t, "server", "tailscale: { enable: true }", "addresses: 100.101.1.9",
		"vaultwarden: { enable: true, domain: vault.example.org }",
		"adguard: { enable: true, listen: tailnet, web: tailnet, password: password }",
		"cloudflared: { enable: true, tunnel: 5c1a3ba7-70bd-4f9f-9f2c-0d4ad7f6a2c1, credentials: password, ingress: { vault.example.org: vaultwarden, dns.example.org: adguard-web, app.example.org: 'https://10.10.1.2:8443' } }",
	)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for _, i := range h.Ingress {
		got = append(got, fmt.Sprintf("%s %s %s", i.Hostname, i.Upstream.Service, i.Upstream.URL()))
	}
	want := []string{
		"vault.example.org vaultwarden http://127.0.0.1:8222",
		"dns.example.org adguard-web http://100.101.1.9:3000",
		"app.example.org  https://10.10.1.2:8443",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var uses []string
	for _, use := range (&policy.Fleet{Fleet: &schema.Fleet{}}).Outgoing(h) {
		uses = append(uses, use.Service)
	}
	if !slices.Equal(uses, []string{"https", "cloudflare-tunnel"}) {
		t.Errorf("it uses %v elsewhere", uses)
	}
}

// TestDumpsAreBackedUp: what services dump is carried off, though the document
// names other folders.
func TestDumpsAreBackedUp(t *testing.T) {
	const lines = "backup: { enable: true, repository: address, password: password, service: https, paths: %s }\n    postgresql: { enable: true, databases: { app: password } }\n    vaultwarden: { enable: true, domain: vault.example.org }"
	for paths, want := range map[string][]string{
		"/home":                {"/home", "/var/backup/postgresql", "/var/backup/vaultwarden"},
		"/var":                 {"/var"},
		"[/home, /var/backup]": {"/home", "/var/backup"},
	} {
		h, problems := upkeep(t, "server", fmt.Sprintf(lines, paths))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if diff := cmp.Diff(want, h.BackupPaths()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", paths, diff)
		}
	}
}
