package lab

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// An SSHD is a host's sshd: its configuration, its accounts and groups, and
// throw-away keys in place of real ones.
type SSHD struct {
	Host       string
	Config     string            // of sshd, without host keys
	Port       int               // the first it listens on
	KeyTypes   []string          // of its host keys: ed25519
	Passwd     string            // all accounts
	Group      string            // all groups
	Authorized map[string]string // files below /etc/ssh/authorized_keys.d
	Logins     []Login
	Bans       bool // fail2ban reads what it logs
}

// A Login is one attempt to log in: a client that offers keys, one after the
// other, and a password if it may.
type Login struct {
	User  string
	Offer []int // indexes of identities
}

// A LoginExpectation is a login and what the document says of it.
type LoginExpectation struct {
	Host string
	Login
	Accepted int // the identity, -1 for none
}

// An SSHPlan is what to try of the sshds of a fleet.
type SSHPlan struct {
	SSHDs      []SSHD
	Expected   [][]LoginExpectation // of each
	Identities [][]byte             // seeds of throw-away ed25519 keys

	known map[string]int // identities by the key that they stand for
	names []string       // of identities, for people
	fleet *policy.Fleet
}

// NewSSHPlan returns the sshds of a fleet that evaluates to the facts. Of each,
// every account is tried with every key of the fleet. Keys that are let in come
// last in an agent that holds as many as the user with the most.
func NewSSHPlan(fleet *policy.Fleet, evaluated map[string]*facts.Host) (*SSHPlan, error) {
	p := &SSHPlan{known: map[string]int{}, fleet: fleet}
	agent := 1
	for _, u := range fleet.Users.Entries {
		for _, k := range u.Value.Keys.Values() {
			p.identity(k.Text)
		}
		agent = max(agent, len(u.Value.Keys.Items))
	}
	for _, h := range fleet.Hosts {
		f := evaluated[h.Name]
		if f == nil || !f.SSHD.Enable || !h.SSH.Enable.V || h.SSH.Mode.V != schema.Generate || len(f.SSHD.Ports) == 0 {
			continue
		}
		d, err := p.sshd(h, f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.Name, err)
		}
		p.SSHDs = append(p.SSHDs, d)
	}
	strangers := len(p.known)
	for i := range p.SSHDs {
		h, _ := fleet.Host(p.SSHDs[i].Host)
		p.logins(&p.SSHDs[i], h, agent, strangers)
	}
	for range strangers + agent {
		seed := make([]byte, ed25519.SeedSize)
		_, _ = rand.Read(seed) // never fails
		p.Identities = append(p.Identities, seed)
	}
	for i := range p.SSHDs {
		for user, lines := range p.SSHDs[i].Authorized {
			p.SSHDs[i].Authorized[user] = p.exchange(lines)
		}
	}
	return p, nil
}

// identity returns the index of what stands for a public key.
func (p *SSHPlan) identity(key string) int {
	name := blob(key)
	i, ok := p.known[name]
	if !ok {
		i = len(p.known)
		p.known[name] = i
		_, comment, _, _, _ := ssh.ParseAuthorizedKey([]byte(key))
		if comment == "" {
			comment = fmt.Sprintf("%d", i+1)
		}
		p.names = append(p.names, "key "+comment)
	}
	return i
}

// blob is the part of a line that is the key.
func blob(line string) string {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return line
	}
	return string(key.Marshal())
}

