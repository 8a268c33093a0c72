// Package policy resolves levels, roles and hosts of a fleet into one complete
// policy per host, where every value remembers where it came from.
package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// A Fleet is a document resolved.
type Fleet struct {
	*schema.Fleet
	Hosts   []*Host // in the order of the document
	Waivers []schema.Waiver
	Relays  []DERPRegion // of the fleet's own, by number

	byName map[string]*Host
}

// A Host is the complete policy of one machine.
type Host struct {
	Name    string
	From    schema.Origin // of its entry in the document
	Release schema.Release
	System  schema.System
	Roles   []string

	*schema.Settings // every setting made, with its origin; like hosts share it

	Interfaces schema.Map[schema.InterfaceName, schema.Interface]
	Addresses  schema.Addresses
	HostKeys   []schema.PublicKey
	BreakGlass schema.BreakGlass

	Accounts     []Account      // who has an account here, by name
	Members      []string       // of ssh-users, who may log in by SSH
	Openings     []Opening      // what the firewall lets in
	Containers   []Container    // in the order of the document
	EgressPorts  []schema.Ports // what the host may use elsewhere if egress is denied
	Files        []SecretFile
	State        []Kept             // what survives a wiped root
	UnlockKeys   []schema.PublicKey // who may unlock the disk over SSH
	Sites        []Site             // names that the host's proxy answers for
	Destinations []string           // patterns of the hosts that ssh may go to; all hosts share them
	KnowsFleet   bool               // ssh is told something of the fleet's hosts; all hosts share it
	*Hardening                      // like hosts share it

	Ingress         []Ingress      // where the tunnel brings requests from the internet
	Served          []Served       // what tailscaled answers for itself
	DatabaseClients []netip.Prefix // networks of the tailnet that PostgreSQL is reached from

	operators []netip.Addr     // see Operators; like hosts share them
	like      *schema.Settings // what the kernel depends on, shared by hosts that say nothing of it
}

// Path returns the path of one of the host's settings in the document.
func (h *Host) Path(setting string) string { return "hosts." + h.Name + "." + setting }

// Host returns the host of a name.
func (f *Fleet) Host(name string) (*Host, bool) {
	h, ok := f.byName[name]
	return h, ok
}

// Resolve lays level, roles and host over each other for every host. A fleet
// with diagnostics must not be generated from.
func Resolve(f *schema.Fleet) (*Fleet, schema.Diagnostics) {
	r := &resolver{fleet: f, shared: map[string]*layers{}, hardened: map[kernelInput]*Hardening{}, reached: map[string]*reached{}}
	known, err := Levels(f.Version.V)
	if err != nil {
		return nil, schema.Diagnostics{{Message: err.Error()}}
	}
	r.levels = known
	fleet := &Fleet{Fleet: f, byName: map[string]*Host{}}
	for _, w := range f.Waivers.Items {
		fleet.Waivers = append(fleet.Waivers, w.V)
	}
	for i := range f.Hosts.Entries {
		if h := r.host(&f.Hosts.Entries[i]); h != nil {
			fleet.Hosts = append(fleet.Hosts, h)
			fleet.byName[h.Name] = h
		}
	}
	for _, h := range fleet.Hosts {
		r.network(h)
		r.ping(h)
		r.tracked(h)
		r.accounts(h)
		r.sshUsers(h)
		r.sftpOnly(h)
		r.sshCertificates(h)
		r.secrets(h)
		r.containers(h) // before openings, which lead to them
		r.sandbox(h)
		r.tailscale(fleet, h)
		r.relay(h)
		r.kernel(h)
		r.disk(h)
		r.swap(h)
		r.time(h)
		r.sshClient(fleet, h)
		r.backup(h)
		r.upgrade(h)
		r.fail2ban(h)
		r.apparmor(h)
		r.integrity(h)
		r.certificates(h)
		r.caddy(h)
		r.traefik(h)
		r.authelia(h)
		r.audit(h)
		r.logs(h)
		r.notify(h)
		r.metrics(h)
		r.postgresql(h)
		r.adguard(h)
		r.vaultwarden(h)
		r.cloudflared(h)
		r.serve(h)
		r.selfcheck(h)
		r.incident(fleet, h)
	}
	r.derpMap(fleet)
	destinations := fleet.destinations()
	knows := len(destinations)+len(fleet.KnownHosts()) > 0 || slices.ContainsFunc(fleet.Hosts, (*Host).Unlocks)
	for _, h := range fleet.Hosts {
		h.Destinations, h.KnowsFleet = destinations, knows
	}
	r.openings(fleet)
	for _, h := range fleet.Hosts {
		r.databaseClients(fleet, h)
		r.state(h) // whether bans are kept depends on what is open
	}
	return fleet, r.problems.Sorted()
}

// resolver holds what the hosts of one fleet share.
type resolver struct {
	fleet    *schema.Fleet
	levels   LevelSet
	shared   map[string]*layers // by the roles that make them, for fleets of like hosts
	hardened map[kernelInput]*Hardening
	reached  map[string]*reached // by side and names
	problems schema.Diagnostics
}

// layers are the settings below a host's own.
type layers struct {
	settings  schema.Settings // level and roles
	level     schema.Value[schema.Level]
	conflicts []schema.Conflict
}

func (r *resolver) report(from schema.Origin, path, message, hint string) {
	r.problems = append(r.problems, schema.Diagnostic{Pos: from.Pos, Path: path, Message: message, Hint: hint})
}

func (r *resolver) host(e *schema.Entry[schema.Host]) *Host {
	own := &e.Value
	h := &Host{
		Name: e.Key, From: e.From, Release: r.fleet.NixOS.V, System: own.System.V,
		Interfaces: own.Interfaces, Addresses: own.Addresses, HostKeys: own.HostKeys.Values(), BreakGlass: own.BreakGlass,
	}
	for _, role := range own.Roles.Items {
		if !slices.Contains(h.Roles, string(role.V)) {
			h.Roles = append(h.Roles, string(role.V))
		}
	}
	below := r.below(h.Roles, own.Level)
	if !below.level.IsSet() {
		r.report(e.From, "hosts."+e.Key, "the host has no level",
			"set level: workstation, server or high-security here or in one of its roles")
		return nil
	}
	for _, c := range below.conflicts {
		if !own.Sets(c.Path) {
			r.report(c.Second, h.Path(c.Path), fmt.Sprintf("two roles of the host set this differently, the other at %s", c.First.Pos),
				"set it for the host, or in one of the roles only")
		}
	}
	h.Settings, h.like = &below.settings, &below.settings
	if !own.Settings.IsZero() {
		all := below.settings
		all.Overlay(&own.Settings)
		h.Settings = &all
		if own.Settings.SetsKernel() {
			h.like = &all
		}
	}
	return h
}

// below returns level and roles laid over each other, made once for each set
// of roles.
func (r *resolver) below(roles []string, level schema.Value[schema.Level]) *layers {
	key := string(level.V) + "\n" + strings.Join(roles, "\n")
	if l, ok := r.shared[key]; ok {
		return l
	}
	l := &layers{}
	var joined schema.Settings
	for _, name := range roles {
		if role, ok := r.fleet.Roles.Get(name); ok {
			l.conflicts = append(l.conflicts, joined.Join(&role.Settings)...)
		}
	}
	l.level = joined.Level
	if level.IsSet() {
		l.level = level
	}
	if l.level.IsSet() {
		l.settings = *r.levels.Settings(string(l.level.V))
	}
	l.settings.Overlay(&joined)
	r.shared[key] = l
	return l
}
