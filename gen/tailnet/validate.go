package tailnet

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Validate says whether the service takes the policy for that network. The
// error is a *Rejection: the first thing wrong, in the order of definitions,
// rules, tests. Which users and domains there are and what the tests find
// depend on the network.
func (p *Policy) Validate(net Network) error {
	for _, check := range p.checks(net) {
		if r := check(); r != nil {
			return r
		}
	}
	return nil
}

// checks judge one section each; tests come last.
func (p *Policy) checks(net Network) []func() *Rejection {
	v := &validator{p, net}
	return []func() *Rejection{
		v.groups, v.tagOwners, v.hosts, v.ipsets,
		v.acls, v.grants, v.ssh, v.nodeAttrs, v.autoApprovers,
		v.sshTestShapes,
		func() *Rejection { return p.runTests(net) },
	}
}

type validator struct {
	policy *Policy
	net    Network
}

// groups reports the last nested group by name: of a chain a, b, c the service
// was recorded to name b.
func (v *validator) groups() *Rejection {
	sorted := slices.SortedStableFunc(slices.Values(v.policy.Groups), func(a, b Entry) int {
		return -strings.Compare(a.Name.Value, b.Name.Value)
	})
	for _, g := range sorted {
		name := g.Name.Value
		if !strings.HasPrefix(name, "group:") {
			return reject(g.Name.At, fmt.Sprintf(badGroupName, name))
		}
		for _, m := range g.Values {
			switch s := parseSelector(m); s.kind {
			case user:
			case group:
				return reject(m.At, fmt.Sprintf(nestedGroup, name, s.name))
			default:
				return reject(m.At, fmt.Sprintf(badGroupMember, name, s.name))
			}
		}
	}
	return nil
}

func (v *validator) tagOwners() *Rejection {
	for _, t := range v.policy.TagOwners {
		name := t.Name.Value
		if err := checkTagName(name); err != nil {
			return reject(t.Name.At, fmt.Sprintf(badTagOwner, name, err))
		}
		for _, o := range t.Values {
			s := parseSelector(o)
			switch {
			case s.kind == user, s.kind == domainUser, s.kind == group, s.kind == tag:
			case s.kind == autogroup && isIdentityAutogroup(s.name):
			default:
				return reject(o.At, fmt.Sprintf(badOwner, name, s.name))
			}
			if err := v.known(s); err != nil {
				return reject(o.At, fmt.Sprintf(badTagOwner, name, err))
			}
		}
	}
	return nil
}

// hosts refuses names that look like a person's
// (tailscale.com/docs/reference/syntax/policy-file#hosts).
func (v *validator) hosts() *Rejection {
	for _, h := range v.policy.Hosts {
		if strings.Contains(h.Name.Value, "@") {
			return reject(h.Name.At, fmt.Sprintf(badHostName, h.Name.Value))
		}
		switch s := hostTarget(h); s.kind {
		case address, network:
		default:
			return reject(s.at, fmt.Sprintf(badHost, h.Name.Value, s.name))
		}
	}
	return nil
}

func (v *validator) ipsets() *Rejection {
	for _, set := range v.policy.IPSets {
		for _, item := range set.Values {
			target := strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(item.Value), "add "), "remove ")
			s := parseSelector(Text{Value: target, At: item.At})
			switch {
			case s.kind == address, s.kind == network, s.kind == host, s.kind == ipset, s.is(autogroupInternet):
			default:
				return reject(item.At, fmt.Sprintf(notAnIPSetTarget, set.Name.Value, s.name))
			}
			if err := v.known(s); err != nil {
				return reject(item.At, err.Error())
			}
		}
	}
	return nil
}

// known says whether a name that must be declared is.
func (v *validator) known(s selector) error {
	declared := func(entries []Entry, message string) error {
		if _, ok := find(entries, s.name); ok {
			return nil
		}
		return fmt.Errorf(message, s.name)
	}
	switch s.kind {
	case tag:
		return declared(v.policy.TagOwners, tagNotFound)
	case group:
		return declared(v.policy.Groups, groupNotFound)
	case host:
		return declared(v.policy.Hosts, hostNotFound)
	case ipset:
		return declared(v.policy.IPSets, ipsetNotFound)
	case domainUser:
		domain := strings.TrimPrefix(s.name, domainUserPrefix)
		if !v.net.hasDomain(domain) {
			return fmt.Errorf(foreignDomain, domain)
		}
	}
	return nil
}

