package drift

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// listeners finds sockets of systemd that listen to a network from which no
// access rule lets anybody in: E1. Only the firewall is between them and
// strangers.
func listeners(c *comparison) {
	if !mayJudge(c.Firewall.Mode) {
		return
	}
	for _, unit := range slices.Sorted(maps.Keys(c.facts.Listeners)) {
		l := c.facts.Listeners[unit]
		c.listens(unit, "tcp", l.Streams, "listenStreams", "ListenStream")
		c.listens(unit, "udp", l.Datagrams, "listenDatagrams", "ListenDatagram")
	}
}

func (c *comparison) listens(unit, protocol string, addresses []string, option, setting string) {
	for _, address := range addresses {
		port, ok := networkPort(address)
		if !ok || c.opens(protocol, port) {
			continue
		}
		path := []string{"systemd", "sockets", unit, option}
		d := c.definerOf(path, address)
		if d.File == "" {
			path = []string{"systemd", "sockets", unit, "socketConfig", setting}
			d = c.definerOf(path, address)
		}
		message := fmt.Sprintf("%s.socket listens on %s/%d, and no access rule lets anybody in there", unit, protocol, port)
		if d.File != "" {
			message += ": " + culprit(&d)
		}
		c.report("E1", []string{"networking", "firewall"}, d, message,
			"have it listen on 127.0.0.1 or a path, turn the socket off, or write an access rule", "", text(address))
	}
}

// opens reports whether some access rule opens a port of the host itself.
func (c *comparison) opens(protocol string, port int) bool {
	for _, o := range c.Openings {
		for _, p := range o.Ports {
			if o.Container == "" && p.Protocol == protocol && int(p.First) <= port && port <= int(p.Last) {
				return true
			}
		}
	}
	return false
}

// networkPort returns the port that a socket unit's address takes from a
// network: none for paths, abstract names, other families and the host's own
// loopback.
func networkPort(address string) (int, bool) {
	at, number, ok := cutLast(address)
	if !ok {
		at, number = "", address
	}
	port, err := strconv.Atoi(number)
	if err != nil || port < 1 || port > 65535 {
		return 0, false
	}
	if at == "" {
		return port, true
	}
	ip, err := netip.ParseAddr(strings.Trim(at, "[]"))
	return port, err == nil && !ip.IsLoopback()
}

func cutLast(address string) (before, after string, ok bool) {
	i := strings.LastIndexByte(address, ':')
	if i < 0 {
		return "", "", false
	}
	return address[:i], address[i+1:], true
}
