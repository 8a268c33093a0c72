package tailnet

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// SSHLogin is one rule of a node's SSH server: the first whose source and
// login user fit decides.
type SSHLogin struct {
	// From are the addresses the connection may come from.
	From []netip.Addr
	// Users maps the login user to the local one: "*" is everyone else but
	// root, "=" is the same name, and an empty value refuses.
	Users map[string]string
	// Check demands a fresh login at the identity provider, not older than
	// CheckPeriod (0: at each connection).
	Check       bool
	CheckPeriod time.Duration
	// AcceptEnv are the environment variables that may be sent.
	AcceptEnv []string
}

// defaultCheckPeriod holds where a check rule names none.
const defaultCheckPeriod = 12 * time.Hour

// SSH returns the rules of a node's SSH server, those that check before those
// that just accept, as the service orders them.
func (e *Evaluation) SSH(node int) []SSHLogin {
	var logins []SSHLogin
	for i, r := range e.policy.SSH {
		logins = append(logins, e.sshRule(r, e.sshSenders(i), e.net.Nodes[node])...)
	}
	slices.SortStableFunc(logins, func(a, b SSHLogin) int {
		switch {
		case a.Check == b.Check:
			return 0
		case a.Check:
			return -1
		}
		return 1
	})
	return logins
}

// sshRule is what one rule means at node n.
func (e *Evaluation) sshRule(r SSHRule, from senders, n Node) []SSHLogin {
	base := newLogin(r)
	var logins []SSHLogin
	if e.sshToSelf(r, n) {
		for _, p := range from.people {
			if n.ownedBy(p.login) {
				logins = append(logins, personLogins(r, base, p)...)
			}
		}
	}
	toOther, isDst := e.sshToOther(r, n)
	switch {
	case isDst && hasLocalpart(r):
		for _, p := range from.people {
			logins = append(logins, personLogins(r, base, p)...)
		}
		logins = append(logins, base.from(from.machines)...)
	case isDst:
		var all []netip.Addr
		for _, p := range from.people {
			all = append(all, p.addrs...)
		}
		logins = append(logins, base.from(append(all, from.machines...))...)
	case toOther && hasLocalpart(r) && from.addrs.containsAny(n.Addrs):
		logins = append(logins, e.sshOwnMachine(r, base, from.people, n)...)
	}
	return logins
}

// sshOwnMachine: the service was recorded to send the rules of a localpart to
// the sources' machines too, limited to the machine's own identity.
func (e *Evaluation) sshOwnMachine(r SSHRule, base SSHLogin, people []person, n Node) []SSHLogin {
	if n.tagged() {
		return base.from(n.Addrs)
	}
	var logins []SSHLogin
	for _, p := range people {
		if n.ownedBy(p.login) {
			logins = append(logins, personLogins(r, base, p)...)
		}
	}
	return logins
}

// person is a user and the addresses of the machines that act as that user.
type person struct {
	login string
	addrs []netip.Addr
}

// senders are whom an SSH rule lets come: machines that act as a user, in the
// network's order of users, and those that are tagged.
type senders struct {
	addrs    AddrSet
	people   []person
	machines []netip.Addr
}

// sshSenders finds the senders of the rule at a place, once: every machine asks.
func (e *Evaluation) sshSenders(rule int) senders {
	if known, ok := e.senders[rule]; ok {
		return known
	}
	from := senders{addrs: e.resolver.sources(parseSelectors(e.policy.SSH[rule].Src))}
	var personal []Node
	for _, n := range e.net.Nodes {
		switch {
		case !from.addrs.containsAny(n.Addrs):
		case n.tagged():
			from.machines = append(from.machines, n.Addrs...)
		default:
			personal = append(personal, n)
		}
	}
	for _, u := range e.net.Users {
		p := person{login: u.Name}
		for _, n := range personal {
			if n.ownedBy(u.Name) {
				p.addrs = append(p.addrs, n.Addrs...)
			}
		}
		if len(p.addrs) > 0 {
			from.people = append(from.people, p)
		}
	}
	e.senders[rule] = from
	return from
}

func (e *Evaluation) sshToSelf(r SSHRule, n Node) bool {
	return !n.tagged() && slices.ContainsFunc(parseSelectors(r.Dst), func(s selector) bool { return s.is(autogroupSelf) })
}

// sshToOther reports whether the rule has destinations other than
// autogroup:self, and whether n is one of them.
func (e *Evaluation) sshToOther(r SSHRule, n Node) (some, isDst bool) {
	for _, s := range parseSelectors(r.Dst) {
		if s.is(autogroupSelf) {
			continue
		}
		some = true
		isDst = isDst || e.resolver.resolve(s).containsAny(n.Addrs)
	}
	return some, isDst
}

func hasLocalpart(r SSHRule) bool {
	return slices.ContainsFunc(r.Users, func(u Text) bool {
		_, ok := localpartDomain(strings.TrimSpace(u.Value))
		return ok
	})
}

// newLogin is the rule without sources and localparts. Root is always
// mentioned: refused where it is not allowed.
func newLogin(r SSHRule) SSHLogin {
	l := SSHLogin{
		Users:     map[string]string{"root": ""},
		Check:     strings.TrimSpace(r.Action.Value) == sshCheck,
		AcceptEnv: values(r.AcceptEnv),
	}
	for _, u := range r.Users {
		name := strings.TrimSpace(u.Value)
		if _, ok := localpartDomain(name); ok {
			continue
		}
		if name == autogroupNonroot {
			l.Users["*"] = "="
			continue
		}
		l.Users[name] = name
	}
	if l.Check {
		l.CheckPeriod = checkPeriod(r.CheckPeriod.Value)
	}
	return l
}

func checkPeriod(text string) time.Duration {
	switch text {
	case "":
		return defaultCheckPeriod
	case "always":
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return defaultCheckPeriod
	}
	return d
}

// from is the rule for those addresses; no rule if there are none.
func (l SSHLogin) from(addrs []netip.Addr) []SSHLogin {
	if len(addrs) == 0 {
		return nil
	}
	l.From = addrs
	return []SSHLogin{l}
}

// personLogins is the rule for a person and, if a localpart fits the person's
// login, a second one for that name.
func personLogins(r SSHRule, base SSHLogin, p person) []SSHLogin {
	logins := base.from(p.addrs)
	name, domain := splitUser(p.login)
	for _, u := range r.Users {
		if of, ok := localpartDomain(strings.TrimSpace(u.Value)); ok && strings.EqualFold(of, domain) {
			own := base
			own.Users = map[string]string{name: name}
			return append(logins, own.from(p.addrs)...)
		}
	}
	return logins
}

// allows reports whether a connection from that address may log in as user.
func (l SSHLogin) allows(from netip.Addr, user string) bool {
	if user == "" || !slices.Contains(l.From, from) {
		return false
	}
	if local, ok := l.Users[user]; ok {
		return local != ""
	}
	return user != "root" && l.Users["*"] != ""
}
