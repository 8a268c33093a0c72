package gen

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/tailnet"
	"github.com/pantherctl/pantherctl/schema"
)

// maxSubjects bounds the tests, whose number grows with its square.
const maxSubjects = 24

// nobody is an address that a rule for * means and that no member can have:
// every member answers names at it itself (tailscale.com/net/tsaddr,
// TailscaleServiceIP).
const nobody = "100.100.100.100"

// subject is a name of tests and what rules make of whom it stands for.
type subject struct {
	name    string // a tag, login, alias or address
	as      string // on the other side, where an IPv6 address stands in brackets
	members []*meshMember
	byAddr  bool
	ruled   string // how rules name it
	addr    int    // which of a member's addresses
	traits  string // equal for subjects that rules treat alike
	sends   []bool // by rule: whether it lets some of the members send
	takes   []bool // and whether it lets somebody reach some of them
}

// tests states for every kind of member what it must reach and what it must
// not, over TCP and UDP. What some of a tag's members may and others may not
// is no test: the service lets one member of the target do, and wants only one
// of the source refused. Nor is ICMP, which clients let in from whom any port
// is open to (tailscale.com/wgengine/filter).
func (t *tailnetPolicy) tests() {
	subjects := t.subjects()
	free := t.freePort()
	for _, src := range subjects {
		for _, protocol := range []string{"tcp", "udp"} {
			test := tailnet.Test{Src: text(src.name), Proto: text(protocol)}
			if src.name == nobody {
				test.Comment = "Nobody's address, which no rule means but one for everyone in the tailnet."
			}
			for _, dst := range subjects {
				for _, port := range append(t.portsBetween(src, dst), free) {
					where := text(fmt.Sprintf("%s:%d", dst.as, port))
					switch surely, perhaps := t.reaches(src, dst, protocol, port); {
					case surely:
						test.Accept = append(test.Accept, where)
					case !perhaps:
						test.Deny = append(test.Deny, where)
					}
				}
			}
			if len(test.Accept)+len(test.Deny) > 0 {
				t.policy.Tests = append(t.policy.Tests, test)
			}
		}
	}
}

// subjects returns the tags and logins that rules name, and of the others one
// for each kind of member, those of the most members first, then the addresses
// of members that have neither, and nobody's.
func (t *tailnetPolicy) subjects() []*subject {
	var all []*subject
	for _, n := range t.allNames() {
		all = append(all, &subject{name: n, as: n, ruled: n, members: t.holders[n]})
	}
	named := t.namedByRules()
	slices.SortStableFunc(all, func(a, b *subject) int {
		return cmp.Or(cmp.Compare(named[b.ruled], named[a.ruled]), cmp.Compare(len(b.members), len(a.members)))
	})
	for _, m := range t.members {
		if len(m.names) > 0 {
			continue
		}
		for i, a := range m.addrs { // rules name each
			s := &subject{name: a.String(), as: inDestination(a), ruled: a.String(), members: []*meshMember{m}, byAddr: true, addr: i}
			if i == 0 {
				s.ruled = m.name // its alias
			}
			all = append(all, s)
		}
	}
	for _, x := range t.networks {
		all = append(all, &subject{
			name: x.addrs[0].String(), as: inDestination(x.addrs[0]), ruled: x.networks[0].String(), members: []*meshMember{x}, byAddr: true,
		})
	}
	traits := t.traits()
	var kept []*subject
	seen := map[string]bool{}
	for _, s := range all {
		if len(kept) == maxSubjects {
			t.note("The tests speak of %d kinds of members; there are more.", maxSubjects)
			break
		}
		kinds := map[string]bool{}
		for _, m := range s.members {
			kinds[traits[m]] = true
		}
		s.traits = fmt.Sprint(s.addr, strings.Join(slices.Sorted(maps.Keys(kinds)), "|"))
		if seen[s.traits] && named[s.ruled] == 0 {
			continue
		}
		seen[s.traits] = true
		if s.byAddr && s.ruled == s.members[0].name {
			s.name = t.alias(s.members[0])
			s.as = s.name
		}
		s.members = oneOfEach(s.members, traits)
		for i := range t.rules {
			s.sends = append(s.sends, t.rules[i].from.has(s))
			s.takes = append(s.takes, t.rules[i].to.has(s))
		}
		kept = append(kept, s)
	}
	return append(kept, &subject{name: nobody, as: nobody, byAddr: true, sends: make([]bool, len(t.rules)), takes: make([]bool, len(t.rules))})
}

