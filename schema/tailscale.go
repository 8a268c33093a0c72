package schema

// Tailscale is a host's membership in the tailnet.
type Tailscale struct {
	Mode        Value[Mode]         `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable      Value[bool]         `yaml:"enable" doc:"Join the tailnet."`
	Identity    Value[Identity]     `yaml:"identity" doc:"tag: the host is a tagged machine whose key does not expire; user: it is a person's device."`
	Tags        List[Name]          `yaml:"tags" doc:"Tags without the tag: in front. Default: the names of the host's roles, or of its level."`
	AuthKey     Value[Name]         `yaml:"auth_key" doc:"The secret holding the key that joins the tailnet. Without it, tailscale up is run by hand once."`
	ExitNode    Value[bool]         `yaml:"exit_node" doc:"Offer to carry other hosts' traffic to the internet."`
	UseExitNode Value[HostName]     `yaml:"use_exit_node" doc:"Send internet traffic by this host."`
	Routes      List[CIDR]          `yaml:"routes" doc:"Networks behind this host that the tailnet may reach by it."`
	AcceptDNS   Value[bool]         `yaml:"accept_dns" doc:"Take the tailnet's name servers."`
	Relay       Value[Port]         `yaml:"relay_port" doc:"Be a peer relay on this UDP port, open to the internet. Needs a client of July 2025 or newer."`
	Port        Value[Port]         `yaml:"port" doc:"UDP port of WireGuard."`
	Direct      Value[bool]         `yaml:"direct" doc:"Open the WireGuard port, so that peers connect without a relay."`
	SSH         Value[TailscaleSSH] `yaml:"ssh" doc:"Who answers port 22 in the tailnet: openssh, or tailscale (then sshd's hardening does not apply there)."`
}

// Identity is what a host is in the tailnet.
type Identity string

func (*Identity) words() []string { return []string{"tag", "user"} }

// TailscaleSSH is who answers port 22 in the tailnet.
type TailscaleSSH string

func (*TailscaleSSH) words() []string { return []string{"openssh", "tailscale"} }

// HostName is one label of a DNS name (RFC 1123), in lower case.
type HostName string

const hostWhat = "a host name (at most 63 lower-case letters, digits and dashes)"

func (*HostName) what() string { return hostWhat }
func (h *HostName) parse(tag, text string) error {
	*h = HostName(text)
	return pattern(tag, text, hostForm, hostWhat)
}

func (*HostName) shape(*shapes) shape { return shape{"type": "string", "pattern": hostForm.String()} }
