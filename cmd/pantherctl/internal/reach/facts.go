package reach

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// evaluated is what the facts of a host say about its packet filter.
type evaluated struct {
	NFTables struct {
		Enable  bool   `json:"enable"`
		Ruleset string `json:"ruleset"`
	} `json:"nftables"`
}

// ReadFacts returns the final rules of each host from evaluated facts, JSON of
// {HOST: {nftables: {enable, ruleset}, …}}. Hosts without nftables have none.
func ReadFacts(text []byte) (map[string]*Ruleset, error) {
	var facts map[string]evaluated
	if err := json.Unmarshal(text, &facts); err != nil {
		return nil, fmt.Errorf("the facts are not those of hosts: %w", err)
	}
	rules, read := map[string]*Ruleset{}, Rulesets{}
	for name, f := range facts {
		if !f.NFTables.Enable {
			continue
		}
		r, err := read.Parse(f.NFTables.Ruleset)
		if err != nil {
			return nil, fmt.Errorf("the ruleset of %s: %w", name, err)
		}
		rules[name] = r
	}
	return rules, nil
}

// Rulesets are rulesets by their texts, each read once: many hosts have the same.
type Rulesets map[string]*Ruleset

// Parse is [ParseRuleset] that returns the same for the same text.
func (s Rulesets) Parse(text string) (*Ruleset, error) {
	r, known := s[text]
	if known {
		return r, nil
	}
	r, err := ParseRuleset(text)
	if err == nil {
		s[text] = r
	}
	return r, err
}

// WithRules is the network of a fleet whose hosts let in and out what their
// final rules say. Hosts are alike if they share their rules, as [Rulesets] has
// them.
func WithRules(f *policy.Fleet, rules map[string]*Ruleset) *Network {
	return newNetwork(f, &filters{rules, spans(rules)})
}

// filters are the packet filters of hosts.
type filters struct {
	rules map[string]*Ruleset
	told  []span // all that they compare addresses with
}

// strangers are addresses that nobody in a document has, by side (RFC 5737,
// RFC 3849, and the last of the tailnet's).
var strangers = map[schema.Side][]netip.Addr{
	schema.Tailnet:   {netip.MustParseAddr("100.127.255.254"), netip.MustParseAddr("fd7a:115c:a1e0:ffff::ffff")},
	schema.LAN:       {netip.MustParseAddr("192.0.2.254"), netip.MustParseAddr("2001:db8:1::ffff")},
	schema.WAN:       {netip.MustParseAddr("198.51.100.254"), netip.MustParseAddr("2001:db8:2::ffff")},
	schema.Container: {netip.MustParseAddr("203.0.113.254"), netip.MustParseAddr("2001:db8:3::ffff")},
}

// addressed returns the addresses of a member on a side, or those of nobody.
func addressed(m *Member, side schema.Side, ipv6 bool) []netip.Addr {
	var list []netip.Addr
	for _, a := range m.on(side) {
		list = append(list, a.V.Addr)
	}
	if list == nil {
		list = strangers[side]
	}
	return slices.DeleteFunc(slices.Clone(list), func(a netip.Addr) bool { return a.Is6() && !ipv6 })
}

// doors returns what the rules of a host let in.
func (f *filters) doors(src, dst *Member, side schema.Side) ([]Door, string) {
	h := dst.Host
	r := f.rules[h.Name]
	if r == nil {
		return nil, fmt.Sprintf("the facts have no nftables rules of %s", h.Name)
	}
	var doors []Door
	for _, d := range ownDoors(h, side) { // of these the filter knows nothing
		if d.Beside {
			doors = append(doors, d)
		}
	}
	var unknown []string
	for _, name := range h.InterfacesOf(side) {
		for _, addr := range addressed(src, side, h.Network.IPv6.V) {
			t := r.all(packet{hook: "input", in: anInterface(name), src: addr, dst: target(dst, side, addr)})
			doors, unknown = append(doors, t.doors...), append(unknown, t.unknown...)
		}
	}
	return distinct(doors), notJudged(h.Name, unknown)
}

