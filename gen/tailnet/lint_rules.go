package tailnet

import (
	"fmt"
	"net/netip"
	"slices"
)

// missing adds sections whose absence means more than it seems.
func (l *linter) missing() {
	p := l.policy
	start := Position{Line: 1, Column: 1}
	if p.ACLs == nil && p.Grants == nil {
		l.add(start, `write "grants": [] to allow nothing`, "neither grants nor acls: everything is allowed")
	}
	if len(p.ACLs)+len(p.Grants) > 0 && len(p.Tests) == 0 {
		l.add(start, "the service runs tests before it takes a change", "no tests: nothing guards against a wrong rule")
	}
	if len(p.SSH) > 0 && len(p.SSHTests) == 0 {
		l.add(start, "the service runs sshTests before it takes a change", "no sshTests: nothing guards against a wrong SSH rule")
	}
}

// rules adds rules that open everything, or nothing.
func (l *linter) rules() {
	judge := func(at Position, src, dst []Text) {
		switch {
		case len(src) == 0 || len(dst) == 0:
			l.add(at, "", "the rule opens nothing: src or dst is empty")
		case all(src) && all(dst):
			l.add(at, "name who needs what", "everyone may reach everything")
		}
		for _, t := range src {
			if parseSelector(t).is(autogroupDangerAll) {
				l.add(t.At, `"*" is everyone in the tailnet`, "autogroup:danger-all is the whole internet, not only the tailnet")
			}
		}
		l.emptyGroups(src)
		l.emptyGroups(dst)
	}
	for _, g := range l.policy.Grants {
		judge(g.At, g.Src, g.Dst)
		for _, item := range g.IP {
			if _, err := parsePortRange(item.Value); err == nil {
				l.add(item.At, fmt.Sprintf(`write "tcp:%s" or "udp:%s"`, item.Value, item.Value), "%s without a protocol is open for TCP, UDP and ICMP", item.Value)
			}
		}
	}
	for _, r := range l.policy.ACLs {
		judge(r.At, r.Src, hosts(r.Dst))
	}
}

func all(ts []Text) bool {
	return slices.ContainsFunc(ts, func(t Text) bool { return parseSelector(t).kind == anyone })
}

func (l *linter) emptyGroups(ts []Text) {
	for _, t := range ts {
		if e, ok := find(l.policy.Groups, parseSelector(t).name); ok && len(e.Values) == 0 {
			l.add(t.At, "", "%s has no members", e.Name.Value)
		}
	}
}

// unused adds definitions that nothing refers to and names defined twice, of
// which the service keeps the last.
func (l *linter) unused() {
	l.policy.eachName(func(t Text) { l.used[parseSelector(t).name] = true })
	for _, s := range []struct {
		what    string
		entries []Entry
	}{{"group", l.policy.Groups}, {"host", l.policy.Hosts}, {"ipset", l.policy.IPSets}, {"tag", l.policy.TagOwners}} {
		seen := map[string]bool{}
		for _, e := range s.entries {
			name := e.Name.Value
			switch {
			case seen[name]:
				l.add(e.Name.At, "", "%s %q is defined twice; the last one counts", s.what, name)
			case !l.used[name] && s.what != "tag": // machines have tags, and the file does not say which
				l.add(e.Name.At, "", "%s %q is used nowhere", s.what, name)
			}
			seen[name] = true
		}
	}
}

// exits adds the ways in which exit nodes quietly do not work.
func (l *linter) exits() {
	a := l.policy.AutoApprovers
	for _, r := range a.Routes {
		if p, err := netip.ParsePrefix(r.Name.Value); err == nil && p.Bits() == 0 {
			l.add(r.Name.At, "list the approvers in autoApprovers.exitNode", "approving %s as a route approves no exit node", r.Name.Value)
		}
	}
	if len(a.ExitNode) == 0 || l.policy.ACLs == nil && l.policy.Grants == nil {
		return
	}
	toInternet := func(ts []Text) bool {
		return slices.ContainsFunc(ts, func(t Text) bool { s := parseSelector(t); return s.kind == anyone || s.is(autogroupInternet) })
	}
	if !slices.ContainsFunc(l.policy.Grants, func(g Grant) bool { return len(g.IP) > 0 && toInternet(g.Dst) }) &&
		!slices.ContainsFunc(l.policy.ACLs, func(r ACL) bool { return toInternet(hosts(r.Dst)) }) {
		l.add(a.ExitNode[0].At, "a rule must let someone reach autogroup:internet", "exit nodes are approved, and nobody may use them")
	}
}
