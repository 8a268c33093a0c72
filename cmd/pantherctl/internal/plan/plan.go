// Package plan says what changes in meaning from one system of a host to the
// next: who may log in, who reaches what, how hard the kernel is, what restarts.
// It also writes and reads plans, which bind what was shown to what is applied.
package plan

import (
	"cmp"
	"slices"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// Mark is what a change does to what others may do.
type Mark string

// The marks. Where a change does both, it widens.
const (
	Widens  Mark = "widens"  // somebody may do more than before
	Narrows Mark = "narrows" // somebody may do less
	Neutral Mark = "neutral" // neither, or nobody can tell
)

// Area is what a change is about.
type Area string

// The areas, in the order they are told.
const (
	AreaNetwork     Area = "network"
	AreaListener    Area = "listener"
	AreaSSHD        Area = "sshd"
	AreaAccount     Area = "account"
	AreaSudo        Area = "sudo"
	AreaTailscale   Area = "tailscale"
	AreaSecret      Area = "secret"
	AreaKernel      Area = "kernel"
	AreaSysctl      Area = "sysctl"
	AreaModule      Area = "module"
	AreaBoot        Area = "boot"
	AreaFileSystem  Area = "filesystem"
	AreaPersistence Area = "persistence"
	AreaGuard       Area = "guard" // fail2ban, AppArmor, audit
	AreaUpkeep      Area = "upkeep"
	AreaService     Area = "service"
	AreaSandbox     Area = "sandbox"
	AreaUnit        Area = "unit"
)

func areas() []Area {
	return []Area{
		AreaNetwork, AreaListener, AreaSSHD, AreaAccount, AreaSudo, AreaTailscale, AreaSecret, AreaKernel, AreaSysctl, AreaModule,
		AreaBoot, AreaFileSystem, AreaPersistence, AreaGuard, AreaUpkeep, AreaService, AreaSandbox, AreaUnit,
	}
}

// A Change is one object that differs.
type Change struct {
	Mark   Mark   `json:"mark"`
	Area   Area   `json:"area"`
	Object string `json:"object"`         // "PermitRootLogin"
	Old    string `json:"old"`            // "" for what was not there
	New    string `json:"new"`            // "" for what is gone
	Note   string `json:"note,omitempty"` // what to know about it
}

// A Host is what changes on one host.
type Host struct {
	Name       string      `json:"name"`
	Old        string      `json:"old"` // store path of the system, "" if it is not known
	New        string      `json:"new"`
	Derivation string      `json:"derivation"` // that builds the new one, "" if it is not known
	Changes    []Change    `json:"changes"`
	Reboot     []string    `json:"reboot"`     // why it takes one for all to take effect; none if it takes none
	Inhibited  []string    `json:"inhibited"`  // what makes switch-to-configuration refuse a live switch
	Activation *Activation `json:"activation"` // nil if it is not known
	Closure    *Closure    `json:"closure"`    // nil if it is not known
}

// Marked returns how many changes have a mark.
func (h *Host) Marked(m Mark) int {
	n := 0
	for _, c := range h.Changes {
		if c.Mark == m {
			n++
		}
	}
	return n
}

// Differs reports whether anything changes.
func (h *Host) Differs() bool {
	return len(h.Changes) > 0 || len(h.Reboot) > 0 || len(h.Inhibited) > 0 || h.Old != h.New || h.Closure.differs()
}

// comparison gathers what differs on one host.
type comparison struct {
	old, new *facts.Host
	changes  []Change
}

// A Comparison says what changes on hosts, which are added one after the other.
// Of their facts it keeps the packet filters alone: who reaches whom is told of
// all together.
type Comparison struct {
	Fleet *policy.Fleet // of the new document: it says who is on which network

	hosts map[string]*Host
	rules map[string]filters
}

// Add compares a host with what it was, but for who reaches whom.
func (a *Comparison) Add(name string, old, new *facts.Host) *Host {
	if a.hosts == nil {
		a.hosts, a.rules = map[string]*Host{}, map[string]filters{}
	}
	c := &comparison{old: old, new: new}
	for _, f := range []func(*comparison){
		firewall, listeners, sshd, accounts, groups, sudo, tailscale, secrets, params, sysctls, modules, boot, remoteUnlock, secureBoot,
		fileSystems, persistence, guards, upkeep, client, rest,
	} {
		f(c)
	}
	h := &Host{Name: name, Changes: []Change{}, Reboot: []string{}, Inhibited: []string{}}
	c.system(h)
	h.Changes = append(h.Changes, c.changes...)
	a.hosts[name] = h
	if old.Nftables.Enable && new.Nftables.Enable {
		a.rules[name] = filters{old.Nftables.Ruleset, new.Nftables.Ruleset}
	}
	return h
}

// Hosts returns what changes on hosts, each of which was added, in the order
// given.
func (a *Comparison) Hosts(order []*policy.Host) []Host {
	reached, areas := a.reached(), areas()
	hosts := make([]Host, len(order))
	for i, of := range order {
		h := a.hosts[of.Name]
		h.Changes = append(h.Changes, a.rules[h.Name].changes(h.Name, reached)...)
		slices.SortStableFunc(h.Changes, func(a, b Change) int {
			return cmp.Compare(slices.Index(areas, a.Area), slices.Index(areas, b.Area))
		})
		hosts[i] = *h
	}
	return hosts
}

// add adds a change, if it is one. Store paths that differ in their hash alone
// are the same in meaning.
func (c *comparison) add(m Mark, area Area, object, old, new string, note ...string) {
	old, new = plain(old), plain(new)
	if old == new {
		return
	}
	ch := Change{Mark: m, Area: area, Object: object, Old: old, New: new}
	if len(note) > 0 {
		ch.Note = note[0]
	}
	c.changes = append(c.changes, ch)
}

// judged adds a change with the mark that a scale gives it.
func (c *comparison) judged(s scale, area Area, object, old, new string) {
	if s == nil {
		c.add(Neutral, area, object, old, new, unjudged)
		return
	}
	c.add(s(old, new), area, object, old, new)
}

// unjudged is the note of a change that no table knows.
const unjudged = "not judged"

// toggle adds a change of something that is on or off.
func (c *comparison) toggle(on Mark, area Area, object string, old, new bool) {
	m := on
	if old && !new {
		m = on.opposite()
	}
	c.add(m, area, object, onOff(old), onOff(new))
}

// set adds a change for what came to a set, and one for what left it.
func (c *comparison) set(added Mark, area Area, object string, old, new []string) {
	came, left := without(new, old), without(old, new)
	c.add(added, area, object, "", list(came))
	c.add(added.opposite(), area, object, list(left), "")
}

func (m Mark) opposite() Mark {
	switch m {
	case Widens:
		return Narrows
	case Narrows:
		return Widens
	}
	return m
}
