package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/schema"
)

// filters are the rules of a host's packet filter before and after, where it has
// one both times.
type filters struct{ old, new string }

// reached says who reaches the hosts, and whom they reach, differently by the
// new rules than by the old. Rules that cannot be read are left to the
// comparison of rules.
func (a *Comparison) reached() []reach.Change {
	var names []string
	for name, f := range a.rules {
		if f.old != f.new {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	// Hosts that nobody asked about may send anything; what they let in is not told.
	old, new, read := map[string]*reach.Ruleset{}, map[string]*reach.Ruleset{}, reach.Rulesets{}
	open := &reach.Ruleset{}
	for _, h := range a.Fleet.Hosts {
		old[h.Name], new[h.Name] = open, open
		f := a.rules[h.Name]
		was, err := read.Parse(f.old)
		is, err2 := read.Parse(f.new)
		if err == nil && err2 == nil {
			old[h.Name], new[h.Name] = was, is
		}
	}
	changes := reach.Diff(reach.WithRules(a.Fleet, old), reach.WithRules(a.Fleet, new), names...)
	return slices.DeleteFunc(changes, func(c reach.Change) bool {
		return !slices.ContainsFunc(c.To, func(to string) bool {
			_, host := a.Fleet.Host(to)
			return a.hosts[to] != nil || !host
		})
	})
}

// firewall compares the firewall's settings.
func firewall(c *comparison) {
	old, new := &c.old.Firewall, &c.new.Firewall
	c.toggle(Narrows, AreaNetwork, "firewall", old.Enable, new.Enable)
	c.toggle(Widens, AreaNetwork, "ping", old.AllowPing, new.AllowPing)
	c.judged(ranked("false", "true|strict", "loose", "false"), AreaNetwork, "reverse path check", text(old.CheckReversePath), text(new.CheckReversePath))
	c.toggle(Narrows, AreaNetwork, "filter of what is forwarded", old.FilterForward, new.FilterForward)
	c.set(Widens, AreaNetwork, "trusted interfaces", old.TrustedInterfaces, new.TrustedInterfaces)
	c.toggle(Neutral, AreaNetwork, "refused connections logged", old.LogRefusedConnections, new.LogRefusedConnections)
	c.toggle(Neutral, AreaNetwork, "nftables", c.old.Nftables.Enable, c.new.Nftables.Enable)
	c.toggle(Neutral, AreaNetwork, "IPv6", c.old.Network.EnableIPv6, c.new.Network.EnableIPv6)
	c.nat(&c.old.Network.NAT, &c.new.Network.NAT)
	if !c.old.Nftables.Enable || !c.new.Nftables.Enable || c.old.Nftables.Ruleset == c.new.Nftables.Ruleset {
		c.openPorts(old, new) // which nftables' rules are made of otherwise
	}
}

// changes are those of what a host's packet filter lets through: who reaches
// whom, then the rules that this does not explain.
func (f filters) changes(host string, reached []reach.Change) []Change {
	if f.old == f.new {
		return nil
	}
	c := &comparison{}
	var told []reach.Change
	for _, r := range reached {
		if slices.Contains(r.To, host) || slices.Contains(r.From, host) {
			told = append(told, r)
			c.reached(r)
		}
	}
	c.rules(nftRules(f.old), nftRules(f.new), told)
	return c.changes
}

func (c *comparison) nat(old, new *facts.NAT) {
	c.toggle(Widens, AreaNetwork, "NAT", old.Enable, new.Enable)
	if old.Enable && new.Enable {
		c.add(Neutral, AreaNetwork, "NAT: to the outside by", old.ExternalInterface, new.ExternalInterface)
		c.set(Widens, AreaNetwork, "NAT: from", old.InternalInterfaces, new.InternalInterfaces)
	}
}

// openPorts compares NixOS's own lists of ports, by interface.
func (c *comparison) openPorts(old, new *facts.Firewall) {
	c.set(Widens, AreaNetwork, "open on every interface", portsOf(old.Ports), portsOf(new.Ports))
	for _, name := range union(old.Interfaces, new.Interfaces) {
		c.set(Widens, AreaNetwork, "open on "+name, portsOf(old.Interfaces[name]), portsOf(new.Interfaces[name]))
	}
}

func portsOf(p facts.Ports) []string {
	var all []string
	add := func(protocol string, ports []int, ranges []facts.Range) {
		for _, n := range ports {
			all = append(all, fmt.Sprintf("%s/%d", protocol, n))
		}
		for _, r := range ranges {
			all = append(all, fmt.Sprintf("%s/%d-%d", protocol, r.From, r.To))
		}
	}
	add("tcp", p.AllowedTCPPorts, p.AllowedTCPPortRanges)
	add("udp", p.AllowedUDPPorts, p.AllowedUDPPortRanges)
	return all
}

// reached tells one change of who reaches whom.
func (c *comparison) reached(r reach.Change) {
	object := fmt.Sprintf("%s to %s over the %s", list(r.From), list(r.To), r.Side)
	what := r.Ports.String()
	if len(r.Services) > 0 {
		what += " (" + strings.Join(r.Services, ", ") + ")"
	}
	if r.Name != "" {
		what = strings.Join(r.Services, ", ") + " as " + r.Name
	}
	switch r.Effect {
	case reach.Opens:
		c.add(Widens, AreaNetwork, object, "", what, r.Why)
	case reach.Closes:
		c.add(Narrows, AreaNetwork, object, what, "")
	case reach.Unlimits:
		c.add(Widens, AreaNetwork, object, what+" at a limited rate", what, r.Why)
	case reach.Limits:
		c.add(Narrows, AreaNetwork, object, what, what+" at a limited rate", r.Why)
	case reach.Unjudges:
		c.add(Widens, AreaNetwork, object, "known", "unknown", r.Why)
	case reach.Judges:
		c.add(Neutral, AreaNetwork, object, "unknown", "known")
	}
}

// A nftRule is one line of a chain.
type nftRule struct {
	chain, text string
	ports       []string // tcp/22 and udp/53-60, of its dport
	rest        string   // its text without them
}

// rules tells which rules came and went that no change of who reaches whom
// explains. A rule whose ports alone differ is one object.
func (c *comparison) rules(old, new []nftRule, told []reach.Change) {
	left, came := beyond(old, new), beyond(new, old)
	for i, r := range left {
		at := slices.IndexFunc(came, func(n nftRule) bool {
			return n.text != "" && n.chain == r.chain && len(n.ports) > 0 && n.rest == r.rest
		})
		if at < 0 || len(r.ports) == 0 {
			continue
		}
		c.rulePorts(r, came[at], told)
		left[i].text, came[at].text = "", ""
	}
	c.rewritten(left, came)
	for _, r := range came {
		if r.text != "" && !explained(r.ports, told, Widens, verdict(r.text)) {
			c.add(verdict(r.text), AreaNetwork, "rule in "+r.chain, "", r.text)
		}
	}
	for _, r := range left {
		if r.text != "" && !explained(r.ports, told, Narrows, verdict(r.text).opposite()) {
			c.add(verdict(r.text).opposite(), AreaNetwork, "rule in "+r.chain, r.text, "")
		}
	}
	if len(left)+len(came) == 0 && !slices.EqualFunc(old, new, sameRule) {
		c.add(Neutral, AreaNetwork, "rules", "in order", "in another order", unjudged)
	}
}

func sameRule(a, b nftRule) bool { return a.chain == b.chain && a.text == b.text }

// rewritten tells of rules that are about the same ports as before, and takes
// them out. Of an accepting rule, each condition more narrows.
func (c *comparison) rewritten(left, came []nftRule) {
	for i, r := range left {
		at := slices.IndexFunc(came, func(n nftRule) bool {
			return n.text != "" && n.chain == r.chain && len(n.ports) > 0 && slices.Equal(n.ports, r.ports) && verdict(n.text) == verdict(r.text)
		})
		if at < 0 || r.text == "" {
			continue
		}
		m := Widens
		if was, is := strings.Fields(r.text), strings.Fields(came[at].text); len(without(was, is)) == 0 && verdict(r.text) == Widens || len(without(is, was)) == 0 && verdict(r.text) == Narrows {
			m = Narrows
		}
		c.add(m, AreaNetwork, "rule in "+r.chain, r.text, came[at].text)
		left[i].text, came[at].text = "", ""
	}
}

// rulePorts tells how the ports of one rule differ.
func (c *comparison) rulePorts(old, new nftRule, told []reach.Change) {
	m := verdict(new.text)
	came, left := without(new.ports, old.ports), without(old.ports, new.ports)
	if !explained(came, told, Widens, m) {
		c.add(m, AreaNetwork, "rule in "+new.chain+": "+new.rest, "", list(came))
	}
	if !explained(left, told, Narrows, m.opposite()) {
		c.add(m.opposite(), AreaNetwork, "rule in "+new.chain+": "+new.rest, list(left), "")
	}
}

// explained reports whether changes of who reaches whom have told of ports.
func explained(ports []string, told []reach.Change, want, m Mark) bool {
	if m != want || len(ports) == 0 {
		return false
	}
	for _, p := range ports {
		if !slices.ContainsFunc(told, func(r reach.Change) bool { return r.Effect.Widens() == (want == Widens) && covers(r.Ports, p) }) {
			return false
		}
	}
	return true
}

// covers reports whether ports hold one written as tcp/22 or tcp/60-70.
func covers(ports reach.Ports, p string) bool {
	protocol, numbers, _ := strings.Cut(p, "/")
	first, last, ranged := strings.Cut(numbers, "-")
	if !ranged {
		last = first
	}
	return slices.ContainsFunc(ports, func(s schema.Ports) bool {
		return s.Protocol == protocol && atMost(fmt.Sprint(s.First), first) && atMost(last, fmt.Sprint(s.Last))
	})
}

// atMost compares numbers written without leading zeros.
func atMost(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a <= b }

// verdict is what a rule does when it is new.
func verdict(rule string) Mark {
	words := strings.Fields(strings.NewReplacer(";", " ", "{", " ", "}", " ").Replace(rule))
	has := func(w ...string) bool {
		return slices.ContainsFunc(w, func(s string) bool { return slices.Contains(words, s) })
	}
	switch {
	case has("accept", "jump", "goto", "masquerade", "dnat", "snat", "redirect"):
		return Widens
	case has("drop", "reject"):
		return Narrows
	}
	return Neutral
}

// beyond returns the rules of a that b has fewer of.
func beyond(a, b []nftRule) []nftRule {
	type key struct{ chain, text string }
	have := map[key]int{}
	for _, r := range b {
		have[key{r.chain, r.text}]++
	}
	var rest []nftRule
	for _, r := range a {
		k := key{r.chain, r.text}
		if have[k]--; have[k] < 0 {
			rest = append(rest, r)
		}
	}
	return rest
}

// nftRules reads the lines of every chain and set, without comments: nft(8).
func nftRules(ruleset string) []nftRule {
	var rules []nftRule
	table, chain, depth := "", "", 0
	for line := range strings.Lines(ruleset) {
		line = strings.Join(strings.Fields(uncommented(line)), " ")
		words := strings.Fields(line)
		opens, closes := strings.Count(line, "{"), strings.Count(line, "}")
		switch {
		case line == "" || line == "}" && depth <= 2:
		case depth == 0 && words[0] == "table":
			table = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(line, "table"), "{"))
		case depth == 1 && words[0] == "chain" && len(words) > 1:
			chain = table + " " + words[1]
		case depth == 1:
			rules = append(rules, nftRule{chain: table, text: line})
		default:
			rules = append(rules, ruleOf(chain, line))
		}
		depth = max(0, depth+opens-closes)
	}
	return rules
}

