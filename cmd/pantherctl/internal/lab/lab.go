// Package lab builds a fleet as network namespaces on this machine, each host
// with the ruleset it really gets, and sends real packets between them.
//
// Everything happens in one process that is the first of its own namespaces:
// when it ends, however it ends, the kernel removes what it made. As another
// user than root it needs unprivileged user namespaces.
package lab

import (
	"fmt"
	"net/netip"
	"time"
)

// A Topology is the hosts of a lab and how they are wired.
type Topology struct{ Nodes []Node }

// A Node is one host.
type Node struct {
	Name    string
	Links   []Link
	Routes  []Route
	Ruleset string            // what nft -f loads; "" lets everything through
	Double  string            // rules of our own for a program that the lab does not run
	Sysctl  map[string]string // keys below net., written in its namespace
	Listen  []Port            // where a program answers, on every address
}

// A Route is a way to networks beyond the links.
type Route struct {
	To   netip.Prefix
	Via  netip.Addr
	From netip.Addr // only for packets from this address; the zero Addr for all
}

// A Link is an interface of a node, plugged into a segment: all links of a
// segment reach each other.
type Link struct {
	Interface string // "tailscale0"
	Segment   string // "tailnet"
	Addresses []netip.Prefix
	Networks  []netip.Prefix // more that are on it
}

// A Port is one of TCP or UDP, or the echo of ICMP.
type Port struct {
	Protocol string // tcp, udp or icmp
	Number   uint16 // 0 for icmp
}

// Echo is what ping sends.
var Echo = Port{Protocol: "icmp"}

func (p Port) String() string {
	if p == Echo {
		return "ping"
	}
	return fmt.Sprintf("%s/%d", p.Protocol, p.Number)
}

// A Probe is one attempt to reach a port.
type Probe struct {
	From, To string // nodes
	Segment  string // that the source sends on
	Address  netip.Addr
	Port     Port
	Via      string     // the node that is to forward it, "" for none
	Source   netip.Addr // to send from; the zero Addr leaves it to the kernel
}

func (p Probe) String() string {
	by := ""
	if p.Via != "" {
		by = " by " + p.Via
	}
	return fmt.Sprintf("%s to %s%s, %s over the %s (%s)", p.From, p.To, by, p.Port, p.Segment, p.Address)
}

// A Flood is probes of one source, more than a limit lets through.
type Flood struct {
	Probe
	Count     int
	Bystander netip.Addr    // another source, which the limit must not touch
	Recovers  time.Duration // after which one more gets through; 0 if nobody waits for it
}

// A Flooded is what became of a flood.
type Flooded struct {
	Through   int
	Bystander Outcome
	Recovered Outcome // "" if nobody waited for it
}

// Outcome is what became of a probe.
type Outcome string

// The outcomes.
const (
	Open    Outcome = "open"    // the program behind the port answered
	Refused Outcome = "refused" // the host said no
	Dropped Outcome = "dropped" // nobody answered in time
)

// A Result is a probe and its outcome.
type Result struct {
	Probe   `json:"-"` // who asked knows it
	Outcome Outcome
	Story   []string // of a traced probe: the rules it met, in order
}

// A Fault is a node that could not be set up as it should be. The others are
// probed all the same.
type Fault struct{ Node, Message string }

// Work is what one lab is to do.
type Work struct {
	Topology Topology
	Probes   []Probe
	Floods   []Flood
	SSHDs    []SSHD

	Identities [][]byte      // of the clients of the SSHDs
	SSHD       string        // the sshd to run; "" is that of PATH
	Trace      bool          // tell every probe's story, one probe after the other
	Patience   time.Duration // how long an answer may take; 0 is [Patience]
	NFT        string        // the nft to load rulesets with; "" is that of PATH
}

// Patience is how long a probe waits for its answer. Within one machine answers
// take microseconds, so this only has to outlast a busy scheduler.
const Patience = 200 * time.Millisecond

// Report is what a lab found.
type Report struct {
	Results []Result
	Floods  []Flooded
	Faults  []Fault
	SSHDs   []SSHDReport
	Sysctls []Sysctl      // that were written, as they read afterwards
	Setup   time.Duration // to build the namespaces and load the rulesets
	Probing time.Duration
}

// A Sysctl is what a namespace makes of a setting.
type Sysctl struct {
	Node, Key, Want string
	Got             string // "" if it has none of its own: then it belongs to the whole machine
}

// pingSysctl says which groups may ping without privilege. The lab sets it for
// its own pings, whatever a host wants.
const pingSysctl = "net.ipv4.ping_group_range"
