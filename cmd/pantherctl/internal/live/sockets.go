package live

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// A socket is one that waits for others.
type socket struct {
	protocol string // tcp or udp
	address  string // "*" for all
	port     int
	program  string // "" if unknown
}

func (s socket) String() string {
	by := s.program
	if by == "" {
		by = "a program"
	}
	return fmt.Sprintf("%s listens on %s/%d", by, s.protocol, s.port)
}

// sockets finds programs that wait where nothing of the document lets anybody
// in: Q5.
func sockets(c *comparison) {
	if !mayJudge(c.Host.Firewall.Mode) {
		return
	}
	text, ok := c.answer.of("sockets")
	if !ok {
		c.unseen("sockets", "who listens")
		return
	}
	for _, s := range readSockets(text) {
		if !s.local() && !c.expected(s) {
			c.report("Q5", "firewall.mode", fmt.Sprintf("%s, at %s, and no access rule opens it", s, brief(s.address)),
				"stop it, have it listen on 127.0.0.1, or write an access rule")
		}
	}
}

var program = regexp.MustCompile(`^users:\(\("([^"]{1,40})"`)

// readSockets reads ss -Htulnp: netid, state, two queues, address:port, peer,
// and programs where they are known.
func readSockets(text string) []socket {
	var list []socket
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 6 || f[0] != "tcp" && f[0] != "udp" {
			continue
		}
		at := strings.LastIndexByte(f[4], ':')
		port, err := strconv.Atoi(f[4][at+1:])
		if at < 0 || err != nil {
			continue
		}
		s := socket{protocol: f[0], address: strings.NewReplacer("[", "", "]", "").Replace(f[4][:at]), port: port}
		if len(f) > 6 {
			if m := program.FindStringSubmatch(f[6]); m != nil {
				s.program = brief(m[1])
			}
		}
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// local reports whether nobody elsewhere can reach a socket.
func (s socket) local() bool {
	address, zone, _ := strings.Cut(s.address, "%")
	addr, err := netip.ParseAddr(address)
	return zone == "lo" || err == nil && addr.Unmap().IsLoopback()
}

// expected reports whether a socket is asked for by the document or by what the
// configuration opens, or is how the host gets its addresses.
func (c *comparison) expected(s socket) bool {
	f := c.Facts.Firewall
	ports := append([]facts.Ports{f.Ports}, valuesOf(f.Interfaces)...)
	return slices.ContainsFunc(c.Host.Openings, func(o policy.Opening) bool { return o.Service != schema.Any && opens(o.Ports, s) }) ||
		slices.ContainsFunc(ports, func(p facts.Ports) bool { return lets(p, s) }) ||
		s.protocol == "tcp" && c.Facts.SSHD.Enable && slices.Contains(c.Facts.SSHD.Ports, s.port) ||
		c.Facts.Tailscale.Enable && (s.program == "tailscaled" || s.protocol == "udp" && s.port == c.Facts.Tailscale.Port) ||
		s.protocol == "udp" && slices.Contains(addressing, s.port)
}

// addressing are the ports of clients of DHCP.
var addressing = []int{68, 546}

func opens(list []schema.Ports, s socket) bool {
	return slices.ContainsFunc(list, func(p schema.Ports) bool {
		return string(p.Protocol) == s.protocol && int(p.First) <= s.port && s.port <= int(p.Last)
	})
}

func lets(p facts.Ports, s socket) bool {
	single, ranges := p.AllowedTCPPorts, p.AllowedTCPPortRanges
	if s.protocol == "udp" {
		single, ranges = p.AllowedUDPPorts, p.AllowedUDPPortRanges
	}
	return slices.Contains(single, s.port) ||
		slices.ContainsFunc(ranges, func(r facts.Range) bool { return r.From <= s.port && s.port <= r.To })
}

func valuesOf(m map[string]facts.Ports) []facts.Ports {
	var list []facts.Ports
	for _, name := range sortedKeys(m) {
		list = append(list, m[name])
	}
	return list
}
