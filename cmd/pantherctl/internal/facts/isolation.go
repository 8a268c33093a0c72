package facts

// A Container is a NixOS container of the host, from outside and inside.
type Container struct {
	AutoStart, Ephemeral        bool
	PrivateNetwork              bool
	HostAddress, HostAddress6   string // the host's end, "" if there is none
	LocalAddress, LocalAddress6 string // its own
	PrivateUsers                string // "no" where the release has no such option
	Binds                       map[string]Bind
	ExtraFlags                  []string // of systemd-nspawn
	After, RestartTriggers      []string // of its unit
	Inside                      Inside
}

// A Bind is a folder of the host, at the path inside it is listed by.
type Bind struct {
	HostPath   string
	IsReadOnly bool
}

// Inside is what NixOS says of the system in a container.
type Inside struct {
	Ports
	Assertions   []string // that failed
	EnableIPv6   bool
	Firewall     bool
	StateVersion string
}
