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
	Ruleset string            // what nft -f loads; "" lets everything through
	Sysctl  map[string]string // keys below net., written in its namespace
	Listen  []Port            // where a program answers, on every address
}

// A Link is an interface of a node, plugged into a segment: all links of a
// segment reach each other.
type Link struct {
	Interface string // "tailscale0"
	Segment   string // "tailnet"
	Addresses []netip.Prefix
}

// A Port is one of TCP or UDP.
type Port struct {
	Protocol string // tcp or udp
	Number   uint16
}

func (p Port) String() string { return fmt.Sprintf("%s/%d", p.Protocol, p.Number) }

// A Probe is one attempt to reach a port.
type Probe struct {
	From, To string // nodes
	Segment  string // that the address belongs to
	Address  netip.Addr
	Port     Port
}

func (p Probe) String() string {
	return fmt.Sprintf("%s to %s, %s over the %s (%s)", p.From, p.To, p.Port, p.Segment, p.Address)
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
	Probe
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
	Trace    bool          // tell every probe's story, one probe after the other
	Patience time.Duration // how long an answer may take; 0 is [Patience]
	NFT      string        // the nft to load rulesets with; "" is that of PATH
}

// Patience is how long a probe waits for its answer. Within one machine answers
// take microseconds, so this only has to outlast a busy scheduler.
const Patience = 200 * time.Millisecond

// Report is what a lab found.
type Report struct {
	Results []Result
	Faults  []Fault
	Setup   time.Duration // to build the namespaces and load the rulesets
	Probing time.Duration
}
