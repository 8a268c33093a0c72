package tailnet

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema/suggest"
)

// Finding is something about a policy file that its author may not mean.
type Finding struct {
	At Position
	// Rejected: the service does not take the file as it is.
	Rejected bool
	Message  string
	Hint     string // what to do, if that is known
}

// Lint returns what is wrong or doubtful in a policy file, in the order of the
// file. It knows no network: everyone the file names is taken to exist.
func Lint(text []byte) []Finding {
	p, err := Parse(text)
	if err != nil {
		r := err.(*Rejection)
		return []Finding{{At: r.At, Rejected: true, Message: r.Message, Hint: fieldHint(r.Message)}}
	}
	l := &linter{policy: p, used: map[string]bool{}}
	l.rejections()
	l.missing()
	l.rules()
	l.unused()
	l.exits()
	slices.SortStableFunc(l.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
	})
	return l.findings
}

type linter struct {
	policy   *Policy
	used     map[string]bool // names that something refers to
	findings []Finding
}

func (l *linter) add(at Position, hint, format string, args ...any) {
	l.findings = append(l.findings, Finding{At: at, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// fieldHint names the field that an unknown one was meant to be.
func fieldHint(message string) string {
	var name string
	if _, err := fmt.Sscanf(message, unknownField, &name); err != nil {
		return ""
	}
	fields := []string{
		"groups", "hosts", "ipsets", "postures", "tagOwners", "autoApprovers", "acls", "grants", "ssh", "nodeAttrs", "tests", "sshTests",
		"action", "proto", "src", "dst", "ip", "app", "via", "srcPosture", "users", "checkPeriod", "acceptEnv", "target", "attr", "ipPool",
		"accept", "deny", "check", "routes", "exitNode", "derpMap", "randomizeClientPort", "disableIPv4", "oneCGNATRoute", "defaultSrcPosture",
	}
	meant := map[string]string{"aclRules": "acls", "sources": "src", "destinations": "dst", "protocol": "proto"}[name]
	return didYouMean(cmp.Or(meant, suggest.Nearest(name, fields)))
}

func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", name)
}

// rejections adds the first thing of each section that the service refuses.
func (l *linter) rejections() {
	net := l.policy.imagined()
	for _, check := range l.policy.checks(net) {
		r := check()
		if r == nil {
			continue
		}
		if len(r.Failures) == 0 {
			l.findings = append(l.findings, Finding{At: r.At, Rejected: true, Message: r.Message, Hint: l.nameHint(r.Message)})
		}
		for _, f := range r.Failures {
			for _, e := range f.Errors {
				l.findings = append(l.findings, Finding{At: f.At, Rejected: true, Message: fmt.Sprintf("%s: %s: %s", r.Message, f.Src, e)})
			}
		}
	}
}

// nameHint finds the declared name nearest to the last quoted one.
func (l *linter) nameHint(message string) string {
	parts := strings.Split(message, `"`)
	if len(parts) < 3 {
		return ""
	}
	name := parts[len(parts)-2]
	var known []string
	for _, entries := range [][]Entry{l.policy.TagOwners, l.policy.Groups, l.policy.Hosts, l.policy.IPSets, l.policy.Postures} {
		for _, e := range entries {
			known = append(known, e.Name.Value)
		}
	}
	if slices.Contains(known, name) {
		return ""
	}
	return didYouMean(suggest.Nearest(name, known))
}

// imagined is a network in which everyone named has one machine.
func (p *Policy) imagined() Network {
	var net Network
	p.eachName(func(t Text) {
		s := parseSelector(t)
		login := s.name
		if s.kind == domainUser {
			login = "someone@" + strings.TrimPrefix(s.name, domainUserPrefix)
		}
		if s.kind == user || s.kind == domainUser {
			net.Users = append(net.Users, User{Name: login})
		}
	})
	for _, r := range p.SSH {
		for _, u := range r.Users {
			if domain, ok := localpartDomain(strings.TrimSpace(u.Value)); ok {
				net.Users = append(net.Users, User{Name: "someone@" + domain})
			}
		}
	}
	add := func(n Node) {
		i := len(net.Nodes) + 1
		if i < 1<<16 {
			n.Addrs = []netip.Addr{netip.AddrFrom4([4]byte{100, 64, byte(i >> 8), byte(i)})}
			net.Nodes = append(net.Nodes, n)
		}
	}
	slices.SortFunc(net.Users, func(a, b User) int { return cmp.Compare(a.Name, b.Name) })
	net.Users = slices.CompactFunc(net.Users, func(a, b User) bool { return a.Name == b.Name })
	for _, u := range net.Users {
		add(Node{Name: u.Name, User: u.Name})
	}
	for _, t := range p.TagOwners {
		add(Node{Name: t.Name.Value, Tags: []string{t.Name.Value}})
	}
	return net
}

// eachName calls f for every name that something refers to.
func (p *Policy) eachName(f func(Text)) {
	lists := [][]Text{p.AutoApprovers.ExitNode}
	for _, entries := range [][]Entry{p.Groups, p.IPSets, p.TagOwners, p.AutoApprovers.Routes} {
		for _, e := range entries {
			lists = append(lists, e.Values)
		}
	}
	for _, g := range p.Grants {
		lists = append(lists, g.Src, g.Dst, g.Via)
	}
	for _, r := range p.ACLs {
		lists = append(lists, r.Src, hosts(r.Dst))
	}
	for _, r := range p.SSH {
		lists = append(lists, r.Src, r.Dst)
	}
	for _, a := range p.NodeAttrs {
		lists = append(lists, a.Target)
	}
	for _, t := range p.Tests {
		lists = append(lists, []Text{t.Src}, hosts(t.Accept), hosts(t.Deny))
	}
	for _, t := range p.SSHTests {
		lists = append(lists, []Text{t.Src}, t.Dst)
	}
	for _, ts := range lists {
		for _, t := range ts {
			f(t)
		}
	}
}

// hosts are the names of "HOST:PORTS".
func hosts(dst []Text) []Text {
	names := make([]Text, len(dst))
	for i, t := range dst {
		names[i] = t
		if name, _, err := splitHostPorts(t.Value); err == nil {
			names[i].Value = name
		}
	}
	return names
}
