package tailnet

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// runTests runs tests and sshTests. The service answers that they failed and
// lists what did for each source.
func (p *Policy) runTests(net Network) *Rejection {
	if len(p.Tests)+len(p.SSHTests) == 0 {
		return nil
	}
	for _, t := range p.Tests {
		if _, err := parseProtocol(t.Proto.Value); err != nil {
			return reject(t.Proto.At, err.Error())
		}
	}
	var failures []TestFailure
	run := &tester{policy: p, net: net, eval: p.Evaluate(net)}
	for _, t := range p.Tests {
		if errs := run.test(t); len(errs) > 0 {
			failures = append(failures, TestFailure{t.Src.Value, errs, t.At})
		}
	}
	for _, t := range p.SSHTests {
		if errs := run.sshTest(t); len(errs) > 0 {
			failures = append(failures, TestFailure{t.Src.Value, errs, t.At})
		}
	}
	if len(failures) == 0 {
		return nil
	}
	r := reject(failures[0].At, testsFailed)
	r.Failures = failures
	return r
}

// tester runs the tests of a policy.
type tester struct {
	policy *Policy
	net    Network
	eval   *Evaluation // of net
}

// withMachines is the evaluation in which each of the names has a machine. A
// name that no machine has gets one made up, as the service answers for people
// and tags that have no machine yet.
func (run *tester) withMachines(names ...selector) *Evaluation {
	net := run.net
	for i, s := range names {
		if made := (s.kind == tag || s.kind == user) && i < 200; made && run.eval.resolver.resolve(s).IsEmpty() {
			net.Nodes = append(slices.Clip(net.Nodes), madeUp(s, byte(i+1)))
		}
	}
	if len(net.Nodes) == len(run.net.Nodes) {
		return run.eval
	}
	return run.policy.Evaluate(net)
}

// test returns what is wrong with one test, nothing if it passes.
func (run *tester) test(t Test) []string {
	p := run.policy
	src := parseSelector(t.Src)
	if !isTestSource(p, run.net, src) {
		return []string{fmt.Sprintf("[acl test error]: "+unknownUserHost, src.name)}
	}
	if len(t.Accept)+len(t.Deny) == 0 {
		return []string{"[acl test error]: neither accept nor deny given"}
	}
	protocols, _ := parseProtocol(t.Proto.Value)
	if len(protocols) == 0 {
		protocols = []Protocol{TCP, UDP}
	}
	over := ""
	if t.Proto.Value != "" {
		over = fmt.Sprintf(" (protocol %q)", t.Proto.Value)
	}
	var errs []string
	check := func(dsts []Text, want bool) {
		for _, d := range dsts {
			dst, port, err := run.testDestination(d, hasPorts(protocols))
			if err != nil {
				errs = append(errs, "[acl test error]: "+err.Error())
				continue
			}
			if got := run.reaches(src, dst, protocols, port); got != want {
				errs = append(errs, fmt.Sprintf(wantAcceptGot, d.Value, over, verdict(want), verdict(got)))
			}
		}
	}
	check(t.Accept, true)
	check(t.Deny, false)
	return errs
}

func verdict(accept bool) string {
	if accept {
		return "Accept"
	}
	return "Drop"
}

// isTestSource wants one identity: a person, a declared group, tag or host, or
// one address. Autogroups and CIDRs are none (tailscale/tailscale#12370).
func isTestSource(p *Policy, net Network, s selector) bool {
	switch s.kind {
	case user:
		return net.hasUser(s.name)
	case address:
		return true
	case group:
		e, _ := find(p.Groups, s.name)
		return len(e.Values) > 0
	case tag:
		_, ok := find(p.TagOwners, s.name)
		return ok
	case host:
		_, ok := find(p.Hosts, s.name)
		return ok && s.name != ""
	}
	return false
}

// testDestination wants one machine and one port. A protocol without ports is
// written with port 0 (tailscale.com/docs/reference/syntax/policy-file#proto-1).
func (run *tester) testDestination(t Text, withPorts bool) (selector, uint16, error) {
	p, text := run.policy, t.Value
	if !withPorts {
		name, ok := strings.CutSuffix(text, ":0")
		if !ok {
			return selector{}, 0, fmt.Errorf("address %q: want port 0 for a protocol without ports", text)
		}
		text = name + ":1" // any port will do
	}
	name, ports, err := splitHostPorts(text)
	if err != nil {
		return selector{}, 0, err
	}
	s := parseSelector(Text{Value: name, At: t.At})
	if len(ports) != 1 || ports[0].First != ports[0].Last {
		return s, 0, fmt.Errorf("address %q: want a single port", t.Value)
	}
	one := false
	switch s.kind {
	case user:
		one = run.net.hasUser(s.name)
	case address:
		// An IPv6 address must stand in brackets here.
		one = s.prefix.Addr().Is4() || strings.HasPrefix(text, "[")
	case tag:
		_, one = find(p.TagOwners, s.name)
	case group:
		e, _ := find(p.Groups, s.name)
		one = len(e.Values) > 0
	case host:
		if e, ok := find(p.Hosts, s.name); ok {
			h := hostTarget(e)
			one = h.kind == address || h.kind == network && h.prefix.IsSingleIP()
		}
	}
	if !one {
		return s, 0, fmt.Errorf(unknownUserHost, s.name)
	}
	return s, ports[0].First, nil
}

