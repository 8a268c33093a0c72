package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// nobodyLogsIn is A1.
func nobodyLogsIn(s *subject) {
	var reasons []string
	for _, a := range s.Accounts {
		reason := s.refused(a)
		if reason == "" {
			return
		}
		reasons = append(reasons, a.Name+" "+reason)
	}
	message := "nobody can log in over SSH: the host has no accounts"
	if len(reasons) > 0 {
		message = "nobody can log in over SSH: " + strings.Join(reasons, ", ")
	}
	s.report(s.SSH.Enable.From, s.Path("ssh"), message, "give a user of the host an ed25519 key, or set ssh.enable: false")
}

// refused returns why sshd refuses an account, or "" if it does not.
func (s *subject) refused(a policy.Account) string {
	switch {
	case s.FilesOnly(a.Name):
		return "may only transfer files"
	case !slices.Contains(s.Members, a.Name) && len(a.Keys.Items) == 0:
		return "has no key"
	case !slices.Contains(s.Members, a.Name):
		return "is not among ssh.members"
	case s.SSH.AllowUsers.IsSet() && !s.allowed(a.Name):
		return "is not among ssh.allow_users"
	case s.Certifies(a.Name):
		return "" // a certificate of the document's authority will do
	case len(a.Keys.Items) == 0:
		return "has no key"
	case !slices.ContainsFunc(a.Keys.Values(), s.opensShell):
		return "has no key that opens a shell"
	case !slices.ContainsFunc(a.Keys.Values(), func(k schema.PublicKey) bool { return s.opensShell(k) && accepted(k) }):
		return "has no ed25519 key"
	}
	return ""
}

func (s *subject) allowed(user string) bool {
	return slices.Contains(s.SSH.AllowUsers.Values(), schema.UserName(user))
}

// accepted reports whether the generated PubkeyAcceptedAlgorithms hold the
// key's type.
func accepted(k schema.PublicKey) bool {
	return slices.Contains(policy.KeyAlgorithms(), k.Type)
}

// keyOptions are those of sshd(8) that leave a key a shell. sshd skips a key
// with an option it does not know.
var keyOptions = []string{
	"agent-forwarding", "environment", "expiry-time", "from", "no-agent-forwarding", "no-port-forwarding", "no-pty",
	"no-touch-required", "no-user-rc", "no-x11-forwarding", "permitlisten", "permitopen", "port-forwarding", "pty",
	"restrict", "tunnel", "user-rc", "verify-required", "x11-forwarding",
}

func (s *subject) opensShell(k schema.PublicKey) bool { return s.restriction(k) == "" }

// restriction returns why a key opens no shell, or "".
func (s *subject) restriction(k schema.PublicKey) string {
	for _, option := range k.Options {
		name, value, _ := strings.Cut(option, "=")
		name = strings.ToLower(name)
		switch {
		case name == "command":
			return "command= runs a program instead of a shell"
		case name == "cert-authority":
			return "cert-authority makes it sign certificates, not log in"
		case !slices.Contains(keyOptions, name):
			return fmt.Sprintf("sshd does not know the option %s and skips the key", name)
		case name == "expiry-time" && s.in.JudgeDates && expired(value, s.in.AsOf):
			return "its expiry-time has passed"
		}
	}
	return ""
}

// expired reports whether an expiry-time of sshd(8), YYYYMMDD[HHMM[SS]][Z], has
// passed. It is compared by the day.
func expired(value string, asOf time.Time) bool {
	value = strings.Trim(value, `"`)
	if len(value) < len("20060102") {
		return false
	}
	return asOf.Format("20060102") > value[:len("20060102")]
}

// memberWithoutKey is A3.
func memberWithoutKey(s *subject) {
	for i, m := range s.SSH.Members.Items {
		if a, ok := s.Account(string(m.V)); ok && len(a.Keys.Items) == 0 && !s.Certifies(a.Name) {
			s.report(m.From, s.Path(fmt.Sprintf("ssh.members[%d]", i)),
				fmt.Sprintf("%s has no key here, and sshd does not read keys from home directories", a.Name),
				fmt.Sprintf("write the public keys: users.%s.keys", a.Name))
		}
	}
}

