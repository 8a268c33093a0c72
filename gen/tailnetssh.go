package gen

import (
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/tailnet"
	"github.com/pantherctl/pantherctl/schema"
)

// tailnetLogin is one SSH rule and what it means.
type tailnetLogin struct {
	srcNames, dstNames []string

	from, to []*meshMember
	users    []string
}

// ssh adds the rules of tailscaled's own SSH server that an access rule means.
// They know tags and people, no addresses. A person comes in as himself,
// others as whoever may log in by SSH.
func (t *tailnetPolicy) ssh(a schema.Value[schema.Access]) {
	if !slices.ContainsFunc(a.V.Allow.Values(), func(s schema.Name) bool { return s == "ssh" || s == schema.Any }) {
		return
	}
	answers := func(to schema.Member) bool { return slices.ContainsFunc(t.byName[string(to)], answersSSH) }
	if !slices.ContainsFunc(a.V.To.Values(), answers) {
		return
	}
	for _, from := range tailnetSources(a.V) {
		src := t.named(t.byName[from], "tag:"+from)
		for _, m := range src.missing {
			t.note("%s does not hold for %s by Tailscale SSH, which knows tags and logins, not addresses.", place(a.From), m.name)
		}
		if len(src.names) == 0 {
			continue
		}
		_, person := t.fleet.Users.Get(from)
		for _, to := range a.V.To.Values() {
			for _, g := range byUsers(t.byName[string(to)], from, person) {
				t.sshRule(a, src, g)
			}
		}
	}
}

// loginTarget is hosts that the same users may log in to.
type loginTarget struct {
	hosts []*meshMember
	users []string
}

func byUsers(members []*meshMember, from string, person bool) []loginTarget {
	var list []loginTarget
	for _, m := range members {
		if !answersSSH(m) {
			continue
		}
		users := m.host.Members
		if person {
			users = slices.DeleteFunc(slices.Clone(users), func(u string) bool { return u != from })
		}
		if len(users) == 0 {
			continue
		}
		i := slices.IndexFunc(list, func(g loginTarget) bool { return slices.Equal(g.users, users) })
		if i < 0 {
			i = len(list)
			list = append(list, loginTarget{users: users})
		}
		list[i].hosts = append(list[i].hosts, m)
	}
	return list
}

// answersSSH reports whether tailscaled answers SSH on a member.
func answersSSH(m *meshMember) bool { return m.host != nil && m.host.Tailscale.SSH.V }

func (t *tailnetPolicy) sshRule(a schema.Value[schema.Access], src cover, g loginTarget) {
	dst := t.named(g.hosts, "")
	if len(dst.missing) > 0 {
		// A tag will do that is on other hosts too, if these have no such server.
		mute := slices.DeleteFunc(slices.Clone(t.members), func(m *meshMember) bool {
			return m.host == nil || answersSSH(m) || !shares(m, dst.missing)
		})
		dst = t.named(append(mute, g.hosts...), "")
		dst.sure, dst.missing = only(dst.sure, answersSSH), only(dst.missing, answersSSH)
	}
	for _, m := range dst.missing {
		t.note("%s does not hold at %s by Tailscale SSH, which knows tags and logins, not addresses.", place(a.From), m.name)
	}
	if len(dst.sure) == 0 {
		return
	}
	rule := tailnet.SSHRule{
		Comment: describe(a), Action: text("accept"),
		Src: tailnet.Texts(src.names...), Dst: tailnet.Texts(dst.names...), Users: tailnet.Texts(g.users...),
	}
	same := func(r tailnet.SSHRule) bool {
		return slices.Equal(r.Src, rule.Src) && slices.Equal(r.Dst, rule.Dst) && slices.Equal(r.Users, rule.Users)
	}
	if slices.ContainsFunc(t.policy.SSH, same) {
		return
	}
	t.policy.SSH = append(t.policy.SSH, rule)
	t.logins = append(t.logins, tailnetLogin{src.names, dst.names, src.sure, dst.sure, g.users})
}

func only(members []*meshMember, is func(*meshMember) bool) []*meshMember {
	return slices.DeleteFunc(slices.Clone(members), func(m *meshMember) bool { return !is(m) })
}

// shares reports whether a member has a tag of one of the others.
func shares(m *meshMember, others []*meshMember) bool {
	return slices.ContainsFunc(others, func(o *meshMember) bool {
		return slices.ContainsFunc(o.names, func(n string) bool { return slices.Contains(m.names, n) })
	})
}

// sshTests states as whom everybody who has a name gets in, and as whom not.
func (t *tailnetPolicy) sshTests() {
	if len(t.policy.SSH) == 0 {
		return
	}
	users := []string{"root"}
	var servers []string
	for _, n := range t.allNames() {
		if strings.HasPrefix(n, "tag:") && !slices.ContainsFunc(t.holders[n], func(m *meshMember) bool { return !answersSSH(m) }) {
			servers = append(servers, n)
			for _, m := range t.holders[n] {
				users = append(users, m.host.Members...)
			}
		}
	}
	slices.Sort(users)
	users = slices.Compact(users)
	for _, src := range t.allNames() {
		for _, dst := range servers {
			test := tailnet.SSHTest{Src: text(src), Dst: tailnet.Texts(dst)}
			for _, u := range users {
				switch surely, perhaps := t.logsIn(src, dst, u); {
				case surely:
					test.Accept = append(test.Accept, text(u))
				case !perhaps:
					test.Deny = append(test.Deny, text(u))
				}
			}
			if len(test.Accept)+len(test.Deny) > 0 {
				t.policy.SSHTests = append(t.policy.SSHTests, test)
			}
		}
	}
}

// logsIn reports whether a rule surely lets those called src into all that are
// called dst, and whether some perhaps get into some: see reaches.
func (t *tailnetPolicy) logsIn(src, dst, user string) (surely, perhaps bool) {
	for _, l := range t.logins {
		if !slices.Contains(l.users, user) {
			continue
		}
		surely = surely || slices.Contains(l.srcNames, src) && slices.Contains(l.dstNames, dst)
		perhaps = perhaps || slices.ContainsFunc(t.holders[src], func(m *meshMember) bool { return slices.Contains(l.from, m) }) &&
			slices.ContainsFunc(t.holders[dst], func(m *meshMember) bool { return slices.Contains(l.to, m) })
	}
	return surely, perhaps
}