// representative is the member of a group who stands for it in tests, and any
// other name itself. The service says that one does, not which: here the first
// (tailscale.com/docs/reference/syntax/policy-file#accept-and-deny-destinations).
func (p *Policy) representative(s selector) selector {
	if s.kind != group {
		return s
	}
	if e, _ := find(p.Groups, s.name); len(e.Values) > 0 {
		return parseSelector(e.Values[0])
	}
	return s
}

// madeUp is a machine of that identity, at addresses the service never gives
// out: those it keeps for ChromeOS.
func madeUp(s selector, last byte) Node {
	n := Node{Name: s.name, Addrs: []netip.Addr{netip.AddrFrom4([4]byte{100, 115, 92, last})}}
	switch s.kind {
	case tag:
		n.Tags = []string{s.name}
	case user:
		n.User = s.name
	}
	return n
}

// addresses lists what a name of a test stands for: machines or one address.
func (e *Evaluation) addresses(s selector) []netip.Addr {
	var addrs []netip.Addr
	for _, r := range e.targets(s) {
		addrs = append(addrs, r.from)
	}
	return addrs
}

// reaches reports that every machine of src reaches some machine of dst.
func (run *tester) reaches(src, dst selector, protocols []Protocol, port uint16) bool {
	src, dst = run.policy.representative(src), run.policy.representative(dst)
	e := run.withMachines(src, dst)
	from, to := e.addresses(src), e.addresses(dst)
	for _, a := range from {
		if !slices.ContainsFunc(to, func(b netip.Addr) bool {
			return slices.ContainsFunc(protocols, func(proto Protocol) bool { return e.Allows(a, b, proto, port) })
		}) {
			return false
		}
	}
	return len(from) > 0
}

// Allows reports whether the policy lets a packet pass. Ports are looked at
// for the protocols that have them. Whether some node serves the destination
// is another question: see [Evaluation.Filter].
func (e *Evaluation) Allows(from, to netip.Addr, proto Protocol, port uint16) bool {
	return slices.ContainsFunc(e.openings, func(o opening) bool {
		return o.from.Contains(from) && o.opens(proto, port) &&
			slices.ContainsFunc(o.dst, func(s selector) bool { return e.isTarget(s, from, to) && e.isForwarded(o, s, to) })
	})
}

// isForwarded reports that a machine with one of the opening's via tags serves
// the address, as [Evaluation.Filter] has it; without via there is no need.
func (e *Evaluation) isForwarded(o opening, s selector, to netip.Addr) bool {
	return len(o.via) == 0 || slices.ContainsFunc(e.places, func(p place) bool {
		return o.hasVia(p.Node) && (p.subnets.Contains(to) || p.exit && s.is(autogroupInternet))
	})
}

// isTarget reports that the destination's name stands for the address, asked
// for by a machine at from.
func (e *Evaluation) isTarget(s selector, from, to netip.Addr) bool {
	switch {
	case s.kind == anyone:
		return true
	case s.is(autogroupSelf):
		a, b := e.nodeAt(from), e.nodeAt(to)
		return a != nil && b != nil && !b.tagged() && a.ownedBy(b.User)
	}
	return e.resolver.resolve(s).Contains(to)
}

func (e *Evaluation) nodeAt(a netip.Addr) *Node {
	for i, n := range e.net.Nodes {
		if slices.Contains(n.Addrs, a) {
			return &e.net.Nodes[i]
		}
	}
	return nil
}

func (o opening) opens(proto Protocol, port uint16) bool {
	return slices.ContainsFunc(o.allowed, func(a protoPorts) bool {
		protocols := a.protocols
		if len(protocols) == 0 {
			protocols = defaultProtocols
		}
		return slices.Contains(protocols, proto) &&
			(!hasPorts([]Protocol{proto}) || slices.ContainsFunc(a.ports, func(r PortRange) bool { return r.contains(port) }))
	})
}
