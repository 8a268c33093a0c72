package gen_test

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/schema"
)

func firewallTraps() []trap {
	return []trap{
		{"T01 tailscale0 is not trusted", func(_ *testing.T, b built) (string, bool) {
			return onlyIf(slices.Equal(b.facts.Firewall.TrustedInterfaces, []string{"lo"}), "trusts %v", b.facts.Firewall.TrustedInterfaces), true
		}},
		{"T02 openFirewall off", func(_ *testing.T, b built) (string, bool) {
			everywhere := slices.Contains(b.facts.Firewall.AllowedTCPPorts, 22)
			return onlyIf(!b.facts.SSHD.OpenFirewall && !everywhere, "sshd opens its port on every interface"), b.facts.SSHD.Enable
		}},
		{"T03 limited ports in no list of open ports", limitedPortsAreClosed},
		{"T04 limits per source", func(_ *testing.T, b built) (string, bool) {
			rules := regexp.MustCompile(`.*limit rate.* accept`).FindAllString(b.facts.NFTables.Ruleset, -1)
			for _, r := range rules {
				if !regexp.MustCompile(`add @[\w-]+ \{ ip6? saddr (& ffff:ffff:ffff:ffff:: )?limit`).MatchString(r) {
					return "one source can use up the limit of all: " + r, true
				}
			}
			return "", len(rules) > 0
		}},
		{"limits that strangers on another side do not use up", limitsApart},
		{"T05 forwarding chain lets the exit through", func(_ *testing.T, b built) (string, bool) {
			chain := after(b.facts.NFTables.Ruleset, "chain forward-allow")
			return onlyIf(strings.Contains(chain, `iifname "tailscale0" oifname `), "the forward chain drops the tailnet's traffic"), b.Forwards()
		}},
		{"T06 egress keeps what the host lives by", egressKeepsAlive},
		{"an exit node is no way around the egress", func(_ *testing.T, b built) (string, bool) {
			chain := b.facts.NFTables.Tables["pantherctl-egress"].Content
			free := regexp.MustCompile(`(?m)oifname .*tailscale0.* accept$`).FindAllString(chain, -1)
			for _, rule := range free {
				if !strings.Contains(rule, " daddr ") {
					return "the internet is free by the tailnet: " + rule, true
				}
			}
			return onlyIf(len(free) > 0, "the tailnet is out of reach"), b.Tailscale.Enable.V && chain != ""
		}},
		{"T07 nf_conntrack loaded before its sysctls", func(_ *testing.T, b built) (string, bool) {
			_, set := b.facts.Kernel.Sysctl["net.netfilter.nf_conntrack_max"]
			return onlyIf(slices.Contains(b.facts.Kernel.Modules, "nf_conntrack"), "the module is not loaded at boot"), set
		}},
		absent("T08 no rule that fails to load for want of an interface or a user", `\b[io]if "`, `skuid`, `skgid`),
		{"T09 no ruleset option", func(_ *testing.T, b built) (string, bool) {
			return onlyIf(!b.facts.NFTables.FlushRuleset, "every reload flushes other programs' tables"), true
		}},
		{"T11 interface patterns of nft", func(_ *testing.T, b built) (string, bool) {
			return onlyIf(!regexp.MustCompile(`[a-z]-?\+"`).MatchString(b.facts.NFTables.Ruleset), `a pattern ends in "+", as iptables has it`), true
		}},
		{"T12 loose reverse path for clients of an exit node", func(_ *testing.T, b built) (string, bool) {
			routing := b.facts.Tailscale.UseRoutingFeatures
			good := (routing == "client" || routing == "both") && b.facts.Firewall.CheckReversePath == "loose"
			for key, value := range b.facts.sysctls() {
				good = good && !(path.Base(strings.ReplaceAll(key, ".", "/")) == "rp_filter" && value == "1")
			}
			return onlyIf(good, "answers from the exit node are dropped"), b.Tailscale.UseExitNode.IsSet()
		}},
		{"T16 exit nodes end up forwarding", exitForwards},
		{"T30 nftables on wherever its rules are", func(_ *testing.T, b built) (string, bool) {
			return onlyIf(b.facts.NFTables.Enable, "extra rules are ignored without a word"), strings.Contains(b.text, "extraInputRules")
		}},
		{"T31 firewall on wherever its tables are", func(_ *testing.T, b built) (string, bool) {
			_, there := b.facts.NFTables.Tables["nixos-fw"]
			return onlyIf(b.facts.Firewall.Enable && there, "own tables stand alone"), len(b.facts.NFTables.Tables) > 0
		}},
	}
}

