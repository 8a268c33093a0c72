package deploy

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// A Path is the way to a host that its policy gives whoever deploys.
type Path struct {
	Local   bool // the host is this machine, and the rest says nothing
	Host    string
	User    string
	Address string // an IP address, or a DNS name of the tailnet
	Port    int
	Side    schema.Side
	Options []string // for ssh, before all others of ours: -i FILE, -J HOST
}

// NoPathError says that the policy lets nobody in to deploy.
type NoPathError struct{ Host, Why, Way string }

func (e *NoPathError) Error() string {
	return fmt.Sprintf("nobody can deploy to %s: %s", e.Host, e.Why)
}

// Hint is a way out.
func (e *NoPathError) Hint() string { return e.Way }

// PathOf returns the way to a host: as the deploy user, or whom user names, by
// the tailnet where the host is in it, by LAN or internet otherwise, or by the
// side that is named. Sides by which the policy opens SSH come first.
func PathOf(fleet *policy.Fleet, h *policy.Host, user string, side schema.Side) (Path, error) {
	p := Path{Host: h.Name, User: user}
	if user == "" {
		i := slices.IndexFunc(h.Accounts, func(a policy.Account) bool { return a.Deploy.V })
		if i < 0 {
			return p, &NoPathError{h.Name, "it has no user with deploy: true", "declare one, or name who does: --user NAME"}
		}
		p.User = h.Accounts[i].Name
	}
	if !h.SSH.Enable.V || len(h.SSHPorts()) == 0 {
		return p, &NoPathError{h.Name, "it runs no SSH server", "deploy on the machine itself: --local"}
	}
	sides := []schema.Side{schema.Tailnet, schema.LAN, schema.WAN}
	if side != "" {
		sides = []schema.Side{side}
	}
	for _, open := range []bool{true, false} {
		for _, s := range sides {
			address := fleet.AddressOn(h, s)
			port, ok := h.SSHPort(s)
			if address == "" || open && !ok {
				continue
			}
			if !ok {
				port = h.SSHPorts()[0]
			}
			p.Side, p.Address, p.Port = s, address, port
			return p, nil
		}
	}
	return p, &NoPathError{h.Name, "the document has no address of it", "add one: hosts." + h.Name + ".addresses"}
}

func (p Path) String() string {
	if p.Local {
		return "this machine"
	}
	return p.User + "@" + net.JoinHostPort(p.Address, strconv.Itoa(p.Port))
}

// KnownHosts returns the host keys of the document as known_hosts has them,
// each under the name of its host, which [Path] asks for instead of an address.
func KnownHosts(hosts []*policy.Host) string {
	var b strings.Builder
	for _, h := range hosts {
		for _, k := range h.HostKeys {
			fmt.Fprintf(&b, "%s %s %s\n", h.Name, k.Type, k.Blob)
		}
	}
	return b.String()
}

// ssh returns the arguments of ssh up to the host's name. Every call logs in
// anew: a connection that is already there says nothing of a new one. What
// the user's own configuration says of keys, agents and jumps still counts.
func (p Path) ssh(known string, timing Timing) []string {
	return append(p.common(known, timing), "-o", "ControlMaster=no", "-o", "ControlPath=none", p.User+"@"+p.Address)
}

// common are the options of our own connections and of those nixos-rebuild
// makes, which shares one among several commands.
func (p Path) common(known string, timing Timing) []string {
	args := slices.Clone(p.Options)
	for _, option := range []string{
		"BatchMode=yes", "StrictHostKeyChecking=yes", "UserKnownHostsFile=" + known, "GlobalKnownHostsFile=/dev/null",
		"KnownHostsCommand=none", "HostKeyAlias=" + p.Host, "CheckHostIP=no", "VerifyHostKeyDNS=no", "UpdateHostKeys=no",
		fmt.Sprintf("ConnectTimeout=%d", max(1, int(timing.Connect.Seconds()))), "ServerAliveInterval=5", "ServerAliveCountMax=3",
		"ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes", "PermitLocalCommand=no", "RequestTTY=no", "LogLevel=ERROR",
	} {
		args = append(args, "-o", option)
	}
	return append(args, "-p", strconv.Itoa(p.Port))
}
