package check

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func derp(h *policy.Host) bool { return tailscale(h) && h.DERP() }

// relayForNobody is T20.
func relayForNobody(s *subject) {
	for _, region := range s.fleet.Relays {
		if slices.ContainsFunc(region.Nodes, func(n policy.DERPNode) bool { return n.Name == s.Name }) {
			return
		}
	}
	s.report(s.Tailscale.Relay.From, s.Path("tailscale.relay"), "no client hears of this DERP server: it is in no region of derp.regions",
		fmt.Sprintf("add derp: { regions: { own: { id: 900, hosts: %s } } } to the fleet", s.Name))
}

// relayOutOfReach is T21. Port 80 is for the certificate.
func relayOutOfReach(s *subject) {
	for protocol, ports := range map[string][]int{"tcp": {80, 443}, "udp": {3478}} {
		for _, port := range ports {
			open := func(o policy.Opening) bool { return o.Side == schema.WAN && opens(o, protocol, port) }
			if !slices.ContainsFunc(s.Openings, open) {
				s.report(s.Tailscale.Relay.From, s.Path("tailscale.relay"), "clients are outside when they need a relay, and the firewall lets nobody there reach this one",
					fmt.Sprintf("add an access rule, { from: wan, to: %s, allow: derp }", s.Name))
				return
			}
		}
	}
}

// nobodyByTailscale is T22. The policy of the tailnet names people, by their
// logins.
func nobodyByTailscale(s *subject) {
	if !s.tailscaleSSH() || s.SSH.Enable.V {
		return
	}
	unknown := ""
	for _, a := range s.fleet.Access.Items {
		allows := slices.ContainsFunc(a.V.Allow.Values(), func(n schema.Name) bool { return n == "ssh" || n == schema.Any })
		here := slices.ContainsFunc(a.V.To.Values(), func(n schema.Member) bool { return standsFor(n, s.Host) })
		if !allows || !here || a.V.Over.IsSet() && a.V.Over.V != schema.Tailnet {
			continue
		}
		for _, n := range a.V.From.Values() {
			switch user, ok := s.fleet.Users.Get(string(n)); {
			case ok && user.Login.IsSet():
				return
			case ok:
				unknown = string(n)
			}
		}
	}
	if unknown != "" {
		s.report(s.Tailscale.SSH.From, s.Path("tailscale.ssh"),
			fmt.Sprintf("sshd is off, and Tailscale SSH lets nobody in: its policy cannot name %s, whose login in the tailnet is not said", unknown),
			fmt.Sprintf("set users.%s.tailnet_login", unknown))
		return
	}
	s.report(s.Tailscale.SSH.From, s.Path("tailscale.ssh"), "sshd is off, and no access rule says which users Tailscale SSH lets in: its policy denies everybody",
		fmt.Sprintf("add an access rule that names them, { from: USER, to: %s, allow: ssh }", s.Name))
}
