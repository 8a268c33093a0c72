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

func egressChain(h *policy.Host) string {
	inside := []string{"lo"}
	if h.Tailscale.Enable.V {
		inside = append(inside, policy.TailnetInterface)
	}
	inside = append(inside, h.InterfacesOf(schema.Container)...)
	lines := []string{
		"type filter hook output priority filter; policy drop;",
		"ct state established,related accept",
		"oifname " + nftSet(quoted(inside)) + " accept",
		"",
		"# names, time, addresses",
		"udp dport { 53, 67, 123, 547 } accept",
		"tcp dport 53 accept",
		"",
		"# without these IPv6 has no neighbours, and no path learns its MTU",
		"icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept",
		"icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report } accept",
		"icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept",
		"icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept",
		"",
	}
	if h.Tailscale.Enable.V {
		lines = append(lines, "# tailscaled marks its own packets", "meta mark & 0x00ff0000 == 0x00080000 accept", "")
	}
	if rules := matches(h.EgressPorts); len(rules) > 0 {
		lines = append(lines, "# "+join(serviceNames(h)))
		for _, m := range rules {
			lines = append(lines, m+" accept")
		}
		lines = append(lines, "")
	}
	if h.Firewall.LogRefused.V {
		lines = append(lines, `limit rate 5/minute burst 20 packets log prefix "egress refused: " level info`)
	}
	lines = append(lines, "counter drop")
	var text strings.Builder
	text.WriteString("chain output {\n")
	for _, l := range lines {
		if l != "" {
			l = "  " + l
		}
		fmt.Fprintln(&text, l)
	}
	text.WriteString("}\n")
	return text.String()
}

func serviceNames(h *policy.Host) []string {
	var names []string
	for _, s := range h.Firewall.Egress.Allow.Values() {
		names = append(names, string(s))
	}
	return names
}
