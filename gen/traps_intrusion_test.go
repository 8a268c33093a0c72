package gen_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

func intrusionTraps() []trap {
	return []trap{
		{"T13 no filter by name, which is never written", func(_ *testing.T, b built) (string, bool) {
			return onlyIf(!regexp.MustCompile(`(?m)^\s*(jails\.\w+\.)?filter = `).MatchString(b.modules["fail2ban"]), "fail2ban cannot start"), b.facts.Fail2ban.Enable
		}},
		{"bans by nftables, which grow, and never of the tailnet", bansOfStrangers},
		{"IPv6 off everywhere or nowhere", ipv6Everywhere},
		{"containers get out, by the list of egress", containersGetOut},
		{"logs have a prefix and a limit, behind what accepts", limitedLogs},
		{"pings are limited per source, in both families", func(_ *testing.T, b built) (string, bool) {
			if !b.Firewall.PingLimit.IsSet() {
				return "", false
			}
			chain := b.facts.NFTables.Tables["pantherctl-ping"].Content
			for _, kind := range []string{"icmp", "icmpv6"} {
				if n := strings.Count(chain, kind+" type echo-request update @"); n != 1 && (kind == "icmp" || b.Network.IPv6.V) {
					return fmt.Sprintf("%d rules for %s", n, kind), true
				}
			}
			return "", true
		}},
		{"AppArmor loads the policies, and nobody picks another", func(_ *testing.T, b built) (string, bool) {
			for _, e := range b.AppArmor.Policies.Entries {
				text := b.facts.AppArmor.Policies[e.Key]
				complains := strings.Contains(text, "flags=(complain)")
				offline := strings.Contains(text, "deny network inet,") && strings.Contains(text, "deny network inet6,")
				keys := strings.Contains(text, "deny @{HOME}/.{ssh,") && strings.Contains(text, "deny /run/{agenix,agenix.d,opnix-secrets}/")
				if complains != (e.Value.State.V == "complain") || offline == e.Value.Network.V || !keys {
					return e.Key + " is not confined as the document says", true
				}
			}
			locked := b.facts.sysctls()["kernel.apparmor_restrict_unprivileged_unconfined"] == "1"
			return onlyIf(b.facts.AppArmor.Enable && locked, "AppArmor is off, or a program may leave its profile"), b.AppArmor.Enable.V
		}},
		{"the store is verified by the clock", func(_ *testing.T, b built) (string, bool) {
			timer := b.facts.Timers[policy.IntegrityUnit]
			good := slices.Equal(timer.WantedBy, []string{"timers.target"}) && timer.TimerConfig["OnCalendar"] == string(b.Integrity.Every.V) &&
				len(timer.ExecStart) == 1 && strings.Contains(timer.ExecStart[0], "/bin/nix --extra-experimental-features nix-command store verify --all")
			return onlyIf(good, "nothing verifies it: %+v", timer), b.Integrity.Enable.V
		}},
	}
}

func bansOfStrangers(_ *testing.T, b built) (string, bool) {
	jails := b.facts.Fail2ban.Jails
	if !b.Bans() {
		return onlyIf(!b.facts.Fail2ban.Enable, "fail2ban runs, and nobody asked"), b.facts.Fail2ban.Enable
	}
	needed := []string{
		"banaction = nftables-multiport\n", "bantime.increment = true\n", "findtime = " + b.Fail2ban.FindTime.V.String() + "\n",
		"bantime = " + b.Fail2ban.BanTime.V.String() + "\n", "bantime.maxtime = " + b.Fail2ban.MaxBanTime.V.String() + "\n",
		fmt.Sprintf("maxretry = %d\n", b.Fail2ban.MaxRetry.V), "[sshd]\nenabled = true\n",
	}
	if b.Tailscale.Enable.V {
		needed = append(needed, " 100.64.0.0/10")
	}
	for _, p := range b.SSHPorts() {
		needed = append(needed, fmt.Sprint(p))
	}
	for _, want := range needed {
		if !strings.Contains(jails, want) {
			return fmt.Sprintf("%q is missing", want), true
		}
	}
	return onlyIf(!b.Persistence.Enable.V || b.persists("/var/lib/fail2ban"), "who was banned is forgotten at every boot"), true
}

func ipv6Everywhere(_ *testing.T, b built) (string, bool) {
	on := b.Network.IPv6.V
	sysctls := b.facts.sysctls()
	off := sysctls["net.ipv6.conf.all.disable_ipv6"] == "1" && sysctls["net.ipv6.conf.default.disable_ipv6"] == "1"
	switch {
	case b.facts.Network.EnableIPv6 != on || off == on:
		return "NixOS and the kernel do not follow the document", true
	case on:
		return "", true
	case b.facts.SSHD.Enable && !strings.Contains(b.facts.SSHD.Config, "AddressFamily inet\n"):
		return "sshd listens on IPv6", true
	case regexp.MustCompile(`ip6|icmpv6|\b547\b`).MatchString(b.modules["firewall"]):
		return "the firewall has rules for IPv6", true
	}
	for _, p := range b.facts.Kernel.KernelParams {
		if strings.HasPrefix(p, "ipv6.disable") {
			return p + " takes away the sysctls that others set", true
		}
	}
	return "", true
}

func containersGetOut(_ *testing.T, b built) (string, bool) {
	if !b.NATs() {
		return onlyIf(!b.facts.Network.NAT.Enable, "containers get out, and nobody asked"), b.facts.Network.NAT.Enable
	}
	ruleset := b.facts.NFTables.Ruleset
	inside, uplink := b.InterfacesOf(schema.Container)[0], b.Uplink()
	for _, want := range []string{
		fmt.Sprintf(`iifname { "%s" } oifname "%s" masquerade`, inside, uplink),
		fmt.Sprintf(`iifname { "%s" } oifname "%s" accept`, inside, uplink),
	} {
		if !strings.Contains(ruleset, want) {
			return want + " is missing", true
		}
	}
	chain := after(b.facts.NFTables.Tables["pantherctl-egress"].Content, "chain containers")
	held := strings.Contains(chain, fmt.Sprintf(`iifname != "%s" accept`, inside)) && strings.HasSuffix(chain, "counter drop")
	return onlyIf(held || b.Firewall.Egress.Policy.V == "allow", "containers send what the host may not"), true
}

func limitedLogs(_ *testing.T, b built) (string, bool) {
	ruleset := b.facts.NFTables.Ruleset
	for line := range strings.Lines(ruleset) {
		if strings.Contains(line, " log ") && !regexp.MustCompile(`limit rate .* log prefix ".+: " level info`).MatchString(line) {
			return "whoever sends enough fills the journal: " + line, true
		}
	}
	if !b.Firewall.LogRefused.V {
		return onlyIf(!strings.Contains(ruleset, `log prefix "refused`), "refused packets are logged, and nobody asked"), false
	}
	for chain, prefix := range map[string]string{"input-allow": "refused connection: ", "forward-allow": "forward refused: "} {
		_, logged, ok := strings.Cut(after(ruleset, "chain "+chain+" {"), prefix)
		if !ok || strings.Contains(logged, "accept") {
			return "chain " + chain + " does not log last", true
		}
	}
	return "", true
}
