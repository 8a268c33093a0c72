package gen

import (
	"fmt"
	"time"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// backup is the module of the backups. restic reads every secret from its file
// when it runs.
func backup(h *policy.Host) *nix.File {
	b := h.Backup
	if !b.Enable.V {
		return nil
	}
	f := &nix.File{}
	set := nix.AttrSet{
		nix.Bind("repositoryFile", secretPath(h, string(b.Repository.V), f)),
		nix.Bind("passwordFile", secretPath(h, string(b.Password.V), f)),
	}
	if b.Environment.IsSet() {
		set = append(set, nix.Bind("environmentFile", secretPath(h, string(b.Environment.V), f)))
	}
	if b.SSHKey.IsSet() {
		key := nix.Template{nix.String("sftp.args=-i"), secretPath(h, string(b.SSHKey.V), f)}
		set = append(set, nix.Bind("extraOptions", nix.Elements(key), "one word, as systemd splits this line"))
	}
	set = append(set, initialize(h))
	bind(&set, nix.Path("paths"), nix.Strings(h.BackupPaths()...))
	if len(b.Exclude.Items) > 0 {
		set = append(set, nix.Bind("exclude", nix.Strings(schema.Words(b.Exclude)...)))
	}
	set = append(set, nix.Bind("extraBackupArgs", backupArgs(h)))
	bind(&set, nix.Path("pruneOpts"), pruneOpts(h), pruneReason(h))
	set = append(set, nix.Bind("runCheck", nix.Bool(b.Check.V), why(b.Check.From)))
	if b.Check.V {
		set = append(set, nix.Bind("checkOpts", nix.Strings("--read-data-subset=100M"), "another part every time, so that all of it is read in the end"))
	}
	bind(&set, nix.Path("timerConfig"), nix.AttrSet{
		nix.Bind("OnCalendar", nix.String(b.At.V), why(b.At.From)),
		nix.Bind("RandomizedDelaySec", nix.String(b.Spread.V.String()), why(b.Spread.From)),
		nix.Bind("Persistent", nix.Bool(true), "one that was missed is made up for"),
	})
	if !h.Drills() {
		f.Body = nix.AttrSet{nix.Bind("services.restic.backups."+policy.BackupName, set)}
		return f
	}
	body := nix.AttrSet{nix.Bind("imports", nix.Elements(nix.PathLit("../../"+drillModule)))}
	bind(&body, nix.Path("services.restic.backups."+policy.BackupName), set)
	bind(&body, nix.Path("pantherctl.restoreDrill"), drill(h), "a backup that nobody has restored is a hope")
	f.Body = body
	return f
}

// drillModule is where the module that backup.nix imports stands.
const drillModule = "modules/restore-drill.nix"

// drill is the restore that is tried. The newest backup may be as old as the
// schedule makes it, and a day more.
func drill(h *policy.Host) nix.AttrSet {
	d, oldest := h.Backup.Drill, 2*24*time.Hour
	if h.Backup.At.V.Weekly() {
		oldest = 8 * 24 * time.Hour
	}
	return nix.AttrSet{
		nix.Bind("backup", nix.String(policy.BackupName)),
		nix.Bind("sample", nix.String(d.Sample.V)),
		nix.Bind("at", nix.String(d.At.V), why(d.At.From)),
		nix.Bind("oldest", nix.Int(oldest.Seconds()), "one backup may be missed"),
	}
}

// initialize says whether a repository that is not there is made.
func initialize(h *policy.Host) nix.Binding {
	if h.Backup.Service.V == schema.Disk {
		return nix.Bind("initialize", nix.Bool(false), "where the disk is not mounted, a new repository would fill the root")
	}
	return nix.Bind("initialize", nix.Bool(true), "a new host starts its repository itself")
}

// backupArgs are the flags of restic backup. What survives a wiped root lies on
// one file system; folders that the document names may be mounts.
func backupArgs(h *policy.Host) nix.List {
	b := h.Backup
	list := nix.List{
		{Doc: []string{why(b.Compression.From)}, Value: nix.String("--compression=" + string(b.Compression.V))},
		{Doc: []string{"folders that say of themselves that they can be made anew"}, Value: nix.String("--exclude-caches")},
	}
	if !b.Paths.IsSet() {
		list = append(list, nix.Element{Doc: []string{"not what is mounted below, such as a backup disk"}, Value: nix.String("--one-file-system")})
	}
	return list
}

func pruneReason(h *policy.Host) string {
	if h.Backup.Prune.V {
		return why(h.Backup.Prune.From)
	}
	return "nothing is removed from here: who takes the host cannot take its backups"
}

// pruneOpts are the flags of restic forget; without any it does not run.
func pruneOpts(h *policy.Host) nix.List {
	b, list := h.Backup, nix.List{}
	if !b.Prune.V {
		return list
	}
	for _, keep := range []struct {
		flag  string
		count schema.Value[schema.Count]
	}{{"daily", b.Daily}, {"weekly", b.Weekly}, {"monthly", b.Monthly}} {
		list = append(list, nix.Element{Doc: []string{why(keep.count.From)}, Value: nix.String(fmt.Sprintf("--keep-%s=%d", keep.flag, keep.count.V))})
	}
	return list
}
