package gen

import (
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// last puts rules behind those of other modules, the log rule behind whatever
// accepts.
func last(rules string) nix.Expr { return nix.Call("lib.mkAfter", nix.String(rules)) }

// logLimit keeps what strangers send from filling the journal.
const logLimit = "limit rate 10/minute burst 20 packets"

// logRule logs a few of the packets that no rule above it took, "" if the host
// logs none. What others send to everybody is no attempt to get in.
func logRule(h *policy.Host, prefix string) string {
	if !h.Firewall.LogRefused.V {
		return ""
	}
	return fmt.Sprintf("meta pkttype host %s log prefix %q level info\n", logLimit, prefix)
}

func logReason(h *policy.Host) string {
	if h.Firewall.LogRefused.V {
		return "it knows no limit: the last input rule logs instead"
	}
	return why(h.Firewall.LogRefused.From)
}

// pingLimit adds the table that drops echo requests beyond a limit per source.
// NixOS's own limit is one for all, and leaves IPv6 out.
func pingLimit(h *policy.Host, body *nix.AttrSet) {
	limit := h.Firewall.PingLimit
	if !limit.IsSet() {
		return
	}
	var sets, rules strings.Builder
	for _, f := range families(h, nil) {
		set := map[string]string{"ip": "limit-ping-4", "ip6": "limit-ping-6"}[f.name]
		icmp := map[string]string{"ip": "icmp", "ip6": "icmpv6"}[f.name]
		fmt.Fprintf(&sets, limitSetText, set, map[string]string{"ip": "ipv4_addr", "ip6": "ipv6_addr"}[f.name])
		fmt.Fprintf(&rules, "  %s type echo-request update @%s { %s saddr limit rate over %s } drop\n", icmp, set, f.name, limit.V)
	}
	table := nix.AttrSet{
		nix.Bind("family", nix.String("inet")),
		nix.Bind("content", nix.String(sets.String()+"chain input {\n  type filter hook input priority filter - 1; policy accept;\n"+rules.String()+"}\n")),
	}
	bind(body, nix.Path("networking.nftables.tables").Append("pantherctl-ping"), table, why(limit.From))
}

// limitSetText declares a set that forgets who was silent for a while.
const limitSetText = "set %s { type %s; flags dynamic, timeout; timeout 10m; size 65536; }\n"

// limitSet names the set of a service's limit on a side. Each side has its own:
// strangers who fill that of the internet with forged addresses, 65536 of them
// in a second, would lock out who comes by the tailnet.
func limitSet(service string, side schema.Side, family string) string {
	return fmt.Sprintf("limit-%s-%s-%s", service, side, map[string]string{"ip": "4", "ip6": "6"}[family])
}

// counted is what has a limit of its own: an address or, of strangers on the
// internet, the network that each of them has to himself (RFC 6177).
func counted(side schema.Side, family string) string {
	if side == schema.WAN && family == "ip6" {
		return "ip6 saddr & ffff:ffff:ffff:ffff::"
	}
	return family + " saddr"
}

// limitSets declares the sets of the openings that are limited: those of the
// host itself, or those it hands on.
func limitSets(h *policy.Host, handedOn bool) string {
	var text strings.Builder
	declared := map[string]bool{}
	for _, o := range h.Openings {
		if o.Limit == nil || (o.Container != "") != handedOn || o.Service == schema.Any || declared[limitSet(o.Service, o.Side, "ip")] {
			continue
		}
		declared[limitSet(o.Service, o.Side, "ip")] = true
		fmt.Fprintf(&text, limitSetText, limitSet(o.Service, o.Side, "ip"), "ipv4_addr")
		if h.Network.IPv6.V {
			fmt.Fprintf(&text, limitSetText, limitSet(o.Service, o.Side, "ip6"), "ipv6_addr")
		}
	}
	return text.String()
}
