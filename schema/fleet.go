// Package schema turns the YAML bytes of a fleet document into a typed Fleet,
// with an origin for every value and a position for every problem found.
package schema

import (
	"slices"
)

// A Fleet is one document: what its hosts should be like, and who may reach
// what.
type Fleet struct {
	Version  Value[Version]         `yaml:"version,required,main" doc:"The version of the levels: pins what workstation, server and high-security mean."`
	Name     Value[Name]            `yaml:"fleet,required,main" doc:"The name of the fleet."`
	NixOS    Value[Release]         `yaml:"nixos,required,main" doc:"The NixOS release of the hosts, 24.11 to 26.11."`
	Tailnet  Value[Domain]          `yaml:"tailnet,main" doc:"The DNS name of the tailnet, such as tail1234.ts.net: hosts are known by their names in it too."`
	Include  List[Text]             `yaml:"include" doc:"Further files of this document, relative to this one."`
	Users    Map[UserName, User]    `yaml:"users" doc:"People and the deploy user."`
	Services Map[Name, List[Ports]] `yaml:"services" doc:"Named services and the ports they use, beyond those pantherctl knows."`
	Networks Map[Name, List[CIDR]]  `yaml:"networks" doc:"Named networks behind subnet routers (tailscale.routes), which access rules and expectations lead to."`
	Roles    Map[Name, Role]        `yaml:"roles" doc:"Settings that hosts share. A role's name also stands for its hosts in access rules."`
	Access   List[Access]           `yaml:"access" doc:"Who may use which services on which hosts. Firewalls and all else derive from it."`
	Expect   List[Expectation]      `yaml:"expect" doc:"Who must reach whom, and who must not: held against the rest of the document on every run."`
	Deploy   Deployment             `yaml:"deploy,main" doc:"What else is written for those who deploy."`
	Devices  Map[Name, Device]      `yaml:"devices" doc:"Members of the tailnet or LAN that nobody configures here, such as a phone or a router."`
	Hosts    Map[HostName, Host]    `yaml:"hosts,required" doc:"The NixOS hosts."`
	DERP     DERPMap                `yaml:"derp,main" doc:"Relays of the fleet's own, for the policy of the tailnet."`
	Waivers  List[Waiver]           `yaml:"waivers" doc:"Findings accepted for a while, with the reason."`
}

// Version is the version of the levels that a document pins.
type Version int

func (*Version) what() string { return "the version of the levels, 1" }

func (v *Version) parse(tag, text string) error {
	n, err := whole(tag, text, v.what(), 1, 1)
	*v = Version(n)
	return err
}

func (*Version) shape(*shapes) shape { return shape{"const": 1} }

// Release is a NixOS release, "25.11".
type Release string

// Releases are the NixOS releases that pantherctl writes modules for, oldest
// first.
func Releases() []string { return []string{"24.11", "25.05", "25.11", "26.05", "26.11"} }

func (*Release) what() string { return "a NixOS release from 24.11 to 26.11" }

func (r *Release) parse(_, text string) error {
	if !slices.Contains(Releases(), text) { // 25.11 without quotes is a number to YAML; the text is what counts
		return problem{quote(text) + " is not " + r.what(), didYouMean(text, Releases())}
	}
	*r = Release(text)
	return nil
}

func (*Release) shape(*shapes) shape {
	return shape{"enum": []any{"24.11", "25.05", "25.11", "26.05", "26.11", 24.11, 25.05, 25.11, 26.05, 26.11}}
}

// Before reports whether r is older than another release.
func (r Release) Before(other Release) bool { return r < other } // YY.MM sorts as text

