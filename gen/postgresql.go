package gen

import (
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// postgresql is the module of the database server.
func postgresql(h *policy.Host) *nix.File {
	p := h.PostgreSQL
	if !p.Enable.V {
		return nil
	}
	f := &nix.File{}
	databases, users := nix.List{}, nix.List{}
	var passwords []credential
	for _, d := range p.Databases.Entries {
		databases = append(databases, nix.Element{Value: nix.String(d.Key)})
		users = append(users, nix.Element{Value: nix.AttrSet{
			nix.Bind("name", nix.String(d.Key)),
			nix.Bind("ensureDBOwnership", nix.Bool(true)),
			nix.Bind("ensureClauses.login", nix.Bool(true)),
		}})
		if d.Value.Password.IsSet() {
			passwords = append(passwords, credential{d.Key, string(d.Value.Password.V)})
		}
	}
	server := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("ensureDatabases", databases),
		nix.Bind("ensureUsers", users),
	}
	needs(f, "lib")
	addresses := listenAddresses(h, len(passwords) > 0)
	bind(&server, nix.Path("settings"), nix.AttrSet{
		nix.Bind("listen_addresses", nix.Call("lib.mkForce", nix.String(strings.Join(addresses, ","))), listenReason(h, addresses)...),
		nix.Bind("port", nix.Int(policy.DatabasePort)),
		nix.Bind("password_encryption", nix.String("scram-sha-256"), "what the server stores does not log in anywhere"),
		nix.Bind("log_connections", nix.Bool(true), "the journal knows who logged in, and who tried"),
	})
	bind(&server, nix.Path("authentication"), nix.Call("lib.mkForce", nix.String(authentication(h))),
		"all of pg_hba.conf: NixOS's own lines would let every role in by MD5")
	body := nix.AttrSet{nix.Bind("services.postgresql", server)}
	if p.Tailnet.V {
		bind(&body, nix.Path("boot.kernel.sysctl"), nonlocalBind(h), "the server listens before tailscaled has brought the address")
	}
	if len(passwords) > 0 {
		bind(&body, nix.Path("systemd.services.pantherctl-postgresql"), passwordUnit(h, f, passwords))
	}
	if p.Dump.V {
		databaseDump(h, &body)
	}
	f.Body = body
	return f
}

// listenAddresses are where the server listens. Without a password nobody logs
// in over TCP, and it has its socket alone.
func listenAddresses(h *policy.Host, passwords bool) []string {
	if !passwords {
		return nil
	}
	addresses := []string{"127.0.0.1"}
	if h.Network.IPv6.V {
		addresses = append(addresses, "::1")
	}
	if h.PostgreSQL.Tailnet.V {
		for _, a := range h.Addresses.Tailnet.Values() {
			addresses = append(addresses, a.String())
		}
	}
	return addresses
}

func listenReason(h *policy.Host, addresses []string) []string {
	switch {
	case len(addresses) == 0:
		return []string{"no role has a password, so all come by the socket"}
	case h.PostgreSQL.Tailnet.V:
		return []string{"this host and the tailnet, which WireGuard encrypts: clients there need no TLS,", "and one that asks for it (sslmode=require) is refused"}
	}
	return []string{"nobody beyond this host"}
}

// nonlocalBind are the settings by which a program listens on an address that
// the host does not have yet (kernel Documentation/networking/ip-sysctl).
func nonlocalBind(h *policy.Host) nix.AttrSet {
	var four, six bool
	for _, a := range h.Addresses.Tailnet.Values() {
		four, six = four || a.Is4(), six || a.Is6()
	}
	set := nix.AttrSet{}
	if four {
		set = append(set, nix.Binding{Path: nix.AttrPath{"net.ipv4.ip_nonlocal_bind"}, Value: nix.Int(1)})
	}
	if six {
		set = append(set, nix.Binding{Path: nix.AttrPath{"net.ipv6.ip_nonlocal_bind"}, Value: nix.Int(1)})
	}
	return set
}

