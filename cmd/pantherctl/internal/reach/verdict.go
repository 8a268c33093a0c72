package reach

import (
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// State says whether a service gets through.
type State string

// The states of a service between two members.
const (
	Open    State = "open"
	Partly  State = "partly" // some of its ports
	Closed  State = "closed"
	Unknown State = "unknown" // the target's firewall is not pantherctl's
)

// State returns whether a service of a target gets through a link. Of the
// ports of ssh one is enough: each of them leads to sshd.
func (n *Network) State(l *Link, dst *Member, service string) State {
	if len(l.open) == 0 && l.Unknown == "" {
		return Closed
	}
	ports := n.ServicePorts(dst, service)
	open := l.open.intersect(ports)
	switch {
	case l.Unknown != "" && len(ports.intersect(l.Granted)) > 0:
		return Unknown
	case len(open) == 0:
		return Closed
	case service == "ssh" || open.has(ports):
		return Open
	}
	return Partly
}

// carries reports whether a flow goes by a side or a host. Everything does by
// "".
func (f *Flow) carries(side schema.Side, via string) bool {
	return via == "" || via == string(side) || via == f.Exit
}

// Why says in words by which path and because of what a flow gets through.
func (f *Flow) Why() string {
	var parts []string
	if f.Grant != nil {
		parts = append(parts, fmt.Sprintf("the tailnet grants %s (%s)", f.Grant, f.Grant.At))
	}
	switch door := f.Door; {
	case f.Grant != nil && door.From.Pos == f.Grant.At.Pos: // one rule says both
	case door.From.IsSet():
		parts = append(parts, fmt.Sprintf("%s (%s)", door.What, door.From))
	default:
		parts = append(parts, door.What)
	}
	if l := f.Door.Limit; l != nil {
		parts = append(parts, fmt.Sprintf("at most %s per source", l.Rate))
	}
	if f.Door.Container != "" {
		parts = append(parts, "handed on to container "+f.Door.Container)
	}
	if f.Door.AtBoot {
		parts = append(parts, "only while it boots")
	}
	return strings.Join(parts, ", ")
}

// Through returns the flows that carry some of the ports.
func (l *Link) Through(ports Ports) []Flow {
	var flows []Flow
	for _, f := range l.Flows {
		if len(f.Ports.intersect(ports)) > 0 {
			flows = append(flows, f)
		}
	}
	return flows
}

// Hops are the places that a flow passes, in order.
func (f *Flow) Hops(src, dst *Member, side schema.Side) []string {
	hops := []string{src.Title()}
	if f.Exit != "" {
		return append(hops, f.Exit, dst.Title())
	}
	if dst.isInternet() {
		return append(hops, dst.Title())
	}
	if names := dst.Host.InterfacesOf(side); len(names) > 0 {
		hops = append(hops, strings.Join(names, ", "))
	}
	hops = append(hops, dst.Title())
	if f.Door.Container != "" {
		hops = append(hops, "container "+f.Door.Container)
	}
	return hops
}

// WhyNot says in words why a service does not get through a link, or not all
// of it.
func (n *Network) WhyNot(l *Link, src, dst *Member, service string) string {
	ports := n.ServicePorts(dst, service)
	lacks := func(p Ports) bool { return len(ports.intersect(p)) == 0 }
	switch {
	case len(ports) == 0:
		return fmt.Sprintf("%s does not offer it", dst.Title())
	case l.Unknown != "":
		return l.Unknown
	case lacks(l.Granted) && l.Side == schema.Tailnet && !lacks(l.Let) && dst.Host != nil:
		return fmt.Sprintf("no access rule grants it to %s, though the firewall of %s lets it in", src.Title(), dst.Title())
	case lacks(l.Granted):
		return fmt.Sprintf("no access rule grants it to %s", src.Title())
	case lacks(l.Sent):
		return fmt.Sprintf("the firewall of %s does not let it out (%s)", src.Title(), l.Egress)
	case dst.Kind == Subnet && len(l.Let) == 0:
		return "no router that others can use leads there"
	case l.Side == schema.Tailnet && dst.isInternet():
		return "there is no exit node"
	case l.Side == schema.Tailnet:
		return fmt.Sprintf("the tailnet grants it, and the firewall of %s refuses", dst.Title())
	}
	return fmt.Sprintf("the firewall of %s lets nothing of it in there", dst.Title())
}