// moreKeysThanTries is A5.
func moreKeysThanTries(s *subject) {
	tries := s.SSH.MaxAuthTries
	for _, name := range s.Members {
		a, _ := s.Account(name)
		if n := len(a.Keys.Items); n > int(tries.V) {
			s.report(tries.From, s.Path("ssh.max_auth_tries"),
				fmt.Sprintf("%s has %d keys and sshd hangs up after %d: an agent that offers the right key later is refused", name, n, tries.V),
				fmt.Sprintf("set ssh.max_auth_tries: %d, or ssh_client.identity where they come from (elsewhere IdentitiesOnly and IdentityFile)", n))
		}
	}
}

// allowedButNoMember is L1.
func allowedButNoMember(s *subject) {
	for i, u := range s.SSH.AllowUsers.Items {
		path, name := s.Path(fmt.Sprintf("ssh.allow_users[%d]", i)), string(u.V)
		switch {
		case name == "root" && s.SSH.RootLogin.V == "no":
			s.report(u.From, path, "root is allowed here, and root_login refuses root", "remove root, or set ssh.root_login: prohibit-password")
		case name != "root" && !slices.Contains(s.Members, name):
			s.report(u.From, path, fmt.Sprintf("%s is allowed here and is no member of %s: sshd asks for both, and refuses the login", name, policy.SSHGroup),
				fmt.Sprintf("add %s to ssh.members, or leave allow_users out: members suffice", name))
		}
	}
}

// rootNotAllowed is L3.
func rootNotAllowed(s *subject) {
	allow := s.SSH.AllowUsers
	if s.SSH.RootLogin.V != "no" && allow.IsSet() && !s.allowed("root") {
		s.report(allow.From, s.Path("ssh.allow_users"), "root_login lets root in, and allow_users leaves root out: sshd refuses root with any key",
			"add root to ssh.allow_users, or set ssh.root_login: \"no\"")
	}
}

// noUsableKey is L6. An account that is no administrator's may well be there
// for one command alone.
func noUsableKey(s *subject) {
	for _, name := range s.Members {
		a, _ := s.Account(name)
		keys := a.Keys
		if !a.Wheel() || s.Certifies(name) || len(keys.Items) == 0 || slices.ContainsFunc(keys.Values(), s.opensShell) {
			continue
		}
		s.report(keys.Items[0].From, "users."+name+".keys",
			fmt.Sprintf("no key of %s opens a shell: %s", name, s.restriction(keys.Items[0].V)), "add a key without options")
	}
}

// keyNotAccepted is L7.
func keyNotAccepted(s *subject) {
	for _, name := range s.Members {
		a, _ := s.Account(name)
		keys := a.Keys
		if s.Certifies(name) || len(keys.Items) == 0 || slices.ContainsFunc(keys.Values(), accepted) {
			continue
		}
		s.report(keys.Items[0].From, "users."+name+".keys",
			fmt.Sprintf("sshd accepts ed25519 keys only, and that of %s is %s: every login is refused", name, keys.Items[0].V.Type),
			"add an ssh-ed25519 key (ssh-keygen -t ed25519), or sk-ssh-ed25519 on a security key")
	}
}

// leastGrace is the time a person with a security key needs at the least to
// touch it on a slow connection.
const leastGrace = 5 * time.Second

// graceTooShort is L16. The schema accepts no other limit that keeps everybody
// out.
func graceTooShort(s *subject) {
	if grace := s.SSH.LoginGrace; time.Duration(grace.V) < leastGrace {
		s.report(grace.From, s.Path("ssh.login_grace_time"),
			fmt.Sprintf("sshd hangs up %d s after the connection, before a slow client has logged in", grace.V.Seconds()),
			"set ssh.login_grace_time: 30s")
	}
}

// fewestSessions is what a person with an editor, a shell and a file transfer
// over one connection uses.
const fewestSessions = 4

// fewSessions is L23.
func fewSessions(s *subject) {
	if m := s.SSH.MaxSessions; m.V < fewestSessions {
		s.report(m.From, s.Path("ssh.max_sessions"),
			fmt.Sprintf("a client that shares one connection gets %d at once: its next shell or file transfer is refused", m.V),
			fmt.Sprintf("set ssh.max_sessions: %d or more", fewestSessions))
	}
}