// Settings are what a level, a role or a host can say. A later layer overrides
// an earlier one.
type Settings struct {
	Level       Value[Level]      `yaml:"level" doc:"The security level whose defaults apply: workstation, server or high-security."`
	Login       List[UserName]    `yaml:"login" doc:"Users that have an account. Default: all."`
	Network     Network           `yaml:"network" doc:"IPv6, and containers' way out."`
	Firewall    Firewall          `yaml:"firewall" doc:"Packet filter: what is let in follows from access; this says the rest."`
	SSH         SSH               `yaml:"ssh" doc:"The SSH server."`
	SSHClient   SSHClient         `yaml:"ssh_client" doc:"What ssh on the host knows of the fleet."`
	Tailscale   Tailscale         `yaml:"tailscale" doc:"Membership in the tailnet."`
	Secrets     Map[Name, Secret] `yaml:"secrets" doc:"Secrets the host decrypts at activation, by name."`
	Kernel      Kernel            `yaml:"kernel" doc:"Kernel hardening."`
	Persistence Persistence       `yaml:"persistence" doc:"What survives a reboot on a host whose root is wiped."`
	Fail2ban    Fail2ban          `yaml:"fail2ban" doc:"Bans of addresses whose logins fail."`
	AppArmor    AppArmor          `yaml:"apparmor" doc:"Confinement of programs."`
	Integrity   Integrity         `yaml:"integrity" doc:"A regular look for changed programs."`
	Disk        Disks             `yaml:"disk" doc:"Encryption of the disks, boot loader and mount options."`
	Swap        Swap              `yaml:"swap" doc:"Swap that leaves no secrets on the disk."`
	Time        Time              `yaml:"time" doc:"Where the clock is set from."`
	Accounts    Accounts          `yaml:"accounts" doc:"Accounts, sudo and who may use Nix."`
	Backup      Backup            `yaml:"backup" doc:"Backups by restic."`
	Upgrade     Upgrade           `yaml:"upgrade" doc:"Upgrades, by itself or by hand."`
	Journal     Journal           `yaml:"journal" doc:"The system's log."`
	Wifi        Wifi              `yaml:"wifi" doc:"Wi-Fi by iwd."`
	Audit       Audit             `yaml:"audit" doc:"The kernel's audit trail."`
	Logs        Logs              `yaml:"logs" doc:"Log files beside the journal."`
	Notify      Notify            `yaml:"notify" doc:"Notifications of failures and security events."`
	Metrics     Metrics           `yaml:"metrics" doc:"Figures for Prometheus."`
	PostgreSQL  PostgreSQL        `yaml:"postgresql" doc:"Databases."`
	AdGuard     AdGuard           `yaml:"adguard" doc:"DNS by AdGuard Home."`
	Vaultwarden Vaultwarden       `yaml:"vaultwarden" doc:"The password server."`
	Cloudflared Cloudflared       `yaml:"cloudflared" doc:"A tunnel that brings requests from the internet."`
	Selfcheck   Selfcheck         `yaml:"selfcheck" doc:"The running host against what was generated."`

	Containers     Map[Name, NixosContainer] `yaml:"containers" doc:"NixOS containers by name, and what keeps each apart from the host. What runs in one is for your own module to say, in containers.NAME.config."`
	ContainersOnly Value[bool]               `yaml:"containers_only" doc:"Every service that others reach runs in a container: one that does not is a finding. SSH is exempt, as the way in."`
	Sandbox        Map[UnitName, Sandbox]    `yaml:"sandbox" doc:"Services that systemd confines, by the names of their units."`

	Certificates Certificates `yaml:"certificates" doc:"Certificates of the host's sites."`
	Caddy        Caddy        `yaml:"caddy" doc:"Sites, by the proxy Caddy."`
	Traefik      Traefik      `yaml:"traefik" doc:"Sites, by the proxy Traefik."`
	Authelia     Authelia     `yaml:"authelia" doc:"Logins in front of sites."`
	Incident     Incident     `yaml:"incident" doc:"Isolation of a host that somebody has broken into."`
}

// Level is one of the three levels of security.
type Level string

func (*Level) words() []string { return []string{"workstation", "server", "high-security"} }

// Mode says who writes a concern's configuration.
type Mode string

// The modes of a concern.
const (
	Generate Mode = "generate" // pantherctl writes it
	Report   Mode = "report"   // the user's module sets it, pantherctl checks it
	Own      Mode = "own"      // the user's module sets it, nobody checks it
)

func (*Mode) words() []string { return []string{"generate", "report", "own"} }

// Role is a named set of settings.
type Role struct {
	Settings
}

