package check

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// tailnetState is where tailscaled keeps the node key.
const tailnetState = "/var/lib/tailscale"

// cannotJoin is A6. Without an auth key somebody runs tailscale up once, at
// the console, and the state must outlive the boot.
func cannotJoin(s *subject) {
	t := s.Tailscale
	if t.AuthKey.IsSet() || !s.onlyTailnet() {
		return
	}
	const only = "the tailnet is the only way in, and "
	switch {
	case persistence(s.Host) && s.Persistence.Forget.Has(tailnetState):
		s.report(t.Enable.From, s.Path("tailscale.auth_key"),
			only+"the host leaves it at every boot: there is no auth_key, and "+tailnetState+" is forgotten",
			"name a secret in tailscale.auth_key, or take "+tailnetState+" off persistence.forget")
	case !s.hasConsole():
		s.report(t.Enable.From, s.Path("tailscale.auth_key"),
			only+"the host cannot join it: there is neither an auth_key nor a console to run tailscale up at",
			"name a secret in tailscale.auth_key, or the console in break_glass")
	}
}

// exitNodeForNobody is T1.
func exitNodeForNobody(s *subject) {
	if !s.Tailscale.ExitNode.V {
		return
	}
	for _, a := range s.fleet.Access.Items {
		for _, from := range a.V.From.Values() {
			if toInternet(a.V) && string(from) != s.Name {
				return
			}
		}
	}
	s.report(s.Tailscale.ExitNode.From, s.Path("tailscale.exit_node"),
		"nobody may use this exit node: no access rule leads to the internet, so no client is offered it",
		"add an access rule, { from: …, to: internet, allow: any }, or remove exit_node")
}

// exitNodeNotPermitted is T2. That the other host is an exit node at all is
// seen when the document is resolved.
func exitNodeNotPermitted(s *subject) {
	exit := s.Tailscale.UseExitNode
	if !exit.IsSet() {
		return
	}
	for _, a := range s.fleet.Access.Items {
		if toInternet(a.V) && slices.ContainsFunc(a.V.From.Values(), func(n schema.Member) bool { return standsFor(n, s.Host) }) {
			return
		}
	}
	s.report(exit.From, s.Path("tailscale.use_exit_node"),
		fmt.Sprintf("all traffic goes by %s, which does not carry it: no access rule lets %s reach the internet", exit.V, s.Name),
		fmt.Sprintf("add an access rule, { from: %s, to: internet, allow: any }", s.Name))
}

// routeForNobody is T25.
func routeForNobody(s *subject) {
	for _, r := range s.Tailscale.Routes.Items {
		leads := func(name schema.Member) bool {
			networks, _ := s.fleet.Networks.Get(string(name))
			return slices.ContainsFunc(networks.Values(), func(n schema.CIDR) bool { return r.V.Overlaps(n.Prefix) })
		}
		used := func(a schema.Value[schema.Access]) bool {
			return (!a.V.Over.IsSet() || a.V.Over.V == schema.Tailnet) && slices.ContainsFunc(a.V.To.Values(), leads)
		}
		if !slices.ContainsFunc(s.fleet.Access.Items, used) {
			s.report(r.From, s.Path("tailscale.routes"), fmt.Sprintf("nobody may use the way to %s: no access rule leads there", r.V),
				fmt.Sprintf("add networks: { NAME: %s } and an access rule, { from: …, to: NAME, allow: … }, or remove the route", r.V))
		}
	}
}

// toInternet reports whether an access rule is about using an exit node.
func toInternet(a schema.Access) bool {
	return slices.Contains(a.To.Values(), schema.Internet) && (!a.Over.IsSet() || a.Over.V == schema.Tailnet)
}

// standsFor reports whether a name of an access rule means a host.
func standsFor(name schema.Member, h *policy.Host) bool {
	return name == schema.Everyone || string(name) == h.Name || slices.Contains(h.Roles, string(name))
}

// tailscaleTakesSSH is T6. Another port of sshd is a way past tailscaled's
// rules, and past sshd's the other way round.
func tailscaleTakesSSH(s *subject) {
	if !s.tailscaleSSH() {
		return
	}
	message := "tailscaled answers port 22 in the tailnet: sshd's keys, users and limits do not hold there"
	for _, p := range s.SSHPorts() {
		if p != 22 {
			message = fmt.Sprintf("two servers let people in, tailscaled by port 22 in the tailnet and sshd by port %d: each knows nothing of the other's users and limits", p)
		}
	}
	s.report(s.Tailscale.SSH.From, s.Path("tailscale.ssh"), message, "set tailscale.ssh: false, or ssh.enable: false")
}

// tailscaleSSH reports whether tailscaled itself lets people log in.
func (s *subject) tailscaleSSH() bool { return tailscale(s.Host) && s.Tailscale.SSH.V }
