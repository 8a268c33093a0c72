package gen

import (
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// egress adds the table that filters what the host itself sends. NixOS has no
// option for it. An accept here does not outlive a drop elsewhere, so the
// table stands alone on the output hook.
func egress(h *policy.Host, body *nix.AttrSet) {
	if h.Firewall.Egress.Policy.V != "deny" {
		return
	}
	table := nix.AttrSet{
		nix.Bind("family", nix.String("inet")),
		nix.Bind("content", nix.String(egressChain(h))),
	}
	bind(body, nix.Path("networking.nftables.tables").Append("pantherctl-egress"), table, why(h.Firewall.Egress.Policy.From))
}

// egressChain is the chain of what the host itself sends and, where its
// containers get out under its address, the chain of what they send: it would
// otherwise be free of the list.
func egressChain(h *policy.Host) string {
	containers := h.InterfacesOf(schema.Container)
	inside := append([]string{"lo"}, containers...)
	lines := []string{
		"type filter hook output priority filter; policy drop;",
		"ct state established,related accept",
		"oifname " + nftSet(quoted(inside)) + " accept",
		"",
	}
	lines = append(append(lines, tailnetOut(h)...), "# names, time, addresses")
	if h.Network.IPv6.V {
		lines = append(lines,
			"udp dport { 53, 67, 123, 547 } accept",
			"tcp dport 53 accept",
			"",
			"# without these IPv6 has no neighbours, and no path learns its MTU",
			"icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept",
			"icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report } accept",
			"icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept")
	} else {
		lines = append(lines, "udp dport { 53, 67, 123 } accept", "tcp dport 53 accept", "")
	}
	if h.KeepsTime() {
		lines = append(lines, "tcp dport 4460 accept # how time servers prove who they are")
	}
	lines = append(lines, icmpOut, "")
	if h.Tailscale.Enable.V {
		lines = append(lines, "# tailscaled marks its own packets", "meta mark & 0x00ff0000 == 0x00080000 accept", "")
	}
	text := block("chain output", append(append(lines, allowedOut(h)...), refused(h, "egress refused: ")...))
	if !h.NATs() {
		return text
	}
	lines = []string{
		"type filter hook forward priority filter; policy accept;",
		"ct state established,related accept",
		"iifname != " + nftSet(quoted(containers)) + " accept",
		"oifname != " + quoted([]string{h.Uplink()})[0] + " accept",
		"",
		"# names, time",
		"udp dport { 53, 123 } accept",
		"tcp dport 53 accept",
		icmpOut,
		"",
	}
	return text + "\n# what containers send outside; the rest is for the firewall to judge\n" +
		block("chain containers", append(append(lines, allowedOut(h)...), refused(h, "container egress refused: ")...))
}

// tailnetOut lets out what is for the tailnet and the networks of its routers.
// The internet by an exit node leaves by the same interface.
func tailnetOut(h *policy.Host) []string {
	if !h.Tailscale.Enable.V {
		return nil
	}
	by := fmt.Sprintf("oifname %q ", policy.TailnetInterface)
	lines := []string{
		"# members and networks of the tailnet; an exit node's internet is held to the list",
		by + "ip daddr { 10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16 } accept",
	}
	if h.Network.IPv6.V {
		lines = append(lines, by+"ip6 daddr fc00::/7 accept")
	}
	return append(lines, "")
}

// icmpOut lets paths learn their MTU.
const icmpOut = "icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept"

// allowedOut are the rules of the services that may be used elsewhere.
func allowedOut(h *policy.Host) []string {
	rules := matches(h.EgressPorts)
	if len(rules) == 0 {
		return nil
	}
	lines := []string{"# " + join(schema.Words(h.Firewall.Egress.Allow))}
	for _, m := range rules {
		lines = append(lines, m+" accept")
	}
	return append(lines, "")
}

// refused ends a chain.
func refused(h *policy.Host, prefix string) []string {
	if !h.Firewall.LogRefused.V {
		return []string{"counter drop"}
	}
	return []string{fmt.Sprintf("%s log prefix %q level info", logLimit, prefix), "counter drop"}
}

// block is a head and its lines in braces, "" for an empty line: a chain of
// rules, or a profile.
func block(head string, lines []string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s {\n", head)
	for _, l := range lines {
		if l != "" {
			l = "  " + l
		}
		fmt.Fprintln(&text, l)
	}
	text.WriteString("}\n")
	return text.String()
}
