package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// backup completes what a host backs up, and checks that it can.
func (r *resolver) backup(h *Host) {
	b := &h.Backup
	if !b.Enable.V {
		return
	}
	for _, s := range []struct {
		key      string
		name     schema.Value[schema.Name]
		required string // what it is, "" if the backup can do without
	}{
		{"repository", b.Repository, "the secret holding the address of the repository"},
		{"password", b.Password, "the secret holding the repository's password"},
		{"environment", b.Environment, ""},
		{"ssh_key", b.SSHKey, ""},
	} {
		switch {
		case s.name.IsSet():
			r.secret(h, h.Path("backup."+s.key), s.name)
		case s.required != "":
			r.report(b.Enable.From, h.Path("backup."+s.key), "the backup does not name "+s.required, "declare a secret, and name it here")
		}
	}
	if b.Repository.IsSet() && b.Repository.V == b.Password.V {
		r.report(b.Password.From, h.Path("backup.password"), fmt.Sprintf("%q is already the address of the repository", b.Password.V), "declare a secret for each")
	}
	switch {
	case !b.Service.IsSet():
		r.report(b.Enable.From, h.Path("backup.service"), "the address is a secret, so nobody knows how the repository is reached",
			"write service: ssh, https, or disk for one attached to the host")
	case b.SSHKey.IsSet() && (b.Service.V == "https" || b.Service.V == "http" || b.Service.V == schema.Disk):
		r.report(b.SSHKey.From, h.Path("backup.ssh_key"), fmt.Sprintf("a repository reached by %s asks for no SSH key", b.Service.V),
			"remove it, or set service: ssh, or a service of your own for another port")
	}
	if b.Over.V == schema.Tailnet && !h.Tailscale.Enable.V {
		r.report(b.Over.From, h.Path("backup.over"), "the host is not in the tailnet", "set tailscale.enable: true, or remove over")
	}
	r.backupPaths(h)
	r.drill(h)
}

// drill reports a sample that no backup holds.
func (r *resolver) drill(h *Host) {
	d := &h.Backup.Drill
	if !d.Sample.IsSet() {
		return
	}
	within := func(folder string) bool { return covers(folder, string(d.Sample.V)) }
	if !slices.ContainsFunc(h.BackupPaths(), within) {
		r.report(d.Sample.From, h.Path("backup.drill"), fmt.Sprintf("%s is not backed up: only %s is", d.Sample.V, strings.Join(h.BackupPaths(), ", ")), "name a file below one of these")
	}
	for _, e := range h.Backup.Exclude.Items {
		if within(string(e.V)) {
			r.report(d.Sample.From, h.Path("backup.drill"), fmt.Sprintf("%s is left out of the backup at %s", d.Sample.V, e.From.Pos), "name another file")
		}
	}
}

// Drills reports whether a restore is tried by a timer.
func (h *Host) Drills() bool {
	return h.Backup.Mode.V == schema.Generate && h.Backup.Enable.V && h.Backup.Drill.Sample.IsSet()
}

func (r *resolver) backupPaths(h *Host) {
	b := &h.Backup
	if len(h.BackupPaths()) == 0 {
		r.report(b.Enable.From, h.Path("backup.paths"), "nothing says what to back up", "name folders, such as /home and /var/lib")
	}
	for i, p := range b.Paths.Items {
		switch top, _, _ := strings.Cut(string(p.V)[1:], "/"); top {
		case "", "dev", "nix", "proc", "run", "sys", "tmp":
			r.report(p.From, h.Path(fmt.Sprintf("backup.paths[%d]", i)), fmt.Sprintf("%s is, or holds, what is made anew and not worth a backup", p.V),
				"name the folders with data, such as /home and /var/lib")
		}
	}
}

// BackupPaths returns what is backed up: what the document names and what
// services dump or, on a host whose root is wiped, all that survives.
func (h *Host) BackupPaths() []string {
	if !h.Backup.Paths.IsSet() {
		if h.Persistence.Enable.V {
			return []string{string(h.Persistence.Path.V)}
		}
		return nil
	}
	paths := schema.Words(h.Backup.Paths)
	add := func(more string) {
		if !slices.ContainsFunc(paths, func(p string) bool { return covers(p, more) }) {
			paths = append(paths, more)
		}
	}
	for _, dump := range h.dumps() {
		add(dump)
	}
	if h.Certificates.Backup.V {
		for _, k := range h.certificateState() {
			add(k.Path)
		}
	}
	return paths
}

// backupState is what backups keep on the host.
func (h *Host) backupState() []Kept {
	if !h.Backup.Enable.V {
		return nil
	}
	kept := []Kept{{Path: "/var/cache/restic-backups-" + BackupName, Mode: "0700", Why: "what the repository holds, or every backup reads all of it"}}
	if h.Backup.Service.V == "ssh" || h.Backup.SSHKey.IsSet() {
		kept = append(kept, Kept{Path: "/root/.ssh", Mode: "0700", Why: "the host key of the backup's server, without which nothing connects"})
	}
	return kept
}

// BackupName is the name of the backup among those of the host.
const BackupName = "daily"
