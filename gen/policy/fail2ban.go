package policy

import (
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// banState is where fail2ban keeps who was banned how often.
const banState = "/var/lib/fail2ban"

// Bans reports whether fail2ban runs: it watches sshd and nothing else.
func (h *Host) Bans() bool {
	switch h.Fail2ban.When.V {
	case "always":
		return h.SSH.Enable.V
	case "auto":
		return h.SSH.Enable.V && h.SSHBeyondTailnet()
	}
	return false
}

// SSHBeyondTailnet reports whether the firewall lets anybody but members of the
// tailnet reach sshd. It is known once all access rules are resolved.
func (h *Host) SSHBeyondTailnet() bool {
	ports := h.SSHPorts()
	return slices.ContainsFunc(h.Openings, func(o Opening) bool {
		return o.Side != schema.Tailnet && (o.Service == schema.Any || slices.ContainsFunc(o.Ports, func(p schema.Ports) bool {
			return p.Protocol == "tcp" && slices.ContainsFunc(ports, func(port int) bool { return int(p.First) <= port && port <= int(p.Last) })
		}))
	}) || slices.ContainsFunc(h.Firewall.Trusted.Values(), func(n schema.InterfaceName) bool { return n != "lo" && n != TailnetInterface })
}

// NeverBanned returns the networks that fail2ban leaves alone: the tailnet,
// whose members are known, and those the document names.
func (h *Host) NeverBanned() []string {
	var networks []string
	if h.Tailscale.Enable.V {
		for _, n := range h.tailnetNetworks() {
			networks = append(networks, n.String())
		}
	}
	for _, n := range h.Fail2ban.Ignore.Values() {
		networks = append(networks, n.String())
	}
	return networks
}

// fail2ban checks the bans of a host.
func (r *resolver) fail2ban(h *Host) {
	b := &h.Fail2ban
	if b.When.V == "always" && !h.SSH.Enable.V {
		r.report(b.When.From, h.Path("fail2ban.when"), "fail2ban watches sshd, and the host runs none", "remove it, or set ssh.enable: true")
	}
	if b.MaxBanTime.V < b.BanTime.V {
		from := b.MaxBanTime.From
		if from.Default() {
			from = b.BanTime.From
		}
		r.report(from, h.Path("fail2ban.max_ban_time"), "the longest ban is shorter than the first", "set max_ban_time above ban_time")
	}
	for _, n := range b.Ignore.Items {
		if n.V.Bits() == 0 {
			r.report(n.From, h.Path("fail2ban.ignore"), "this is every address: nobody would ever be banned", "name the networks you log in from, or set when: never")
		}
	}
}
