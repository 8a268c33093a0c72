package schema

import (
	"errors"
	"strings"
)

// Tailscale is a host's membership in the tailnet.
type Tailscale struct {
	Mode        Value[Mode]            `yaml:"mode" doc:"Who writes it: generate, report or own."`
	Enable      Value[bool]            `yaml:"enable" doc:"Join the tailnet."`
	Identity    Value[Identity]        `yaml:"identity" doc:"tag: the host is a tagged machine whose key does not expire; user: it is a person's device."`
	Tags        List[Name]             `yaml:"tags" doc:"Tags without the tag: in front. Default: the names of the host's roles, or of its level."`
	AuthKey     Value[Name]            `yaml:"auth_key,secret" doc:"The secret holding the key that joins the tailnet. Without it, tailscale up is run by hand once."`
	ExitNode    Value[bool]            `yaml:"exit_node" doc:"Offer to carry other hosts' traffic to the internet."`
	UseExitNode Value[HostName]        `yaml:"use_exit_node" doc:"Send internet traffic by this host."`
	Routes      List[CIDR]             `yaml:"routes" doc:"Networks behind this host that the tailnet may reach by it."`
	AcceptDNS   Value[bool]            `yaml:"accept_dns" doc:"Take the tailnet's name servers."`
	Relay       Value[Relay]           `yaml:"relay" doc:"How it relays between others: none; peer-relay on relay_port, which needs a client of July 2025 or newer; derp, a server of the fleet's own, since NixOS 25.05."`
	RelayPort   Value[Port]            `yaml:"relay_port" doc:"UDP port of a peer relay, open to the internet."`
	DERP        DERP                   `yaml:"derp" doc:"The DERP server."`
	Port        Value[Port]            `yaml:"port" doc:"UDP port of WireGuard."`
	Direct      Value[bool]            `yaml:"direct" doc:"Open the WireGuard port, so that peers connect without a relay."`
	SSH         Value[bool]            `yaml:"ssh" doc:"Let tailscaled answer port 22 in the tailnet. sshd's users and limits do not hold there; the policy of the tailnet says who comes in."`
	Serve       Map[ServePort, Served] `yaml:"serve" doc:"What tailscaled answers for itself, by TCP port: HTTPS under the host's name in the tailnet, to whom access rules grant the port."`
}

// Identity is what a host is in the tailnet.
type Identity string

func (*Identity) words() []string { return []string{"tag", "user"} }

// HostName is one label of a DNS name (RFC 1123), in lower case.
type HostName string

const hostWhat = "a host name (at most 63 lower-case letters, digits and dashes)"

func (*HostName) what() string { return hostWhat }
func (h *HostName) parse(tag, text string) error {
	*h = HostName(text)
	err := pattern(tag, text, hostForm, hostWhat)
	label, _, _ := strings.Cut(strings.ToLower(text), ".")
	meant := strings.ReplaceAll(label, "_", "-")
	if p := (problem{}); errors.As(err, &p) && tag == "!!str" && !LooksSecret(text) && hostForm.MatchString(meant) {
		return problem{p.message, "write " + quote(meant)}
	}
	return err
}

func (*HostName) shape(*shapes) shape { return shape{"type": "string", "pattern": hostForm.String()} }

// Login is a person's name in a tailnet: NAME@DOMAIN, or NAME@github.
type Login string

var loginForm = newForm(`^[A-Za-z0-9._%+-]+@[A-Za-z0-9][A-Za-z0-9.-]*$`)

const loginWhat = "a login name of the tailnet, such as ann@example.org"

func (*Login) what() string { return loginWhat }
func (l *Login) parse(tag, text string) error {
	*l = Login(text)
	return pattern(tag, text, loginForm, loginWhat)
}

func (*Login) shape(*shapes) shape { return shape{"type": "string", "pattern": loginForm.String()} }
