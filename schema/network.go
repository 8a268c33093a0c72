package schema

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Port is a TCP or UDP port, 1 to 65535.
type Port uint16

const portWhat = "a port (a whole number from 1 to 65535)"

func (*Port) what() string { return portWhat }

func (p *Port) parse(tag, text string) error {
	n, err := whole(tag, text, portWhat, 1, 65535)
	*p = Port(n)
	return err
}

func (*Port) shape(*shapes) shape { return shape{"type": "integer", "minimum": 1, "maximum": 65535} }

// Ports are the ports of one protocol that a service uses: tcp/443, or a
// range, udp/60000-61000.
type Ports struct {
	Protocol    string // "tcp" or "udp"
	First, Last Port
}

var portsForm = newForm(`^(tcp|udp)/([1-9][0-9]{0,4})(-([1-9][0-9]{0,4}))?$`)

func (*Ports) what() string { return "a protocol and its ports, such as tcp/443 or udp/60000-61000" }

func (p *Ports) parse(tag, text string) error {
	m := portsForm.FindStringSubmatch(text)
	if tag != "!!str" || m == nil {
		err := problem{message: fmt.Sprintf("%s is not %s", quote(text), p.what())}
		number, protocol, _ := strings.Cut(text, "/")
		if protocol == "" {
			protocol = "tcp"
		}
		if meant := protocol + "/" + number; portsForm.MatchString(meant) {
			err.hint = "write " + meant
		}
		return err
	}
	if m[4] == "" {
		m[4] = m[2]
	}
	first, _ := strconv.Atoi(m[2]) // at most five digits
	last, _ := strconv.Atoi(m[4])
	if first > last || last > 65535 {
		return fmt.Errorf("%s is not a range of ports from 1 to 65535", quote(text))
	}
	*p = Ports{m[1], Port(first), Port(last)}
	return nil
}

func (*Ports) shape(*shapes) shape { return shape{"type": "string", "pattern": portsForm.String()} }

// String returns the ports as a document spells them.
func (p Ports) String() string {
	if p.First == p.Last {
		return fmt.Sprintf("%s/%d", p.Protocol, p.First)
	}
	return fmt.Sprintf("%s/%d-%d", p.Protocol, p.First, p.Last)
}

// Side is where traffic of a host comes from or goes to.
type Side string

// The sides of a host.
const (
	Tailnet   Side = "tailnet"
	LAN       Side = "lan"
	WAN       Side = "wan"
	Container Side = "container"
)

func (*Side) words() []string { return []string{"tailnet", "lan", "wan", "container"} }

// InterfaceName is the name of a network interface: at most 15 characters, and
// a trailing * for all names that begin so.
type InterfaceName string

// The kernel's limit is IFNAMSIZ; the characters are those systemd-networkd
// accepts and nft needs no quoting for.
var interfaceForm = newForm(`^[A-Za-z][A-Za-z0-9._-]{0,13}[A-Za-z0-9*]?$`)

const interfaceWhat = "an interface name (at most 15 letters, digits, dots and dashes)"

func (*InterfaceName) what() string { return interfaceWhat }
func (n *InterfaceName) parse(tag, text string) error {
	*n = InterfaceName(text)
	return pattern(tag, text, interfaceForm, interfaceWhat)
}

func (*InterfaceName) shape(*shapes) shape {
	return shape{"type": "string", "pattern": interfaceForm.String()}
}

// addrForm is roughly an IP address, for editors; netip has the last word.
const addrForm = `[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*`

// Addr is an IP address without a zone.
type Addr struct{ netip.Addr }

func (*Addr) what() string { return "an IP address" }

func (a *Addr) parse(tag, text string) error {
	addr, err := netip.ParseAddr(text)
	if tag != "!!str" || err != nil || addr.Zone() != "" || addr.Is4In6() {
		p := problem{message: quote(text) + " is not an IP address"}
		if net, err := netip.ParsePrefix(text); err == nil {
			p.hint = "write " + net.Addr().String()
		}
		return p
	}
	if addr.IsUnspecified() || addr.IsLoopback() || addr.IsMulticast() {
		return fmt.Errorf("%s is the address of no single host", text)
	}
	a.Addr = addr
	return nil
}

func (*Addr) shape(*shapes) shape { return shape{"type": "string", "pattern": "^(" + addrForm + ")$"} }

// CIDR is an IP network, 192.168.1.0/24.
type CIDR struct{ netip.Prefix }

func (*CIDR) what() string { return "an IP network such as 192.168.1.0/24" }

func (c *CIDR) parse(tag, text string) error {
	prefix, err := netip.ParsePrefix(text)
	switch {
	case tag != "!!str" || err != nil || prefix.Addr().Is4In6():
		return fmt.Errorf("%s is not %s", quote(text), c.what())
	case prefix != prefix.Masked():
		return problem{fmt.Sprintf("%s has address bits beyond its length", quote(text)), "write " + prefix.Masked().String()}
	}
	c.Prefix = prefix
	return nil
}

func (*CIDR) shape(*shapes) shape {
	return shape{"type": "string", "pattern": "^(" + addrForm + ")/[0-9]{1,3}$"}
}

// hostForm is one label of a host name (RFC 1123), lower case.
var hostForm = newForm(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Rate is how often something may happen: 10/minute.
type Rate struct {
	Count int
	Unit  string // second, minute, hour or day, as nft spells it
}

var rateForm = newForm(`^([1-9][0-9]{0,5})/(second|minute|hour|day)$`)

func (*Rate) what() string { return "a rate such as 10/minute" }

func (r *Rate) parse(tag, text string) error {
	m := rateForm.FindStringSubmatch(text)
	if tag != "!!str" || m == nil {
		return fmt.Errorf("%s is not %s", quote(text), r.what())
	}
	n, _ := strconv.Atoi(m[1]) // at most six digits
	*r = Rate{n, m[2]}
	return nil
}

func (*Rate) shape(*shapes) shape { return shape{"type": "string", "pattern": rateForm.String()} }

// String returns the rate as nft and a document spell it.
func (r Rate) String() string { return fmt.Sprintf("%d/%s", r.Count, r.Unit) }

// Network is what firewall, kernel and services must agree on.
type Network struct {
	Mode         Value[Mode]          `yaml:"mode" doc:"Who writes it: generate, report or own."`
	IPv6         Value[bool]          `yaml:"ipv6" doc:"Speak IPv6. Without it kernel, firewall, sshd and all else do without."`
	ContainerNAT Value[bool]          `yaml:"container_nat" doc:"Let containers out by the uplink, under the host's own IPv4 address."`
	Uplink       Value[InterfaceName] `yaml:"uplink" doc:"The interface towards the internet. Default: the only one that faces the wan or, if none does, the lan."`
}
