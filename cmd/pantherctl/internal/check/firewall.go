package check

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// trustedInterface is F1.
func trustedInterface(s *subject) {
	for i, t := range s.Firewall.Trusted.Items {
		if t.V == "lo" {
			continue // the host itself, accepted anyway
		}
		who := "everybody behind " + string(t.V)
		if t.V == policy.TailnetInterface {
			who = "everybody the tailnet's own policy lets through"
		}
		s.report(t.From, s.Path(fmt.Sprintf("firewall.trusted_interfaces[%d]", i)),
			fmt.Sprintf("every port of every service is open to %s, ahead of rate limits and the log", who),
			"remove it, and name the services in access rules")
	}
}

// noWayToSSH is L15.
func noWayToSSH(s *subject) {
	if len(s.sshSides()) == 0 {
		s.report(s.SSH.Enable.From, s.Path("ssh"), "sshd runs, and the firewall lets nobody reach it: no access rule opens ssh here",
			fmt.Sprintf("add an access rule, { from: …, to: %s, allow: ssh }, or set ssh.enable: false", s.Name))
	}
}

// sshSides returns the sides from which the firewall lets anybody reach sshd.
func (s *subject) sshSides() []schema.Side {
	var sides []schema.Side
	add := func(side schema.Side) {
		if !slices.Contains(sides, side) {
			sides = append(sides, side)
		}
	}
	ports := s.SSHPorts()
	for _, o := range s.Openings {
		reached := func(p int) bool { return opens(o, "tcp", p) }
		if o.Service == schema.Any || slices.ContainsFunc(ports, reached) {
			add(o.Side)
		}
	}
	for _, t := range s.Firewall.Trusted.Values() {
		if t == policy.TailnetInterface {
			add(schema.Tailnet)
		} else if t != "lo" {
			i, _ := s.Interfaces.Get(string(t))
			add(i.Side.V)
		}
	}
	return sides
}

func opens(o policy.Opening, protocol string, port int) bool {
	return slices.ContainsFunc(o.Ports, func(p schema.Ports) bool {
		return p.Protocol == protocol && int(p.First) <= port && port <= int(p.Last)
	})
}

// dnsOverUDPOnly is T10.
func dnsOverUDPOnly(s *subject) {
	for _, o := range s.Openings {
		answersTCP := func(other policy.Opening) bool { return other.Side == o.Side && opens(other, "tcp", 53) }
		if !opens(o, "udp", 53) || slices.ContainsFunc(s.Openings, answersTCP) {
			continue
		}
		at := o.From
		for _, e := range s.fleet.Services.Entries {
			if e.Key == o.Service {
				at = e.From
			}
		}
		s.report(at, "services."+o.Service, fmt.Sprintf("%s lets DNS in over UDP only: a long answer, repeated over TCP, never arrives", o.Service),
			"add tcp/53 to the service")
	}
}