// Host is one NixOS machine.
type Host struct {
	System     Value[System]                 `yaml:"system,required" doc:"x86_64-linux or aarch64-linux."`
	Roles      List[Name]                    `yaml:"roles" doc:"The roles whose settings the host takes."`
	Interfaces Map[InterfaceName, Interface] `yaml:"interfaces" doc:"Network interfaces and the side each faces. tailscale0 need not be named."`
	Addresses  Addresses                     `yaml:"addresses" doc:"Fixed addresses by side; rules that name sources need those of the tailnet."`
	HostKeys   List[PublicKey]               `yaml:"host_keys" doc:"Public SSH host keys. An ed25519 key is needed to encrypt secrets to the host."`
	BreakGlass BreakGlass                    `yaml:"break_glass" doc:"The way in when the tailnet is down."`
	Settings
}

// System is a Nix system.
type System string

func (*System) words() []string { return []string{"x86_64-linux", "aarch64-linux"} }

// Interface is a network interface of a host.
type Interface struct {
	Side Value[Side] `yaml:"side,short" doc:"What the interface faces: lan, wan or container."`
}

// Addresses are fixed addresses of a host or device.
type Addresses struct {
	Tailnet List[Addr] `yaml:"tailnet,short" doc:"Addresses in the tailnet, 100.64.0.0/10 and fd7a:115c:a1e0::/48."`
	LAN     List[Addr] `yaml:"lan" doc:"Addresses in the LAN."`
	WAN     List[Addr] `yaml:"wan" doc:"Addresses in the internet."`
}

// On returns the addresses on a side, none on that of containers.
func (a Addresses) On(side Side) List[Addr] {
	switch side {
	case Tailnet:
		return a.Tailnet
	case LAN:
		return a.LAN
	case WAN:
		return a.WAN
	}
	return List[Addr]{}
}

// BreakGlass is how to reach a host when its usual way is closed.
type BreakGlass struct {
	Console Value[Text] `yaml:"console,short" doc:"The console: the provider's web console, a screen and keyboard, …"`
	LAN     Value[bool] `yaml:"lan" doc:"Let every LAN interface reach SSH, limited per source."`
	Port    Value[Port] `yaml:"port" doc:"A second SSH port, open on every interface but the tailnet's, limited per source."`
}

// Device is a member of the tailnet or LAN that is not configured here.
type Device struct {
	User      Value[UserName] `yaml:"user" doc:"Whose device it is, if it is a person's."`
	Tags      List[Name]      `yaml:"tags" doc:"Its tags in the tailnet, if it is not a person's."`
	Key       Value[Text]     `yaml:"key" doc:"Its node key or another mark to recognise it by."`
	Addresses Addresses       `yaml:"addresses" doc:"Its fixed addresses by side."`
}

// Access lets some use services of others.
type Access struct {
	From  List[Member] `yaml:"from,required" doc:"Roles, hosts, devices, users, everyone, or a side: lan, wan, container."`
	To    List[Member] `yaml:"to,required" doc:"Roles, hosts, everyone, networks, or internet (by an exit node)."`
	Allow List[Name]   `yaml:"allow,required" doc:"Services, or any."`
	Over  Value[Side]  `yaml:"over" doc:"The side it happens on. Default: the tailnet, or the side that from names."`
}

// Side returns where the traffic of a source of the rule comes in.
func (a *Access) Side(from Member) Side {
	switch side := Side(from); {
	case a.Over.IsSet():
		return a.Over.V
	case side == LAN, side == WAN, side == Container:
		return side
	}
	return Tailnet
}

// Waiver accepts a finding for a while.
type Waiver struct {
	Rule   Value[Text]    `yaml:"rule,required" doc:"The id of the rule, see pantherctl rules."`
	Host   Value[Member]  `yaml:"host,required" doc:"The host, or everyone."`
	Reason Value[Grounds] `yaml:"reason,required" doc:"Why the finding is accepted."`
	Until  Value[Date]    `yaml:"until,required" doc:"The last day the waiver holds."`
}

// Names with a meaning of their own in access rules and waivers; no role,
// host, user or device can have them.
const (
	Everyone = "everyone"
	Internet = "internet"
	Any      = "any"
)

// Grounds say why a finding is accepted; they cannot be blank.
type Grounds string

var groundsForm = newForm(`\S`)

func (*Grounds) what() string { return "a reason" }

func (g *Grounds) parse(tag, text string) error {
	*g = Grounds(text)
	return pattern(tag, text, groundsForm, "a reason")
}

func (*Grounds) shape(*shapes) shape { return shape{"type": "string", "pattern": groundsForm.String()} }
