package option

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/schema/suggest"
)

// hints answer what people write that no option is near to.
var hints = [...]struct{ path, answer string }{
	{"networking.firewall.allowedOutgoingPorts", "NixOS filters no outgoing traffic: write a table in networking.nftables.tables"},
	{"networking.firewall.connectionTracking", `set boot.kernel.sysctl."net.netfilter.nf_conntrack_…" and load nf_conntrack in boot.kernelModules`},
	{"networking.firewall.defaultForwardPolicy", "use networking.firewall.filterForward"},
	{"networking.firewall.defaultInputPolicy", "the firewall drops by default; see networking.firewall.rejectPackets"},
	{"networking.firewall.rateLimit", "use networking.firewall.extraInputRules with a set for each source address"},
	{"networking.nftables.rules", "use networking.nftables.tables"},
	{"opnix", "the options of opnix are in services.onepassword-secrets"},
	{"programs.ssh.addKeysToAgent", "an option of home-manager; use programs.ssh.extraConfig"},
	{"programs.ssh.enable", "an option of home-manager; the client is always there"},
	{"programs.ssh.matchBlocks", "an option of home-manager; use programs.ssh.extraConfig"},
	{"security.rkhunter", "nixpkgs has no rkhunter; see services.clamav or a timer running lynis"},
	{"services.auditd", "use security.auditd and security.audit.rules"},
	{"services.caddy.autoHTTPS", "automatic HTTPS is on; see services.caddy.globalConfig"},
	{"services.caddy.cloudflareApiKey", "use services.caddy.environmentFile"},
	{"services.caddy.domains", "use services.caddy.virtualHosts.<name>"},
	{"services.fail2ban.findTime", "use services.fail2ban.jails.DEFAULT.settings.findtime"},
	{"services.fail2ban.findtime", "use services.fail2ban.jails.DEFAULT.settings.findtime"},
	{"services.fail2ban.monitorSSH", "the jail sshd is there whenever services.openssh.enable is set"},
	{"services.openssh.chrootDirectory", "use services.openssh.extraConfig with a Match block"},
	{"services.openssh.hostKeyAlgorithms", "use services.openssh.settings.HostKeyAlgorithms"},
	{"services.openssh.knownHostsFormat", "use programs.ssh.knownHosts.<name>"},
	{"services.openSSH", "use services.openssh"},
	{"services.postgresql.passwordFile", "no such thing; a oneshot after postgresql can set the password of a role"},
	{"services.tailscale.exitNode", "use services.tailscale.useRoutingFeatures and services.tailscale.extraSetFlags"},
	{"services.tailscale.tags", "use services.tailscale.extraUpFlags with --advertise-tags"},
}

// unknown adds to err, for a path from n whose first name leads nowhere, what
// was probably meant.
func unknown(err error, n node, rest nix.AttrPath) error {
	if strings.Contains(err.Error(), ": ") {
		return err // it says what to do
	}
	full, plain := join(n.shown, rest.String()), join(n.shown, strings.Join(rest, "."))
	for _, h := range hints {
		if plain == h.path || strings.HasPrefix(plain, h.path+".") {
			return fmt.Errorf("%s does not exist; %s", full, h.answer)
		}
	}
	if near := nearest(n, rest); near != "" {
		return fmt.Errorf("%s does not exist; did you mean %s?", full, near)
	}
	return err
}

// nearest returns the path below n that is most like rest, as far as one is.
func nearest(n node, rest nix.AttrPath) string {
	best := suggest.Nearest(rest[0], children(graft(n.key)))
	next, err := n.child(best, R2611)
	if best == "" || err != nil {
		return ""
	}
	for _, name := range rest[1:] {
		deeper, err := next.child(name, R2611)
		if err != nil {
			if near := nearest(next, nix.AttrPath{name}); near != "" {
				return near
			}
			return next.shown
		}
		next = deeper
	}
	return next.shown
}

// children returns the declared names directly below key, in order, without
// placeholders and old names.
func children(key string) []string {
	seen := map[string]bool{}
	for _, source := range []string{table, releases} {
		for line := range strings.Lines(below(source, key)) {
			r := parseRow(strings.TrimSuffix(line, "\n"))
			name, _, nested := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(r.path, key), "."), ".")
			if strings.ContainsAny(name, `<*"`) || r.alias && !nested {
				continue
			}
			seen[name] = true
		}
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
