package check

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func incident(h *policy.Host) bool {
	return h.Incident.Mode.V == schema.Generate && h.Incident.Enable.V
}

// operatorsShutOut is J1. In the tailnet the ports of an opening are for
// everybody there, and its policy lets in only whom the access rule names.
func operatorsShutOut(s *subject) {
	for i, name := range s.Incident.Operators.Items {
		members := []string{string(name.V)}
		for _, h := range s.fleet.Hosts {
			if slices.Contains(h.Roles, string(name.V)) && h.Name != s.Name {
				members = append(members, h.Name)
			}
		}
		for _, d := range s.fleet.Devices.Entries {
			if string(d.Value.User.V) == string(name.V) && d.Value.User.IsSet() {
				members = append(members, d.Key)
			}
		}
		if len(members) > 1 {
			members = members[1:] // it stands for them
		}
		for _, member := range members {
			if member != s.Name && !s.comesIn(member) {
				s.report(name.From, s.Path(fmt.Sprintf("incident.operators[%d]", i)),
					fmt.Sprintf("%s is an operator of the isolated host, and no access rule lets %s use ssh over the %s", member, member, s.Incident.Over.V),
					fmt.Sprintf("add an access rule, { from: %s, to: %s, allow: ssh }", member, s.Name))
			}
		}
	}
}

// comesIn reports whether an access rule lets a host or device reach sshd on
// the side of the operators.
func (s *subject) comesIn(member string) bool {
	names := []string{member, schema.Everyone, string(s.Incident.Over.V)}
	if h, ok := s.fleet.Host(member); ok {
		names = append(names, h.Roles...)
	}
	if d, ok := s.fleet.Devices.Get(member); ok && d.User.IsSet() {
		names = append(names, string(d.User.V))
	}
	ports := s.SSHPorts()
	return s.SSH.Enable.V && slices.ContainsFunc(s.Openings, func(o policy.Opening) bool {
		reaches := o.Service == schema.Any || slices.ContainsFunc(ports, func(p int) bool { return opens(o, "tcp", p) })
		return o.Side == s.Incident.Over.V && reaches &&
			(o.For == "" || slices.ContainsFunc(o.Names(), func(who string) bool { return slices.Contains(names, who) }))
	})
}

// isolatedInSilence is J2. Who writes the notifications himself may well tell.
func isolatedInSilence(s *subject) {
	if s.Notify.Mode.V == schema.Generate && !s.Notify.Enable.V {
		s.report(s.Incident.Enable.From, s.Path("notify.enable"), "the host can be isolated, and nobody is told: notifications are off",
			"set notify: { enable: true, target: NAME } with a secret of that name")
	}
}

// pastIsolation is J3.
func pastIsolation(s *subject) {
	if s.tailscaleSSH() {
		s.report(s.Tailscale.SSH.From, s.Path("tailscale.ssh"), "the isolation filters packets, and those of Tailscale SSH never reach the filter",
			"set tailscale.ssh: false, and let operators use sshd")
	}
}
