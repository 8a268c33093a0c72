package check

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// egressRefusesUpkeep is H1.
func egressRefusesUpkeep(s *subject) {
	if s.Firewall.Egress.Policy.V != "deny" {
		return
	}
	for _, use := range s.fleet.Outgoing(s.Host) {
		for _, p := range use.Ports {
			if !slices.ContainsFunc(s.EgressPorts, func(open schema.Ports) bool { return covers(open, p) }) {
				s.report(use.From, s.Path(use.Setting), fmt.Sprintf("this needs %s elsewhere, and the host's egress refuses it", use.Service),
					fmt.Sprintf("add it: firewall: { egress: { allow: { append: [%s] } } }", use.Service))
				break
			}
		}
	}
}

// covers reports whether all ports of one service are among those of another.
func covers(open, p schema.Ports) bool {
	return open.Protocol == p.Protocol && open.First <= p.First && p.Last <= open.Last
}

// passwordOnlyHere is H2. What 1Password holds outlives the host.
func passwordOnlyHere(s *subject) {
	password := s.Backup.Password
	for _, f := range s.Files {
		if f.Secret != string(password.V) || slices.ContainsFunc(f.Keys, s.isForeign) {
			continue
		}
		s.report(password.From, s.Path("backup.password"), fmt.Sprintf("nobody but %s can decrypt the password: once the host is lost, so are its backups", s.Name),
			fmt.Sprintf("give an administrator an ssh-ed25519 key, or name a key that lies elsewhere in secrets.%s.read_by", f.Secret))
	}
}

// isForeign reports whether a key is not one of the host's own.
func (s *subject) isForeign(key schema.PublicKey) bool {
	return !slices.ContainsFunc(s.HostKeys, func(own schema.PublicKey) bool { return own.Blob == key.Blob })
}

// backupsInReach is H3. Every host that prunes can remove its backups; only of
// one whose level expects an intruder with root's rights is more asked.
func backupsInReach(s *subject) {
	if b := s.Backup; b.Prune.V && s.Level.V == "high-security" {
		s.report(b.Prune.From, s.Path("backup.prune"), "whoever becomes root here removes the backups with what the host itself holds",
			"let the storage accept new snapshots only and remove old ones itself, and set backup.prune: false")
	}
}

// neverRestored is H21.
func neverRestored(s *subject) {
	if b := s.Backup; !b.Drill.Sample.IsSet() {
		s.report(b.Enable.From, s.Path("backup.drill"), "nothing ever tries to restore the backup: that it cannot be is found out when it is needed",
			"name a file that seldom changes: backup.drill: /etc/machine-id, or its path on the mount that survives")
	}
}

// timerStamps is where systemd keeps when a timer ran last.
const timerStamps = "/var/lib/systemd"

// timersForgotten is H4.
func timersForgotten(s *subject) {
	reason, forgotten := s.Persistence.Forget.Get(timerStamps)
	if !forgotten {
		return
	}
	for _, timer := range []struct {
		what string
		has  func(*policy.Host) bool
	}{{"backup", backups}, {"upgrade", upgrades}} {
		if timer.has(s.Host) {
			s.report(reason.From, s.entry("persistence.forget", timerStamps), fmt.Sprintf("the %s starts at every boot: it looks as if it had been missed", timer.what),
				"remove the line")
		}
	}
}