func (v *validator) acls() *Rejection {
	for _, r := range v.policy.ACLs {
		if r.Action.Value != "accept" {
			return reject(orAt(r.Action.At, r.At), fmt.Sprintf(actionWant, r.Action.Value))
		}
		protocols, err := parseProtocol(r.Proto.Value)
		if err != nil {
			return reject(r.Proto.At, err.Error())
		}
		if rej := v.sources(r.Src); rej != nil {
			return rej
		}
		var dst []selector
		for _, d := range r.Dst {
			name, ports, err := splitHostPorts(d.Value)
			if err != nil {
				return reject(d.At, fmt.Sprintf("dst=%q: %s", d.Value, err))
			}
			if !hasPorts(protocols) && !slices.Equal(ports, []PortRange{allPorts}) {
				return reject(d.At, fmt.Sprintf(portsNeedTCPUDP, r.Proto.Value))
			}
			s := parseSelector(Text{Value: name, At: d.At})
			if rej := v.destination(s); rej != nil {
				return rej
			}
			dst = append(dst, s)
		}
		if rej := v.selfRule(parseSelectors(r.Src), dst, true); rej != nil {
			return rej
		}
		if rej := v.postures(r.SrcPosture); rej != nil {
			return rej
		}
	}
	return nil
}

func orAt(at, otherwise Position) Position {
	if at == (Position{}) {
		return otherwise
	}
	return at
}

// sources judges each src of an acl or grant.
func (v *validator) sources(src []Text) *Rejection {
	for _, t := range src {
		s := parseSelector(t)
		switch {
		case s.is(autogroupSelf):
			return reject(t.At, selfAsSource)
		case s.is(autogroupInternet), s.is(autogroupNonroot), s.kind == service:
			return reject(t.At, fmt.Sprintf(notOnSide, s.name, "src"))
		case s.kind == autogroup && !isSourceAutogroup(s.name):
			return reject(t.At, fmt.Sprintf(notOnSide, s.name, "src"))
		}
		if err := v.known(s); err != nil {
			if s.kind == domainUser {
				return reject(t.At, err.Error())
			}
			return reject(t.At, "src="+err.Error())
		}
	}
	return nil
}

// isIdentityAutogroup reports an autogroup of people or machines of the
// network, which may stand on both sides of a rule and own tags
// (tailscale.com/docs/reference/syntax/policy-file#autogroups).
func isIdentityAutogroup(name string) bool {
	switch name {
	case autogroupMember, autogroupMembers, autogroupTagged:
		return true
	}
	return isRole(name)
}

func isSourceAutogroup(name string) bool {
	return isIdentityAutogroup(name) || name == autogroupShared || name == autogroupDangerAll
}

func isDestinationAutogroup(name string) bool {
	return isIdentityAutogroup(name) || name == autogroupSelf || name == autogroupInternet
}

func (v *validator) destination(s selector) *Rejection {
	switch {
	case s.is(autogroupDangerAll):
		return reject(s.at, dangerAsDst)
	case s.kind == autogroup && !isDestinationAutogroup(s.name):
		return reject(s.at, fmt.Sprintf(notOnSide, s.name, "dst"))
	}
	if err := v.known(s); err != nil {
		if s.kind == domainUser {
			return reject(s.at, err.Error())
		}
		return reject(s.at, fmt.Sprintf("dst=%q: %s", s.name, err))
	}
	return nil
}

// selfRule wants everyone who may reach autogroup:self to be a person. An acl
// may say "*", which then means the people among everyone; a grant may not.
func (v *validator) selfRule(src, dst []selector, acl bool) *Rejection {
	toSelf := slices.IndexFunc(dst, func(s selector) bool { return s.is(autogroupSelf) })
	if toSelf < 0 {
		return nil
	}
	for _, s := range src {
		switch {
		case s.kind == user, s.kind == domainUser, s.kind == group:
		case s.is(autogroupMember), s.is(autogroupMembers), s.kind == autogroup && isRole(s.name):
		case s.kind == anyone && acl:
		default:
			return reject(dst[toSelf].at, selfNeedsUsers)
		}
	}
	return nil
}

func (v *validator) postures(names []Text) *Rejection {
	for _, n := range names {
		if _, ok := find(v.policy.Postures, n.Value); !ok {
			return reject(n.At, fmt.Sprintf(postureNotFound, n.Value))
		}
	}
	return nil
}

func (v *validator) autoApprovers() *Rejection {
	approvers := v.policy.AutoApprovers.ExitNode
	for _, r := range v.policy.AutoApprovers.Routes {
		if _, err := netip.ParsePrefix(r.Name.Value); err != nil {
			return reject(r.Name.At, fmt.Sprintf(badRoute, r.Name.Value))
		}
		approvers = slices.Concat(approvers, r.Values)
	}
	for _, a := range approvers {
		if err := v.known(parseSelector(a)); err != nil {
			return reject(a.At, err.Error())
		}
	}
	return nil
}
