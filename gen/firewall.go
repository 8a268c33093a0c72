package gen

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// sysctlPriority is stronger than a module's mkDefault and weaker than what a
// user writes himself.
const sysctlPriority = 900

// firewall is the module of the packet filter: nftables, everything refused
// that no access rule lets in.
func firewall(h *policy.Host) *nix.File {
	f := &nix.File{Params: []string{"lib"}}
	filter := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("allowPing", nix.Bool(h.Firewall.Ping.V), why(h.Firewall.Ping.From)),
		nix.Bind("logRefusedConnections", nix.Bool(false), logReason(h)),
		nix.Bind("filterForward", nix.Bool(true), "forwards nothing but what a rule names"),
		reversePath(h),
	}
	if trusted := schema.Words(h.Firewall.Trusted); len(trusted) > 0 {
		filter = append(filter, nix.Bind("trustedInterfaces", nix.Strings(trusted...), "every port is open to everybody behind these"))
	}
	filter = append(filter, interfaces(h)...)
	if rules := inputRules(h) + logRule(h, "refused connection: "); rules != "" {
		bind(&filter, nix.Path("extraInputRules"), last(rules), "these ports are in no list above: a limit behind an accept is never reached")
	}
	if rules := forwardRules(h) + logRule(h, "forward refused: "); rules != "" {
		bind(&filter, nix.Path("extraForwardRules"), last(rules), forwardReason(h))
	}
	body := nix.AttrSet{nix.Bind("networking.nftables.enable", nix.Bool(true))}
	bind(&body, nix.Path("networking.firewall"), filter)
	bind(&body, nix.Path("virtualisation.docker.enable"), nix.Bool(false),
		"Docker lets in past these rules; whoever turns it on sees both lines. Podman keeps to them")
	if sets := limitSets(h, false); sets != "" {
		bind(&body, nix.Path("networking.nftables.tables").Append("nixos-fw", "content"), nix.Call("lib.mkBefore", nix.String(sets)),
			"who connected lately, by service")
		body = append(body, nix.Bind("networking.nftables.tables.nixos-fw.family", nix.String("inet"),
			"as NixOS has it: a host that turns the firewall off is then told so, and does not fail"))
	}
	pingLimit(h, &body)
	egress(h, &body)
	conntrack(h, &body)
	if !h.Firewall.Ping.V && h.Network.IPv6.V {
		sysctl(h, &body, "net.ipv6.icmp.echo_ignore_all", 1, "allowPing speaks of IPv4 only")
	}
	f.Body = body
	return f
}

func reversePath(h *policy.Host) nix.Binding {
	if h.LooseReversePath() {
		return nix.Bind("checkReversePath", nix.String("loose"), "answers of an exit node come by another way than their senders' route")
	}
	return nix.Bind("checkReversePath", nix.Bool(true), "drops packets whose sender the route back does not lead to")
}

// ports are the ports of one protocol that one interface lets in.
type ports struct {
	single []int64
	ranges nix.List
	users  []string            // who, in the order of the rules
	uses   map[string][]string // services by who
}

func newPorts() *ports { return &ports{uses: map[string][]string{}} }

func (p *ports) add(o policy.Opening, s schema.Ports) {
	for _, who := range o.Names() {
		if !slices.Contains(p.users, who) {
			p.users = append(p.users, who)
		}
		if !slices.Contains(p.uses[who], o.Service) {
			p.uses[who] = append(p.uses[who], o.Service)
		}
	}
	if s.First == s.Last {
		p.single = append(p.single, int64(s.First))
		return
	}
	p.ranges = append(p.ranges, nix.Element{Value: nix.AttrSet{
		nix.Bind("from", nix.Int(s.First)), nix.Bind("to", nix.Int(s.Last)),
	}})
}

// why says what the ports are for, a line for each who uses them.
func (p *ports) why() []string {
	var lines []string
	for _, who := range p.users {
		lines = append(lines, join(p.uses[who])+" for "+who)
	}
	return lines
}

