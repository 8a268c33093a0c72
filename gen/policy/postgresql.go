package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// DatabasePort is the port of PostgreSQL, that of the known service.
const DatabasePort = 5432

// DumpFolder is where the databases are dumped to.
const DumpFolder = "/var/backup/postgresql"

// nonlocalBind lets programs listen on an address that the host has later.
const nonlocalBind = "net.ipv4.ip_nonlocal_bind"

// postgresql checks the databases of a host and who can log in to them.
func (r *resolver) postgresql(h *Host) {
	p := &h.PostgreSQL
	if !p.Enable.V {
		return
	}
	if len(p.Databases.Entries) == 0 {
		r.report(p.Enable.From, h.Path("postgresql.databases"), "the server has no database", "name one: databases: { app: {} }")
	}
	passwords := 0
	for _, d := range p.Databases.Entries {
		path := h.Path("postgresql.databases." + d.Key)
		if d.Key == "postgres" || d.Key == "template0" || d.Key == "template1" || strings.HasPrefix(d.Key, "pg_") {
			r.report(d.From, path, d.Key+" is PostgreSQL's own", "give the database another name")
		}
		if d.Value.Password.IsSet() {
			passwords++
			r.secret(h, path+".password", d.Value.Password)
		}
	}
	if !p.Tailnet.V {
		return
	}
	path := h.Path("postgresql.tailnet")
	switch {
	case !h.Tailscale.Enable.V:
		r.report(p.Tailnet.From, path, "the host is not in the tailnet", "set tailscale.enable: true, or remove tailnet")
	case len(h.Addresses.Tailnet.Items) == 0:
		r.report(p.Tailnet.From, h.Path("addresses.tailnet"), "PostgreSQL listens on the host's tailnet address, and none is declared", "declare it: addresses: 100.64.0.1")
	case passwords == 0:
		r.report(p.Tailnet.From, path, "nobody can log in over the tailnet: no role has a password", "name a secret: databases: { app: app-password }")
	}
	for _, e := range h.Kernel.Sysctl.Entries {
		if strings.ReplaceAll(e.Key, "/", ".") == nonlocalBind {
			r.report(e.From, h.Path("kernel.sysctl."+`"`+e.Key+`"`), fmt.Sprintf("PostgreSQL needs this to be 1, as it listens in the tailnet (%s)", p.Tailnet.From.Pos), "remove it")
		}
	}
}

// databaseClients finds from which networks of the tailnet the access rules
// let anybody at PostgreSQL. Where somebody has no declared address it is the
// whole tailnet, whose own rules then say who comes.
func (r *resolver) databaseClients(f *Fleet, h *Host) {
	if !h.PostgreSQL.Enable.V || !h.PostgreSQL.Tailnet.V {
		return
	}
	for _, a := range f.Access.Items {
		rule := &accessRule{resolver: r, fleet: f, access: a.V}
		if !rule.reaches(h, tcp(DatabasePort)) {
			continue
		}
		for _, from := range a.V.From.Values() {
			if rule.access.Side(from) != schema.Tailnet {
				continue
			}
			addresses, all := f.tailnetAddresses(string(from), h)
			if !all {
				h.DatabaseClients = h.tailnetNetworks()
				return
			}
			for _, a := range addresses {
				if a.Is4() || h.Network.IPv6.V {
					h.DatabaseClients = append(h.DatabaseClients, netip.PrefixFrom(a, a.BitLen()))
				}
			}
		}
	}
	slices.SortFunc(h.DatabaseClients, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	h.DatabaseClients = slices.Compact(h.DatabaseClients)
}

// reaches reports whether the rule lets somebody at ports of a host.
func (r *accessRule) reaches(h *Host, ports []schema.Ports) bool {
	to := func(m schema.Member) bool { return slices.Contains(r.fleet.members(string(m)), h) }
	allowed := func(service schema.Name) bool {
		_, ok := common(r.ports(h, string(service)), ports)
		return ok || service == schema.Any
	}
	return slices.ContainsFunc(r.access.To.Values(), to) && slices.ContainsFunc(r.access.Allow.Values(), allowed)
}

// tailnetAddresses returns the tailnet addresses of all that a name of an
// access rule stands for, but the host's own, and whether each has one.
func (f *Fleet) tailnetAddresses(name string, h *Host) (addresses []netip.Addr, all bool) {
	all = true
	add := func(a schema.Addresses) {
		all = all && len(a.Tailnet.Items) > 0
		for _, addr := range a.Tailnet.Values() {
			addresses = append(addresses, addr.Addr)
		}
	}
	named := 0
	for _, m := range f.members(name) {
		named++
		if m != h {
			add(m.Addresses)
		}
	}
	for _, d := range f.Devices.Entries {
		if d.Key == name || name == schema.Everyone || d.Value.User.IsSet() && string(d.Value.User.V) == name {
			named++
			add(d.Value.Addresses)
		}
	}
	return addresses, all && named > 0
}

// databaseState is what PostgreSQL keeps on the host.
func (h *Host) databaseState() []Kept {
	if !h.PostgreSQL.Enable.V {
		return nil
	}
	kept := []Kept{{Path: "/var/lib/postgresql", Mode: "0750", Why: "the databases"}}
	if h.PostgreSQL.Dump.V {
		kept = append(kept, Kept{Path: DumpFolder, Mode: "0700", Why: "the dumps of the databases, which the backup takes along"})
	}
	return kept
}

// dumps are the folders that services of the host dump their data to.
func (h *Host) dumps() []string {
	var folders []string
	if h.PostgreSQL.Enable.V && h.PostgreSQL.Dump.V && h.PostgreSQL.Mode.V == schema.Generate {
		folders = append(folders, DumpFolder)
	}
	if h.Vaultwarden.Enable.V && h.Vaultwarden.Dump.V && h.Vaultwarden.Mode.V == schema.Generate {
		folders = append(folders, VaultFolder)
	}
	return folders
}
