package gen_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen/policy"
)

func appTraps() []trap {
	return []trap{
		{"PostgreSQL listens where its access rules hold, and knows whom", func(_ *testing.T, b built) (string, bool) {
			p := b.facts.Applications.PostgreSQL
			if !b.PostgreSQL.Enable.V {
				return onlyIf(p.Port == 0, "a database that nobody asked for"), false
			}
			listen := []string{"127.0.0.1"}
			if b.Network.IPv6.V {
				listen = append(listen, "::1")
			}
			if b.PostgreSQL.Tailnet.V {
				listen = append(listen, b.Addresses.Tailnet.Items[0].V.String())
			}
			var names []string
			for _, d := range b.PostgreSQL.Databases.Entries {
				names = append(names, d.Key)
			}
			switch {
			case p.ListenAddresses != strings.Join(listen, ",") || p.Port != policy.DatabasePort:
				return "it listens on " + p.ListenAddresses, true
			case !slices.Equal(p.EnsureDatabases, names) || !slices.Equal(p.Owners, names):
				return "it has the databases " + strings.Join(p.EnsureDatabases, " "), true
			case strings.Contains(p.Authentication, "md5") || strings.Contains(p.Authentication, "trust") || strings.Contains(p.Authentication, "host all"):
				return "NixOS's own lines let others in", true
			case b.PostgreSQL.Tailnet.V && len(b.DatabaseClients) == 0:
				return "nobody in the tailnet is let in", true
			case b.PostgreSQL.Tailnet.V && b.facts.sysctls()["net.ipv4.ip_nonlocal_bind"] != "1":
				return "it starts before its address is there, and never listens on it", true
			}
			return onlyIf(p.PasswordEncryption == "scram-sha-256", "passwords are kept as MD5"), true
		}},
		{"passwords of PostgreSQL come from files, once the roles are there", func(_ *testing.T, b built) (string, bool) {
			p := b.facts.Applications.PostgreSQL.Passwords
			var load []any
			for _, d := range b.PostgreSQL.Databases.Entries {
				if d.Value.Password.IsSet() {
					load = append(load, fmt.Sprintf("%s:%s", d.Key, b.secretFile(string(d.Value.Password.V))))
				}
			}
			if !b.PostgreSQL.Enable.V || len(load) == 0 {
				return "", false
			}
			service := p.ServiceConfig
			sandboxed := service["PrivateNetwork"] == true && service["CapabilityBoundingSet"] == "" && service["ProtectSystem"] == "strict"
			switch {
			case fmt.Sprint(service["LoadCredential"]) != fmt.Sprint(load):
				return fmt.Sprintf("it is given %v", service["LoadCredential"]), true
			case !slices.Contains(p.After, "postgresql.service") || !slices.Contains(p.After, "postgresql-setup.service") || !slices.Contains(p.After, "opnix-secrets.service"):
				return "it runs before the roles, or the secret, are there", true
			case !slices.Equal(p.Requires, []string{"postgresql.service"}) || !slices.Equal(p.WantedBy, []string{"multi-user.target"}):
				return "it does not run when the server starts", true
			case service["User"] != "postgres" || service["Restart"] != "on-failure" || service["Type"] != "oneshot" || service["RemainAfterExit"] != true:
				return fmt.Sprintf("it runs as %v", service), true
			}
			return onlyIf(sandboxed && service["UMask"] == "0077", "it can do more than it needs"), true
		}},
		{"databases are dumped, and the dump is kept", func(_ *testing.T, b built) (string, bool) {
			p, dump := b.PostgreSQL, b.facts.Applications.PostgreSQL.Dump
			if !p.Enable.V || !p.Dump.V {
				return "", false
			}
			carried := b.Backup.Enable.V
			switch {
			case !dump.Enable || !dump.BackupAll || dump.Location != policy.DumpFolder:
				return fmt.Sprintf("the dump is %+v", dump), true
			case carried != slices.Contains(b.facts.Applications.BackupWants, "postgresqlBackup.service"):
				return "the backup takes along what was dumped a day before", true
			case !carried && dump.StartAt != "*-*-* 01:15:00":
				return fmt.Sprintf("it starts at %v", dump.StartAt), true
			}
			return onlyIf(!b.Persistence.Enable.V || b.persists(policy.DumpFolder) && b.persists("/var/lib/postgresql"), "a reboot forgets the databases"), true
		}},
		{"AdGuard Home is what the document says, and no more than the LAN's", func(_ *testing.T, b built) (string, bool) {
			a, open := b.facts.Applications.AdGuard, b.facts.Firewall
			if !b.AdGuard.Enable.V {
				return "", false
			}
			dns := a.Settings.DNS
			switch {
			case a.MutableSettings:
				return "whoever reaches the web interface changes it for good", true
			case a.Host != "127.0.0.1" || a.OpenFirewall:
				return "the web interface listens on " + a.Host, true
			case !slices.Equal(dns.BindHosts, []string{"192.168.1.10"}) || dns.Port != 53:
				return fmt.Sprintf("it answers on %v, where systemd-resolved or the internet may be", dns.BindHosts), true
			case len(a.Settings.Filters) == 0 || !a.Settings.Filters[0].Enabled:
				return "it blocks nothing", true
			case len(a.Settings.Users) != 1 || a.Settings.Users[0].Password != "@password@":
				return "the hash of the password lies in the store, or there is none", true
			case fmt.Sprint(a.Unit.ServiceConfig["LoadCredential"]) != "[password:"+b.secretFile(string(b.AdGuard.Password.V))+"]":
				return "the hash does not reach it", true
			case b.Persistence.Enable.V && !b.persists("/var/lib/private"):
				return "a reboot forgets what it learned", true
			}
			lan := open.Interfaces["enp1s0"]
			return onlyIf(slices.Contains(lan.AllowedUDPPorts, 53) && slices.Contains(lan.AllowedTCPPorts, 53) && len(open.AllowedUDPPorts) == 0, "others than the LAN ask it, or the LAN cannot"), true
		}},
		{"Vaultwarden has no admin page and no strangers", func(_ *testing.T, b built) (string, bool) {
			v := b.facts.Applications.Vaultwarden
			if !b.Vaultwarden.Enable.V {
				return "", false
			}
			for key := range v.Config {
				if strings.HasPrefix(key, "ADMIN_TOKEN") {
					return "the admin page's token is in the store", true
				}
			}
			unset := fmt.Sprint(v.Unit.ServiceConfig["UnsetEnvironment"])
			switch {
			case unset != "[ADMIN_TOKEN ADMIN_TOKEN_FILE DISABLE_ADMIN_TOKEN]" || v.Config["CONFIG_FILE"] != "/var/empty/config.json":
				return "a file or a secret can bring the admin page back", true
			case v.Config["SIGNUPS_ALLOWED"] != false:
				return "strangers sign up", true
			case v.Config["ROCKET_ADDRESS"] != "127.0.0.1" || v.Config["DOMAIN"] != "https://"+string(b.Vaultwarden.Domain.V) || fmt.Sprint(v.Config["ROCKET_PORT"]) != "8222":
				return fmt.Sprintf("it listens as %v", v.Config), true
			case v.Config["SHOW_PASSWORD_HINT"] != false || v.Config["INVITATIONS_ALLOWED"] != true:
				return "it shows hints, or nobody can be invited", true
			case v.EnvironmentFile != b.secretFile(string(b.Vaultwarden.Environment.V)):
				return "it reads " + v.EnvironmentFile, true
			case v.BackupDir != policy.VaultFolder || !slices.Contains(b.facts.Applications.BackupWants, "backup-vaultwarden.service"):
				return "the backup takes along an open database", true
			}
			return onlyIf(b.persists("/var/lib/vaultwarden") && b.persists("/var/lib/bitwarden_rs") && b.persists(policy.VaultFolder), "a reboot forgets the vault"), true
		}},
		{"a tunnel leads where the document says, and nowhere else", func(_ *testing.T, b built) (string, bool) {
			if !b.Cloudflared.Enable.V {
				return onlyIf(len(b.facts.Applications.Tunnels) == 0, "a tunnel that nobody asked for"), false
			}
			tunnel, ok := b.facts.Applications.Tunnels[string(b.Cloudflared.Tunnel.V)]
			if !ok || tunnel.Default != "http_status:404" || len(tunnel.Ingress) != len(b.Cloudflared.Ingress.Entries) {
				return fmt.Sprintf("the tunnel is %+v", tunnel), true
			}
			for _, i := range b.Ingress {
				want := any(i.Upstream.URL())
				if i.Upstream.TLS && i.Upstream.Service != "" { // whose certificate is not one of 127.0.0.1
					want = map[string]any{"service": want, "originRequest": map[string]any{"originServerName": string(i.Hostname)}}
				}
				if got := tunnel.Ingress[string(i.Hostname)]; !cmp.Equal(got, want) {
					return fmt.Sprintf("%s leads to %v", i.Hostname, got), true
				}
			}
			return onlyIf(tunnel.CredentialsFile == b.secretFile(string(b.Cloudflared.Credentials.V)), "it reads %s", tunnel.CredentialsFile), true
		}},
	}
}

// secretFile is where a secret is to be read on the host.
func (b built) secretFile(name string) string {
	if s, ok := b.facts.Age.Secrets[name]; ok {
		return s.Path
	}
	return "/run/opnix-secrets/" + name
}
