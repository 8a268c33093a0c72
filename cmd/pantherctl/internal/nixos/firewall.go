package nixos

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/nix"
)

// The tables of NixOS: firewall-nftables.nix and nat-nftables.nix.
var (
	//go:embed nixos-fw.nft
	firewallTable string
	//go:embed nixos-nat.nft
	natTable string
)

// render fills in one of the templates beside this file.
func render(text string, values any) string {
	var b strings.Builder
	t := template.Must(template.New("").Funcs(template.FuncMap{"set": quotedSet}).Parse(text))
	if err := t.Execute(&b, values); err != nil {
		panic(err) // templates and the types of values are constant
	}
	return b.String()
}

func quotedSet(names []string) string { return fmt.Sprintf(`{ "%s" }`, strings.Join(names, `", "`)) }

func (o *option) firewall() facts.Firewall {
	f := o.find("networking.firewall")
	firewall := facts.Firewall{
		Ports:                 f.ports(),
		Enable:                f.at("enable").boolean(true),
		AllowPing:             f.at("allowPing").boolean(true),
		CheckReversePath:      f.at("checkReversePath").value(true),
		FilterForward:         f.at("filterForward").boolean(false),
		LogRefusedConnections: f.at("logRefusedConnections").boolean(true),
		TrustedInterfaces:     f.at("trustedInterfaces").strings(),
		Interfaces:            map[string]facts.Ports{},
	}
	for _, name := range f.at("interfaces").names() {
		firewall.Interfaces[name] = f.at("interfaces", name).ports()
	}
	return firewall
}

// ports are sorted, each once; ranges are not.
func (o *option) ports() facts.Ports {
	sorted := func(name string) []int {
		ports := o.at(name).ints()
		slices.Sort(ports)
		return slices.Compact(ports)
	}
	ranges := func(name string) []facts.Range {
		all := []facts.Range{}
		for _, r := range o.at(name).sets() {
			all = append(all, facts.Range{From: r.at("from").number(), To: r.at("to").number()})
		}
		return all
	}
	return facts.Ports{
		AllowedTCPPorts: sorted("allowedTCPPorts"), AllowedTCPPortRanges: ranges("allowedTCPPortRanges"),
		AllowedUDPPorts: sorted("allowedUDPPorts"), AllowedUDPPortRanges: ranges("allowedUDPPortRanges"),
	}
}

func (o *option) nat() facts.NAT {
	n := o.find("networking.nat")
	nat := facts.NAT{
		Enable:             n.at("enable").boolean(false),
		ExternalInterface:  n.at("externalInterface").text(""),
		InternalInterfaces: n.at("internalInterfaces").strings(),
	}
	if nat.Enable && (nat.ExternalInterface == "" || len(nat.InternalInterfaces) == 0) {
		n.fail("names no interfaces, which the double does not render")
	}
	return nat
}

// nftables renders the ruleset of a host whose firewall and NAT are known.
func (o *option) nftables(h *facts.Host) facts.Nftables {
	n := facts.Nftables{Enable: o.find("networking.nftables.enable").boolean(false), Tables: map[string]facts.Table{}}
	if !n.Enable {
		return n
	}
	tables := o.find("networking.nftables.tables")
	add := func(name, family, content string) {
		tables.at(name, "family").set(nix.String(family), plain)
		tables.at(name, "content").set(nix.String(content), plain)
	}
	if nat := h.Network.NAT; nat.Enable {
		add("nixos-nat", "ip", render(natTable, nat))
		if h.Firewall.FilterForward {
			accept := fmt.Sprintf("iifname %s oifname %q accept comment \"from internal interfaces\"\n\n\n\n", quotedSet(nat.InternalInterfaces), nat.ExternalInterface)
			o.find("networking.firewall.extraForwardRules").set(nix.String(accept), plain)
		}
	}
	if h.Firewall.Enable {
		add("nixos-fw", "inet", o.filter(h.Firewall))
	}
	for _, name := range tables.names() {
		t := facts.Table{Family: tables.at(name, "family").text(""), Content: tables.at(name, "content").lines()}
		n.Tables[name] = t
		n.Ruleset += fmt.Sprintf("table %s %s {\n%s\n}\n", t.Family, name, t.Content)
	}
	return n
}

// filter renders the table of the firewall itself. Ports of every interface
// stand among those of single ones, where NixOS sorts the name default.
func (o *option) filter(f facts.Firewall) string {
	rules := o.find("networking.firewall")
	interfaces := maps.Clone(f.Interfaces)
	interfaces["default"] = f.Ports
	allowed := ""
	for _, name := range slices.Sorted(maps.Keys(interfaces)) {
		in := ""
		if name != "default" {
			in = "iifname " + name
		}
		p := interfaces[name]
		allowed += accept(in, "tcp", p.AllowedTCPPorts, p.AllowedTCPPortRanges) + accept(in, "udp", p.AllowedUDPPorts, p.AllowedUDPPortRanges)
	}
	return render(firewallTable, struct {
		facts.Firewall
		Allowed, ExtraInputRules, ExtraForwardRules string
	}{f, allowed, rules.at("extraInputRules").lines(), rules.at("extraForwardRules").lines()})
}

// accept is the line of one protocol's ports, empty but there for none.
func accept(in, protocol string, ports []int, ranges []facts.Range) string {
	var set []string
	for _, p := range ports {
		set = append(set, fmt.Sprint(p))
	}
	for _, r := range ranges {
		set = append(set, fmt.Sprintf("%d-%d", r.From, r.To))
	}
	if set == nil {
		return "\n"
	}
	return fmt.Sprintf("%s %s dport { %s } accept\n", in, protocol, strings.Join(set, ", "))
}
