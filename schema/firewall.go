package schema

// Firewall says of the packet filter what access rules do not.
type Firewall struct {
	Mode        Value[Mode]          `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Ping        Value[bool]          `yaml:"ping" doc:"Answer ICMP echo requests."`
	PingLimit   Value[Rate]          `yaml:"ping_limit" doc:"Echo requests answered per source: 5/second."`
	LogRefused  Value[bool]          `yaml:"log_refused" doc:"Log what is refused coming in, passing through and going out, a few a minute."`
	ReversePath Value[ReversePath]   `yaml:"reverse_path" doc:"Drop packets whose sender the route back does not lead to: strict, loose, or auto (loose for clients of an exit node)."`
	Trusted     List[InterfaceName]  `yaml:"trusted_interfaces" doc:"Interfaces from which everything is let in. Opens every port to everybody behind them."`
	RateLimits  Map[Name, RateLimit] `yaml:"rate_limits" doc:"New connections per source and service."`
	Egress      Egress               `yaml:"egress" doc:"What the host itself may send."`
	Conntrack   ConnectionTracking   `yaml:"connection_tracking" doc:"Limits of connection tracking."`
}

// ReversePath is how strictly the sender of a packet is checked.
type ReversePath string

func (*ReversePath) words() []string { return []string{"auto", "strict", "loose"} }

// RateLimit bounds new connections per source address.
type RateLimit struct {
	Rate  Value[Rate]  `yaml:"rate,short" doc:"How many in which time: 10/minute."`
	Burst Value[Count] `yaml:"burst" doc:"How many at once before the rate counts. Default: twice the rate's number."`
}

// Egress filters what the host sends.
type Egress struct {
	Policy Value[EgressPolicy] `yaml:"policy" doc:"allow: everything; deny: what allow names, and what DNS, NTP, DHCP, neighbour discovery and tailscaled need."`
	Allow  List[Name]          `yaml:"allow" doc:"Services the host may use elsewhere."`
}

// EgressPolicy is what happens to packets that no rule names.
type EgressPolicy string

func (*EgressPolicy) words() []string { return []string{"allow", "deny"} }

// ConnectionTracking are limits of the kernel's connection table.
type ConnectionTracking struct {
	Max         Value[Count]    `yaml:"max" doc:"Connections tracked at most. Too few refuse everybody when the table is full."`
	Established Value[Duration] `yaml:"established_timeout" doc:"How long a silent TCP connection is remembered."`
	CloseWait   Value[Duration] `yaml:"close_wait_timeout" doc:"How long a half-closed TCP connection is remembered."`
}