// after is the text that follows a mark, up to the next empty closing brace.
func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	chain, _, _ := strings.Cut(rest, "\n}")
	return chain
}

func (p openPorts) allows(s schema.Ports) bool {
	list, ranges := p.AllowedTCPPorts, p.AllowedTCPPortRanges
	if s.Protocol == "udp" {
		list, ranges = p.AllowedUDPPorts, p.AllowedUDPPortRanges
	}
	first, last := int(s.First), int(s.Last)
	for _, port := range list {
		if first <= port && port <= last {
			return true
		}
	}
	for _, r := range ranges {
		if first <= r.To && r.From <= last {
			return true
		}
	}
	return false
}

func limitedPortsAreClosed(_ *testing.T, b built) (string, bool) {
	applies := false
	for _, o := range b.Openings {
		if o.Limit == nil || o.Service == schema.Any {
			continue
		}
		applies = true
		for _, p := range o.Ports {
			open := b.facts.Firewall.allows(p)
			for _, name := range o.Interfaces {
				open = open || b.facts.Firewall.Interfaces[name].allows(p)
			}
			if open || b.facts.SSHD.OpenFirewall {
				return fmt.Sprintf("the limit of %s is never reached", p), true
			}
		}
	}
	return "", applies
}

// limitsApart: a set that is full takes nobody in who is new, and whoever forges
// addresses fills it in a second. On the internet one stranger has 2^64 of them.
func limitsApart(_ *testing.T, b built) (string, bool) {
	sides := map[string]schema.Side{} // by set
	for _, rule := range regexp.MustCompile(`(?m)iifname (\{ )?"(.+?)".*add @(\S+) \{ (.*?) limit `).FindAllStringSubmatch(b.facts.NFTables.Ruleset, -1) {
		name, set, counts := rule[2], rule[3], rule[4]
		side := schema.Tailnet
		if i, ok := b.Interfaces.Get(name); ok {
			side = i.Side.V
		}
		if other, taken := sides[set]; taken && other != side {
			return fmt.Sprintf("%s and %s fill the set %s", other, side, set), true
		}
		sides[set] = side
		if side == schema.WAN && counts == "ip6 saddr" {
			return "one stranger has many limits: " + rule[0], true
		}
	}
	return "", len(sides) > 0
}

func egressKeepsAlive(_ *testing.T, b built) (string, bool) {
	chain := b.facts.NFTables.Tables["pantherctl-egress"].Content
	if chain == "" {
		return "the table is missing", b.Firewall.Egress.Policy.V == "deny"
	}
	if n := strings.Count(b.facts.NFTables.Ruleset, "type filter hook output"); n != 1 {
		return fmt.Sprintf("%d chains on the output hook", n), true
	}
	needed := []string{
		"ct state established,related accept", `"lo"`,
		"destination-unreachable", "time-exceeded", "parameter-problem", "tcp dport 53 accept", "udp dport { 53, 67, 123",
	}
	if b.Network.IPv6.V {
		needed = append(needed,
			"nd-neighbor-solicit", "nd-neighbor-advert", "nd-router-solicit", "mld-listener-report", "mld-listener-done", "mld2-listener-report",
			"packet-too-big", "udp dport { 53, 67, 123, 547 } accept")
	}
	if b.facts.Tailscale.Enable {
		needed = append(needed, `"tailscale0"`, "meta mark & 0x00ff0000 == 0x00080000 accept", "443")
	}
	for _, want := range needed {
		if !strings.Contains(chain, want) {
			return want + " is missing", true
		}
	}
	return "", true
}

// exitForwards replays what systemd-sysctl writes. NixOS sorts the lines by
// key, and two names there are for one switch; patterns only reach keys that
// no line names.
func exitForwards(_ *testing.T, b built) (string, bool) {
	values := b.facts.sysctls()
	v4, v6 := "", ""
	for _, key := range slices.Sorted(maps.Keys(values)) {
		switch key {
		case "net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding":
			v4 = values[key]
		case "net.ipv6.conf.all.forwarding":
			v6 = values[key]
		}
	}
	return onlyIf(v4 == "1" && v6 == "1", "forwarding ends up %q for IPv4 and %q for IPv6", v4, v6), b.Forwards()
}