// sent returns what the rules of a host let out by a side to one.
func (f *filters) sent(src *Member, side, to schema.Side) (Ports, string) {
	h := src.Host
	r := f.rules[h.Name]
	if r == nil {
		return nil, fmt.Sprintf("the facts have no nftables rules of %s", h.Name)
	}
	names := h.InterfacesOf(side)
	if side == schema.WAN && len(names) == 0 {
		names = h.InterfacesOf(schema.LAN)
	}
	if len(names) == 0 {
		return allPorts(), ""
	}
	var ports Ports
	var unknown []string
	for _, name := range names {
		for _, addr := range addressed(src, side, h.Network.IPv6.V) {
			t := r.all(packet{hook: "output", out: anInterface(name), src: addr, dst: strangers[to][family(addr)]})
			unknown = append(unknown, t.unknown...)
			for _, d := range t.doors {
				ports = ports.union(d.Ports)
			}
		}
	}
	return ports, notJudged(h.Name, unknown)
}

// target returns the address of a host that a source of one family sends to.
func target(m *Member, side schema.Side, src netip.Addr) netip.Addr {
	for _, a := range m.on(side) {
		if a.V.Is4() == src.Is4() {
			return a.V.Addr
		}
	}
	return strangers[side][family(src)]
}

func family(a netip.Addr) int {
	if a.Is4() {
		return 0
	}
	return 1
}

// anInterface is a name that a pattern of interfaces means.
func anInterface(pattern string) string {
	if stem, wild := strings.CutSuffix(pattern, "*"); wild {
		return stem + "x"
	}
	return pattern
}

// all sends a packet of either protocol.
func (r *Ruleset) all(p packet) through {
	var sum through
	for _, p.protocol = range []string{"tcp", "udp"} {
		t := r.pass(p)
		if p.hook == "input" {
			t = r.arrive(p)
		}
		sum.doors, sum.unknown = append(sum.doors, t.doors...), append(sum.unknown, t.unknown...)
	}
	return sum
}

// distinct joins doors of the same rule.
func distinct(doors []Door) []Door {
	var list []Door
	for _, d := range doors {
		i := slices.IndexFunc(list, func(x Door) bool { return x.What == d.What && x.AtBoot == d.AtBoot })
		if i < 0 {
			list = append(list, d)
			continue
		}
		list[i].Ports = list[i].Ports.union(d.Ports)
	}
	return list
}

func notJudged(host string, rules []string) string {
	if len(rules) == 0 {
		return ""
	}
	return fmt.Sprintf("not judged: %s has the rule %s", host, rules[0])
}

// Disagreement is what a document and the final rules say differently of two
// members.
type Disagreement struct {
	From, To string
	Side     schema.Side
	More     Ports // open, or let in, by the rules and not by the document
	Less     Ports // the other way round
	Unknown  string
}

// Compare compares the network of a document with that of the final rules,
// pair by pair.
func Compare(document, rules *Network) []Disagreement {
	var list []Disagreement
	for _, src := range rules.Members {
		for _, dst := range rules.Members {
			if dst.to < 0 || src == dst {
				continue
			}
			was, is := document.linksOf(src.Name, dst.Name), rules.linksOf(src.Name, dst.Name)
			for _, side := range sides(src, dst) {
				d := Disagreement{From: src.Title(), To: dst.Title(), Side: side, Unknown: is[side].Unknown}
				more := func(a, b *Link) Ports { return a.Open().minus(b.Open()).union(a.Let.minus(b.Let)) }
				d.More, d.Less = more(is[side], was[side]), more(was[side], is[side])
				if len(d.More)+len(d.Less) > 0 || d.Unknown != "" && was[side].Unknown == "" {
					list = append(list, d)
				}
			}
		}
	}
	return list
}
