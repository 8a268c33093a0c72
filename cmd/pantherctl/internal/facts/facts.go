// Package facts holds what one evaluated host really is, as
// nixmodules/facts tells it: the values NixOS arrived at after every module
// had its say, and the texts its programs will read.
package facts

// A Host is the facts of one host. Fields are named as there; pointers
// are nil where the host does not have the thing at all.
type Host struct {
	HostName     string
	Release      string // of NixOS, "25.11"
	StateVersion string
	Assertions   []string // messages of those that fail
	Warnings     []string

	SSHD     SSHD
	SSH      SSH
	Users    Users
	Sudo     Sudo
	Firewall Firewall
	Nftables Nftables
	Network  Network

	Fail2ban  Fail2ban
	AppArmor  AppArmor
	Kernel    Kernel
	Tailscale Tailscale
	Wifi      Wifi

	Boot         Boot
	RemoteUnlock *RemoteUnlock
	SecureBoot   *SecureBoot
	FileSystems  map[string]FileSystem
	Containers   map[string]Container
	Sandboxed    map[string]map[string]any // settings of confined units

	State       map[string]State // by unit, those that keep state
	Persistence map[string]Store // by the folder that outlives a boot
	Age         *Age
	Onepassword *Onepassword

	Backups map[string]Backup
	Upgrade Upgrade
	Journal Journal
	Audit   Audit
	Logs    Logs
	Metrics *Metrics

	Applications    Applications // what the host offers others
	Caddy           *Caddy
	Traefik         *Traefik
	Authelia        map[string]Authelia
	Certificates    map[string]Certificate
	SSHCertificates SSHCertificates
	Derper          map[string]any
	Lockdown        map[string]any
	Preservation    *Preservation
	Swap            Swap
	Time            Time

	Listeners map[string]Listener // by socket unit, what systemd listens on

	Notified []string         // services whose failure is told
	Timers   map[string]Timer // of generated modules
	Units    map[string]Unit  // of generated modules

	Options []Option          `facts:"optional"` // who set what; nil if nobody asked
	System  *System           // what it is built as; nil if nobody asked
	Digests map[string]string `facts:"optional"` // of what Options ask for, by concern: gen.Wants
}

// SSHD is the SSH server.
type SSHD struct {
	Enable              bool
	OpenFirewall        bool
	Ports               []int
	AuthorizedKeysFiles []string
	HostKeys            []HostKey
	Settings            map[string]any // by sshd's own name; lists of strings, bool, number or string
	Config              string         // the file sshd reads, without ports and host keys
}

// A HostKey is a file of sshd and the kind of key in it.
type HostKey struct{ Path, Type string }

// SSH is the SSH client of everybody on the host.
type SSH struct {
	Config            string
	KnownHosts        map[string]KnownHost
	OnePassword       bool
	OnePasswordOwners []string
	StartAgent        bool
}

// A KnownHost is a key that ssh accepts for some names.
type KnownHost struct {
	HostNames []string
	PublicKey string
}

// Ports are what a firewall lets in.
type Ports struct {
	AllowedTCPPorts, AllowedUDPPorts           []int
	AllowedTCPPortRanges, AllowedUDPPortRanges []Range
}

// A Range is of ports, both ends included.
type Range struct{ From, To int }

// Firewall is NixOS's own.
type Firewall struct {
	Ports                 // on every interface
	Enable                bool
	AllowPing             bool
	CheckReversePath      any // a bool, "loose" or "strict"
	FilterForward         bool
	LogRefusedConnections bool
	TrustedInterfaces     []string
	Interfaces            map[string]Ports
}

// Nftables is what the kernel's packet filter loads.
type Nftables struct {
	Enable       bool
	FlushRuleset bool
	Ruleset      string // every table that is on, then the user's own ruleset
	Tables       map[string]Table
}

// A Table of nftables.
type Table struct{ Family, Content string }

// Network is what firewall, kernel and services agree on.
type Network struct {
	EnableIPv6 bool
	NAT        NAT
}

// NAT lets internal interfaces out under the host's address.
type NAT struct {
	Enable             bool
	EnableIPv6         bool
	ExternalInterface  string // "" if none is named
	InternalInterfaces []string
}

// A Listener is a socket unit's addresses, as systemd.socket(5) writes them.
type Listener struct{ Streams, Datagrams []string }

// Fail2ban bans addresses that guess.
type Fail2ban struct {
	Enable bool
	Jails  string // the text of its jails, "" if it is off
}

// AppArmor confines programs.
type AppArmor struct {
	Enable   bool
	Policies map[string]string // texts by name
}

// Tailscale is the host's way into the tailnet.
type Tailscale struct {
	Enable             bool
	OpenFirewall       bool
	Port               int
	InterfaceName      string
	ExtraDaemonFlags   []string
	ExtraSetFlags      []string
	ExtraUpFlags       []string
	UseRoutingFeatures string
	AuthKeyFile        string // "" if there is none
}

// Wifi is iwd, and who asks it.
type Wifi struct {
	Enable   bool
	Backend  string // of NetworkManager
	Settings map[string]map[string]any
}
