package tailnet

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// PortRange is the ports First..Last, both included.
type PortRange struct {
	First, Last uint16
}

var allPorts = PortRange{0, 65535}

// String is "22", "80-443" or "*".
func (r PortRange) String() string {
	switch {
	case r == allPorts:
		return "*"
	case r.First == r.Last:
		return strconv.Itoa(int(r.First))
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

func (r PortRange) contains(port uint16) bool {
	return r.First <= port && port <= r.Last
}

// parsePortRange reads "22" or "80-443". The error is the text of the service
// for what is wrong (as tailcfg's parser of protocol and port words it).
func parsePortRange(text string) (PortRange, error) {
	if strings.Count(text, "-") > 1 {
		return PortRange{}, fmt.Errorf("port range %q: too many dashes(-)", text)
	}
	firstText, lastText, isRange := strings.Cut(text, "-")
	first, err := strconv.ParseUint(firstText, 10, 16)
	if err != nil {
		return PortRange{}, fmt.Errorf("port range %q: invalid first integer", text)
	}
	last := first
	if isRange {
		if last, err = strconv.ParseUint(lastText, 10, 16); err != nil {
			return PortRange{}, fmt.Errorf("port range %q: invalid last integer", text)
		}
	}
	if first == 0 {
		return PortRange{}, fmt.Errorf("port range %q: first port must be >0, or use '*' for wildcard", text)
	}
	if first > last {
		return PortRange{}, fmt.Errorf("port range %q: first port must be >= last port", text)
	}
	return PortRange{uint16(first), uint16(last)}, nil
}

// splitHostPorts takes "HOST:PORTS" apart: ports are "*" or a list of ports
// and ranges. An IPv6 address may stand in brackets.
func splitHostPorts(text string) (string, []PortRange, error) {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return "", nil, errors.New(`hostport must contain a colon (":")`)
	}
	name, list := text[:colon], text[colon+1:]
	if strings.Contains(name, ",") {
		return "", nil, errors.New(`host cannot contain a comma (",")`)
	}
	if rest, ok := strings.CutPrefix(name, "["); ok {
		if addr, bits, ok := strings.Cut(rest, "]"); ok {
			name = addr + bits
		}
	}
	if list == "*" {
		return name, []PortRange{allPorts}, nil
	}
	if list == "" {
		return "", nil, fmt.Errorf("invalid port list: %q", list)
	}
	var ports []PortRange
	for part := range strings.SplitSeq(list, ",") {
		r, err := parsePortRange(part)
		if err != nil {
			return "", nil, err
		}
		ports = append(ports, r)
	}
	return name, ports, nil
}

// Protocol is an IANA protocol number.
type Protocol uint8

// The protocols that matter here by name.
const (
	ICMP   Protocol = 1
	TCP    Protocol = 6
	UDP    Protocol = 17
	ICMPv6 Protocol = 58
	SCTP   Protocol = 132
)

// defaultProtocols are what a rule without a protocol allows.
var defaultProtocols = []Protocol{TCP, UDP, ICMP, ICMPv6}

// protocolNumber maps the names the service takes (tailscale's ipproto).
func protocolNumber(name string) (Protocol, bool) {
	switch strings.ToLower(name) {
	case "icmp", "icmpv4":
		return ICMP, true
	case "igmp":
		return 2, true
	case "ipv4", "ip-in-ip":
		return 4, true
	case "tcp":
		return TCP, true
	case "egp":
		return 8, true
	case "igp":
		return 9, true
	case "udp":
		return UDP, true
	case "dccp":
		return 33, true
	case "gre":
		return 47, true
	case "esp":
		return 50, true
	case "ah":
		return 51, true
	case "ipv6-icmp", "icmpv6":
		return ICMPv6, true
	case "tsmp":
		return 99, true
	case "sctp":
		return SCTP, true
	case "fc":
		return 133, true
	}
	return 0, false
}

// parseProtocol reads the proto of an acl or a test: a name or a number. The
// empty text means no protocol is named, which is no error and no protocols.
func parseProtocol(text string) ([]Protocol, error) {
	if text == "" {
		return nil, nil
	}
	if number, ok := protocolNumber(text); ok {
		return []Protocol{number}, nil
	}
	if text[0] == '0' && strings.Trim(text, "0123456789") == "" {
		return nil, fmt.Errorf("leading 0 not permitted in protocol number %q", text)
	}
	number, err := strconv.ParseUint(text, 10, 8)
	if err != nil {
		return nil, fmt.Errorf("proto name %q not known; use protocol number 0-255 or protocol name (icmp, tcp, udp, etc.)", text)
	}
	return []Protocol{Protocol(number)}, nil
}

// hasPorts reports the protocols whose rules may name ports. No protocol at
// all is TCP and UDP among others.
func hasPorts(protocols []Protocol) bool {
	return len(protocols) == 0 || slices.ContainsFunc(protocols, func(p Protocol) bool {
		return p == TCP || p == UDP || p == SCTP
	})
}

// protoPorts is what one item of a grant's "ip", or an acl's proto and ports,
// opens.
type protoPorts struct {
	protocols []Protocol // none: defaultProtocols
	ports     []PortRange
}

// parseProtoPorts reads "*", "PORTS", "PROTO:*" or "PROTO:PORTS", where ports
// are one port or one range. It takes and refuses what tailcfg's parser of
// protocol and port does, which is not all that an acl may say.
func parseProtoPorts(text string) (protoPorts, error) {
	switch {
	case text == "":
		return protoPorts{}, errors.New("empty string")
	case text == "*":
		return protoPorts{ports: []PortRange{allPorts}}, nil
	case !strings.Contains(text, ":"):
		text = "*:" + text
	}
	colon := strings.LastIndexByte(text, ':')
	name, list := strings.ToLower(text[:colon]), strings.ToLower(text[colon+1:])
	ports := allPorts
	if list != "*" {
		var err error
		switch {
		case strings.Contains(name, ","):
			err = errors.New(`host cannot contain a comma (",")`)
		case list == "":
			err = fmt.Errorf("invalid port list: %q", list)
		default:
			ports, err = parsePortRange(list)
		}
		if err != nil {
			return protoPorts{}, err
		}
	}
	switch name {
	case "":
		return protoPorts{}, errors.New("empty protocol")
	case "*":
		return protoPorts{ports: []PortRange{ports}}, nil
	}
	protocols, err := parseProtocolNumber(name)
	if err != nil {
		return protoPorts{}, err
	}
	return protoPorts{protocols, []PortRange{ports}}, nil
}

// parseProtocolNumber reads the protocol of a grant. Number 0 is none.
func parseProtocolNumber(name string) ([]Protocol, error) {
	if number, err := strconv.ParseUint(name, 10, 8); err == nil {
		if number == 0 {
			return nil, nil
		}
		return []Protocol{Protocol(number)}, nil
	}
	if number, ok := protocolNumber(name); ok {
		return []Protocol{number}, nil
	}
	return nil, fmt.Errorf("proto name %q not known; use protocol number 0-255", name)
}