// uncommented cuts what follows # outside of quotes, and the comment statement.
func uncommented(line string) string {
	quoted := false
	for i, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
		case r == '#' && !quoted:
			line = line[:i]
			return line
		}
	}
	if at := strings.LastIndex(line, ` comment "`); at >= 0 && strings.HasSuffix(strings.TrimSpace(line), `"`) {
		line = line[:at]
	}
	return line
}

// ruleOf takes the ports of a rule out of its text.
func ruleOf(chain, line string) nftRule {
	r := nftRule{chain: chain, text: line}
	for _, protocol := range []string{"tcp", "udp"} {
		before, after, ok := strings.Cut(line, protocol+" dport ")
		if !ok {
			continue
		}
		set, rest, braced := strings.Cut(after, "}")
		if !strings.HasPrefix(after, "{") || !braced {
			set, rest, _ = strings.Cut(after, " ")
		}
		for _, p := range split(set, "{, ") {
			r.ports = append(r.ports, protocol+"/"+p)
		}
		r.rest = before + protocol + " dport … " + strings.TrimSpace(rest)
		return r
	}
	return r
}

// sockets are the ports that socket units listen on: systemd.socket(5).
func sockets(h *facts.Host) []string {
	if h.System == nil {
		return nil
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(h.System.Units)) {
		if !strings.HasSuffix(name, ".socket") {
			continue
		}
		u := parseUnit(h.System.Units[name])
		for key, protocol := range map[string]string{"ListenStream": "tcp", "ListenDatagram": "udp"} {
			for _, at := range u["Socket"][key] {
				if at != "" && !strings.ContainsAny(at[:1], "/@%") && !strings.HasPrefix(at, "vsock:") {
					all = append(all, protocol+"/"+at+" ("+name+")")
				}
			}
		}
	}
	slices.Sort(all)
	return all
}