// limited reports whether an opening needs rules of its own: a limit, or
// sources that not everybody on the side is.
func limited(o policy.Opening) bool { return o.Limit != nil || o.Sources != nil }

// interfaces are the ports that everybody behind an interface may use.
func interfaces(h *policy.Host) nix.AttrSet {
	byInterface := map[string]map[string]*ports{}
	var names []string
	for _, o := range h.Openings {
		if limited(o) || o.Container != "" {
			continue
		}
		for _, name := range o.Interfaces {
			if byInterface[name] == nil {
				byInterface[name] = map[string]*ports{"tcp": newPorts(), "udp": newPorts()}
				names = append(names, name)
			}
			for _, s := range o.Ports {
				byInterface[name][s.Protocol].add(o, s)
			}
		}
	}
	set := nix.AttrSet{}
	for _, name := range names {
		lists := nix.AttrSet{}
		for _, protocol := range []string{"tcp", "udp"} {
			p, option := byInterface[name][protocol], "allowed"+strings.ToUpper(protocol)+"Port"
			why := p.why()
			if len(p.single) > 0 {
				slices.Sort(p.single)
				lists = append(lists, nix.Bind(option+"s", nix.Ints(slices.Compact(p.single)...), why...))
				why = nil
			}
			if len(p.ranges) > 0 {
				lists = append(lists, nix.Binding{Doc: why, Path: nix.Path(option + "Ranges"), Value: p.ranges})
			}
		}
		bind(&set, nix.Path("interfaces").Append(name), lists)
	}
	if len(set) > 0 {
		set[0].Blank = true
	}
	return set
}

// inputRules let in what is limited by rate or source. Within NixOS's chain
// they follow the lists of ports and see new connections only.
func inputRules(h *policy.Host) string {
	var rules strings.Builder
	for _, o := range h.Openings {
		if !limited(o) || o.Container != "" {
			continue
		}
		fmt.Fprintf(&rules, "# %s\n", o.Why())
		in := `iifname ` + nftSet(quoted(o.Interfaces))
		for _, family := range families(h, o.Sources) {
			from := family.source
			if o.Service == schema.Any {
				fmt.Fprintf(&rules, "%s%s accept\n", in, from)
				continue
			}
			for _, match := range matches(o.Ports) {
				if o.Limit == nil {
					fmt.Fprintf(&rules, "%s%s %s accept\n", in, from, match)
					continue
				}
				fmt.Fprintf(&rules, "%s%s %s ct state new add @%s { %s limit rate %s burst %d packets } accept\n",
					in, from, match, limitSet(o.Service, o.Side, family.name), counted(o.Side, family.name), o.Limit.Rate, o.Limit.Burst)
			}
		}
	}
	return rules.String()
}

// family is one of the two kinds of addresses in a rule: its nft name, and a
// match for the sources of that kind.
type family struct{ name, source string }

// families returns the families that sources have, for nobody's those that the
// host speaks.
func families(h *policy.Host, sources []netip.Addr) []family {
	switch {
	case sources == nil && !h.Network.IPv6.V:
		return []family{{"ip", ""}}
	case sources == nil:
		return []family{{"ip", ""}, {"ip6", ""}}
	}
	var v4, v6 []string
	for _, s := range sources {
		if s.Is4() {
			v4 = append(v4, s.String())
		} else {
			v6 = append(v6, s.String())
		}
	}
	var fs []family
	if v4 != nil {
		fs = append(fs, family{"ip", " ip saddr " + nftSet(v4)})
	}
	if v6 != nil {
		fs = append(fs, family{"ip6", " ip6 saddr " + nftSet(v6)})
	}
	return fs
}

// matches are the matches of ports, one a protocol.
func matches(list []schema.Ports) []string {
	byProtocol := map[string][]string{}
	for _, p := range list {
		text := fmt.Sprint(p.First)
		if p.First != p.Last {
			text = fmt.Sprintf("%d-%d", p.First, p.Last)
		}
		if !slices.Contains(byProtocol[p.Protocol], text) {
			byProtocol[p.Protocol] = append(byProtocol[p.Protocol], text)
		}
	}
	var texts []string
	for _, protocol := range []string{"tcp", "udp"} {
		if list := byProtocol[protocol]; list != nil {
			texts = append(texts, protocol+" dport "+nftSet(list))
		}
	}
	return texts
}