// authentication is pg_hba.conf: the first line that fits decides, and whom
// none fits is refused. A name in quotes is never a keyword.
func authentication(h *policy.Host) string {
	var text strings.Builder
	text.WriteString("local all all peer\n")
	for _, d := range h.PostgreSQL.Databases.Entries {
		if !d.Value.Password.IsSet() {
			continue
		}
		networks := []string{"127.0.0.1/32"}
		if h.Network.IPv6.V {
			networks = append(networks, "::1/128")
		}
		for _, n := range h.DatabaseClients {
			networks = append(networks, n.String())
		}
		for _, n := range networks {
			fmt.Fprintf(&text, "host %q %q %s scram-sha-256\n", d.Key, d.Key, n)
		}
	}
	return text.String()
}

// setPasswords sets the password of each role to what the file of its name
// holds. psql makes the verifier itself, so that the password comes to neither
// the server, its log nor a command line. It reads from stdin as a unit has no
// terminal.
const setPasswords = `for file in "$CREDENTIALS_DIRECTORY"/*; do
  role=${file##*/}
  password=$(<"$file")
  case "$password" in
    "" | *$'\n'*)
      echo "the password of $role is not one line of text" >&2
      exit 1
      ;;
  esac
  printf '%s\n' "$password" "$password" |
    psql --no-psqlrc --quiet --dbname=postgres --set=ON_ERROR_STOP=1 --command="\password \"$role\""
done
`

// passwordUnit sets the passwords whenever the server has started. Since 25.11
// the roles are made by a unit of their own; where there is none, its name
// orders nothing.
func passwordUnit(h *policy.Host, f *nix.File, passwords []credential) nix.AttrSet {
	after := []string{"postgresql.service", "postgresql-setup.service"}
	if fetches(h, passwords) {
		after = append(after, opnixUnit)
	}
	needs(f, "config")
	unit := nix.AttrSet{
		nix.Bind("description", nix.String("Passwords of PostgreSQL's roles")),
		nix.Bind("wantedBy", nix.Strings("multi-user.target")),
		nix.Bind("requires", nix.Strings("postgresql.service")),
		nix.Bind("after", nix.Strings(after...), "the roles are there"),
		nix.Bind("path", nix.Elements(nix.Ref{"config", "services", "postgresql", "package"})),
		nix.Bind("script", nix.String(setPasswords)),
	}
	service := nix.AttrSet{
		nix.Bind("Type", nix.String("oneshot")),
		nix.Bind("RemainAfterExit", nix.Bool(true), "once for each start of the server"),
		nix.Bind("Restart", nix.String("on-failure")),
		nix.Bind("RestartSec", nix.Int(60)),
		nix.Bind("User", nix.String("postgres"), "as whom the server lets it in by the socket"),
	}
	credentials(h, f, &unit, &service, passwords)
	service = append(service,
		nix.Bind("CapabilityBoundingSet", nix.String("")),
		nix.Bind("NoNewPrivileges", nix.Bool(true)),
		nix.Bind("PrivateDevices", nix.Bool(true)),
		nix.Bind("PrivateNetwork", nix.Bool(true)),
		nix.Bind("PrivateTmp", nix.Bool(true)),
		nix.Bind("ProtectHome", nix.Bool(true)),
		nix.Bind("ProtectSystem", nix.String("strict")),
		nix.Bind("RestrictAddressFamilies", nix.Strings("AF_UNIX")),
		nix.Bind("UMask", nix.String("0077")))
	bind(&unit, nix.Path("serviceConfig"), service)
	return unit
}

// databaseDump dumps all databases and roles. Where restic carries the dump
// off, it starts the dump itself.
func databaseDump(h *policy.Host, body *nix.AttrSet) {
	carried := h.Backup.Enable.V && h.Backup.Mode.V == schema.Generate
	dump := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("backupAll", nix.Bool(true), "roles too, which hold no password in clear"),
		nix.Bind("location", nix.String(policy.DumpFolder)),
	}
	if carried {
		dump = append(dump,
			nix.Bind("startAt", nix.List{}, "the backup starts it"),
			nix.Bind("compression", nix.String("none"), "restic compresses, and keeps only once what has not changed"))
	} else {
		dump = append(dump,
			nix.Bind("startAt", nix.String("*-*-* 01:15:00")),
			nix.Bind("compression", nix.String("zstd")))
	}
	bind(body, nix.Path("services.postgresqlBackup"), dump)
	if carried {
		beforeBackup(body, "postgresqlBackup.service")
	}
}