// namedByRules holds 1 for every name that a rule has.
func (t *tailnetPolicy) namedByRules() map[string]int {
	named := map[string]int{}
	for i := range t.rules {
		for _, n := range slices.Concat(t.rules[i].from.names, t.rules[i].to.names) {
			named[n] = 1
		}
	}
	return named
}

// inDestination is an address before a colon and a port.
func inDestination(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

// traits tells for each member which rules have it where.
func (t *tailnetPolicy) traits() map[*meshMember]string {
	lists := map[*meshMember][]string{}
	for i, r := range t.rules {
		for side, members := range [][]*meshMember{r.from.sure, r.from.byAddr, r.to.sure, r.to.byAddr} {
			for _, m := range members {
				lists[m] = append(lists[m], fmt.Sprint(i, ".", side))
			}
		}
	}
	traits := map[*meshMember]string{}
	for m, list := range lists {
		traits[m] = strings.Join(slices.Compact(list), " ")
	}
	return traits
}

func oneOfEach(members []*meshMember, traits map[*meshMember]string) []*meshMember {
	var kept []*meshMember
	seen := map[string]bool{}
	for _, m := range members {
		if !seen[traits[m]] {
			seen[traits[m]] = true
			kept = append(kept, m)
		}
	}
	return kept
}

// portsBetween returns the ports, the first and last of each range, that rules
// open to the source, at the target or the other way round: what a rule that
// is too wide or turned round would open by mistake.
func (t *tailnetPolicy) portsBetween(src, dst *subject) []schema.Port {
	ports := map[schema.Port]bool{}
	for i := range t.rules {
		r := &t.rules[i]
		if src.sends[i] || dst.takes[i] || dst.sends[i] && src.takes[i] {
			for _, p := range r.ports {
				ports[p.First], ports[p.Last] = true, true
			}
		}
	}
	return slices.Sorted(maps.Keys(ports))
}

// freePort returns a port that no rule opens by its number.
func (t *tailnetPolicy) freePort() schema.Port {
	used := func(port schema.Port) bool {
		return slices.ContainsFunc(t.rules, func(r tailnetRule) bool {
			return slices.ContainsFunc(r.ports, func(p schema.Ports) bool { return p.First <= port && port <= p.Last })
		})
	}
	port := schema.Port(65535)
	for port > 1 && used(port) {
		port--
	}
	return port
}

// has reports whether a cover means some of a subject.
func (c *cover) has(s *subject) bool {
	return slices.ContainsFunc(s.members, func(m *meshMember) bool { return slices.Contains(c.sure, m) || slices.Contains(c.byAddr, m) })
}

// reaches reports whether a rule surely lets a subject reach another, and
// whether some member of it perhaps reaches some. Sure is only what names both:
// that a tag's members have another tag too, the service knows of those alone
// that have joined, and without any it tries one with that tag alone.
func (t *tailnetPolicy) reaches(src, dst *subject, protocol string, port schema.Port) (surely, perhaps bool) {
	for i := range t.rules {
		if r := &t.rules[i]; src.sends[i] && dst.takes[i] && r.opens(protocol, port) {
			surely = surely || slices.Contains(r.from.names, src.ruled) && slices.Contains(r.to.names, dst.ruled)
			perhaps = true
		}
	}
	return surely, perhaps
}

func (r *tailnetRule) opens(protocol string, port schema.Port) bool {
	return !r.internet && (r.ports == nil || slices.ContainsFunc(r.ports, func(p schema.Ports) bool {
		return p.Protocol == protocol && p.First <= port && port <= p.Last
	}))
}
