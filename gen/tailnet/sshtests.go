package tailnet

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// sshTest returns what is wrong with one SSH test, nothing if it passes.
func (run *tester) sshTest(t SSHTest) []string {
	src := parseSelector(t.Src)
	if !isTestSource(run.policy, run.net, src) {
		return []string{fmt.Sprintf("[ssh test error]: "+unknownUserHost, src.name)}
	}
	if len(t.Accept)+len(t.Deny)+len(t.Check) == 0 || len(t.Dst) == 0 {
		return []string{"[ssh test error]: no dst, or none of accept, deny and check given"}
	}
	src = run.policy.representative(src)
	e := run.withMachines(append(parseSelectors(t.Dst), src)...)
	from := e.addresses(src)
	var errs []string
	for _, d := range t.Dst {
		s := run.policy.representative(parseSelector(d))
		nodes := e.sshTestNodes(s, src)
		if len(nodes) == 0 {
			errs = append(errs, fmt.Sprintf("[ssh test error]: dst %q is no machine", s.name))
		}
		logins := e.SSH
		switch {
		case s.kind == address && s.prefix.Addr().Is6():
			// The service's tests find nothing at IPv6 addresses, though
			// logins do (juanfont/headscale#3263).
			logins = func(int) []SSHLogin { return nil }
		case s.kind == user:
			// Nor do they find that autogroup:self is a person's machine
			// when the test names the person (tailscale/tailscale#14222).
			logins = e.withoutSelf().SSH
		}
		for _, node := range nodes {
			errs = append(errs, sshVerdicts(t, from, logins(node), s.name, e.net.Nodes[node])...)
		}
	}
	return errs
}

// withoutSelf is the evaluation without logins to autogroup:self. The rules keep
// their places and senders.
func (e *Evaluation) withoutSelf() *Evaluation {
	policy, rest := *e.policy, *e
	policy.SSH = slices.Clone(policy.SSH)
	for i, r := range policy.SSH {
		policy.SSH[i].Dst = slices.DeleteFunc(slices.Clone(r.Dst), func(d Text) bool {
			return parseSelector(d).is(autogroupSelf)
		})
	}
	rest.policy = &policy
	return &rest
}

// sshTestNodes is the indexes of the machines that a dst names. Those of
// autogroup:self are the source's own.
func (e *Evaluation) sshTestNodes(s, src selector) []int {
	var nodes []int
	for i, n := range e.net.Nodes {
		if s.is(autogroupSelf) && src.kind == user && n.ownedBy(src.name) ||
			!s.is(autogroupSelf) && e.resolver.resolve(s).containsAny(n.Addrs) {
			nodes = append(nodes, i)
		}
	}
	return nodes
}

// sshVerdicts compares what the test states with the rules of one machine.
func sshVerdicts(t SSHTest, from []netip.Addr, logins []SSHLogin, dst string, machine Node) []string {
	var errs []string
	want := func(users []Text, what string, fits func(in, checked bool) bool) {
		for _, u := range users {
			name := strings.TrimSpace(u.Value)
			for _, a := range from {
				in, checked := sshOutcome(logins, a, name)
				if !fits(in, checked) {
					errs = append(errs, fmt.Sprintf(sshWantGot, t.Src.Value, a, dst, machine.firstAddr(), name, what, sshGot(in, checked)))
					break
				}
			}
		}
	}
	want(t.Accept, sshAccept, func(in, _ bool) bool { return in })
	want(t.Deny, "deny", func(in, _ bool) bool { return !in })
	want(t.Check, sshCheck, func(_, checked bool) bool { return checked })
	return errs
}

// sshGot names an outcome as the tests do.
func sshGot(in, checked bool) string {
	switch {
	case checked:
		return sshCheck
	case in:
		return sshAccept
	}
	return "deny"
}

// sshOutcome reports whether some rule lets the user in, and whether one that
// checks does.
func sshOutcome(logins []SSHLogin, from netip.Addr, user string) (in, checked bool) {
	for _, l := range logins {
		if l.allows(from, user) {
			in = true
			checked = checked || l.Check
		}
	}
	return in, checked
}