// sshd gives a host's accounts the ids that activation would choose.
func (p *SSHPlan) sshd(h *policy.Host, f *facts.Host) (SSHD, error) {
	d := SSHD{Host: h.Name, Bans: f.Fail2ban.Enable, Port: f.SSHD.Ports[0], Authorized: map[string]string{}}
	for line := range strings.Lines(f.SSHD.Config) {
		if name, _, _ := strings.Cut(strings.TrimSpace(line), " "); !strings.EqualFold(name, "HostKey") {
			d.Config += line
		}
	}
	for _, k := range f.SSHD.HostKeys {
		d.KeyTypes = append(d.KeyTypes, k.Type)
	}
	gids := map[string]int{}
	for i, name := range slices.Sorted(maps.Keys(f.Users.Groups)) {
		g := f.Users.Groups[name]
		if gids[name] = 20000 + i; g.GID != nil {
			gids[name] = *g.GID
		}
		members := slices.Clone(g.Members)
		for _, a := range f.Users.Accounts {
			if slices.Contains(a.ExtraGroups, name) && !slices.Contains(members, a.Name) {
				members = append(members, a.Name)
			}
		}
		slices.Sort(members)
		d.Group += fmt.Sprintf("%s:x:%d:%s\n", name, gids[name], strings.Join(members, ","))
	}
	for i, name := range slices.Sorted(maps.Keys(f.Users.Accounts)) {
		a := f.Users.Accounts[name]
		uid := 20000 + i
		if a.UID != nil {
			uid = *a.UID
		}
		shell := "/bin/sh"
		if strings.HasSuffix(a.Shell, "nologin") || strings.HasSuffix(a.Shell, "false") {
			shell = "/bin/false"
		}
		d.Passwd += fmt.Sprintf("%s:*:%d:%d::/tmp:%s\n", a.Name, uid, gids[a.Group], shell)
		for _, k := range a.Keys {
			p.identity(k)
			d.Authorized[a.Name] += k + "\n"
		}
	}
	for _, needed := range []string{"root:*:0:0::/tmp:/bin/sh\n", "sshd:*:29999:65534::/tmp:/bin/false\n"} {
		if name, _, _ := strings.Cut(needed, ":"); !strings.Contains("\n"+d.Passwd, "\n"+name+":") {
			d.Passwd += needed
		}
	}
	return d, nil
}

// exchange puts throw-away keys in the place of the real ones. Options stay.
func (p *SSHPlan) exchange(lines string) string {
	var out strings.Builder
	for line := range strings.Lines(lines) {
		_, _, options, _, err := ssh.ParseAuthorizedKey([]byte(line))
		if err != nil {
			out.WriteString(line)
			continue
		}
		if len(options) > 0 {
			out.WriteString(strings.Join(options, ",") + " ")
		}
		key, _ := ssh.NewPublicKey(ed25519.NewKeyFromSeed(p.Identities[p.known[blob(line)]]).Public())
		out.Write(ssh.MarshalAuthorizedKey(key))
	}
	return out.String()
}

// logins plans who tries to log in with what.
func (p *SSHPlan) logins(d *SSHD, h *policy.Host, agent, strangers int) {
	var expected []LoginExpectation
	try := func(user string, accepted int, offer ...int) {
		d.Logins = append(d.Logins, Login{user, offer})
		expected = append(expected, LoginExpectation{h.Name, Login{user, offer}, accepted})
	}
	users := []string{"root"}
	for line := range strings.Lines(d.Passwd) {
		name, _, _ := strings.Cut(line, ":")
		if _, ours := h.Account(name); ours || d.Authorized[name] != "" && name != "root" {
			users = append(users, name)
		}
	}
	atOnce := max(1, int(h.SSH.MaxAuthTries.V)-1)
	for _, user := range users {
		var others []int
		for i := range strangers {
			if !mayEnter(h, user, p.known, i) {
				others = append(others, i)
				continue
			}
			var offer []int
			for k := range agent - 1 {
				offer = append(offer, strangers+k)
			}
			try(user, i, append(offer, i)...)
		}
		for part := range slices.Chunk(append(others, strangers), atOnce) {
			try(user, -1, part...)
		}
	}
	try(unknownUser, -1, strangers)
	p.Expected = append(p.Expected, expected)
}

// mayEnter reports whether the document lets an account in with a key.
func mayEnter(h *policy.Host, user string, known map[string]int, identity int) bool {
	is := func(k schema.PublicKey) bool { return known[blob(k.Text)] == identity }
	if user == "root" {
		return h.SSH.RootLogin.V != "no" && slices.ContainsFunc(h.Settings.Accounts.RootKeys.Values(), is)
	}
	a, ok := h.Account(user)
	if !ok || !slices.Contains(h.Members, user) ||
		h.SSH.AllowUsers.IsSet() && !slices.Contains(h.SSH.AllowUsers.Values(), schema.UserName(user)) {
		return false
	}
	return slices.ContainsFunc(a.Keys.Values(), is)
}

// unknownUser has no account on any host.
const unknownUser = "pantherctl-nobody"

// Work returns what the lab is to do for the plan.
func (p *SSHPlan) Work() Work { return Work{SSHDs: p.SSHDs, Identities: p.Identities} }