func forwardReason(h *policy.Host) string {
	if h.Forwards() {
		return "answers come back by connection tracking"
	}
	return "behind whatever other modules forward"
}

// forwardRules let the tailnet through a host that carries its traffic.
func forwardRules(h *policy.Host) string {
	if !h.Forwards() {
		return ""
	}
	var rules strings.Builder
	if h.Tailscale.ExitNode.V {
		fmt.Fprintf(&rules, "iifname %q oifname %s accept comment \"exit node\"\n",
			policy.TailnetInterface, nftSet(quoted(h.InterfacesOf(schema.WAN))))
	}
	in := fmt.Sprintf("iifname %q oifname != %[1]q", policy.TailnetInterface)
	var v4, v6 []string
	for _, r := range h.Tailscale.Routes.Values() {
		if r.Addr().Is4() {
			v4 = append(v4, r.String())
		} else {
			v6 = append(v6, r.String())
		}
	}
	if v4 != nil {
		fmt.Fprintf(&rules, "%s ip daddr %s accept comment \"subnet router\"\n", in, nftSet(v4))
	}
	if v6 != nil {
		fmt.Fprintf(&rules, "%s ip6 daddr %s accept comment \"subnet router\"\n", in, nftSet(v6))
	}
	return rules.String()
}

// conntrack sets the limits of connection tracking. The keys exist once the
// module is loaded, which must be before sysctl runs.
func conntrack(h *policy.Host, body *nix.AttrSet) {
	c := h.Firewall.Conntrack
	modules, reason := []string{"nf_conntrack"}, "its sysctls exist only once it is loaded"
	if h.Kernel.LockModules.V {
		modules, reason = append(modules, rulesetModules(h)...), "once modules are locked, a later ruleset could not load what it needs"
	}
	bind(body, nix.Path("boot.kernelModules"), nix.Strings(modules...), reason)
	for _, s := range []struct {
		key   string
		value int
		from  schema.Origin
	}{
		{"net.netfilter.nf_conntrack_max", int(c.Max.V), c.Max.From},
		{"net.netfilter.nf_conntrack_tcp_timeout_established", c.Established.V.Seconds(), c.Established.From},
		{"net.netfilter.nf_conntrack_tcp_timeout_close_wait", c.CloseWait.V.Seconds(), c.CloseWait.From},
	} {
		sysctl(h, body, s.key, s.value, why(s.from))
	}
}

// rulesetModules are the modules that rules of this package and of NixOS may
// need, and those of container interfaces.
func rulesetModules(h *policy.Host) []string {
	modules := []string{
		"nf_log_syslog", "nf_tables", "nft_chain_nat", "nft_connlimit", "nft_ct", "nft_fib_inet", "nft_limit",
		"nft_log", "nft_masq", "nft_nat", "nft_reject_inet",
	}
	if len(h.InterfacesOf(schema.Container)) > 0 {
		modules = append(modules, "bridge", "veth")
	}
	return modules
}

// sysctl sets a key unless the document does so itself: kernel.nix writes it
// then, and no two modules may.
func sysctl(h *policy.Host, body *nix.AttrSet, key string, value int, why string) {
	if h.Kernel.Mode.V == schema.Generate && slices.ContainsFunc(h.Sysctls, func(s policy.Sysctl) bool { return s.Key == key }) {
		return
	}
	bind(body, nix.Path("boot.kernel.sysctl").Append(key), nix.Override(sysctlPriority, nix.Int(value)), why)
}

func quoted(names []string) []string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = `"` + n + `"`
	}
	return texts
}

// nftSet writes one value bare and several as a set.
func nftSet(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return "{ " + strings.Join(values, ", ") + " }"
}
