package live

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// failed finds units that have failed: Q6.
func failed(c *comparison) {
	text, ok := c.answer.of("failed")
	if !ok {
		c.unseen("failed", "which units have failed")
		return
	}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 0 {
			c.report("Q6", "", brief(f[0])+" has failed", "systemctl status "+brief(f[0]))
		}
	}
}

// secrets finds secrets that were not decrypted: S3.
func secrets(c *comparison) {
	text, _ := c.answer.of("secrets")
	files := secretFiles(c.Facts)
	for line := range strings.Lines(text) {
		path := strings.TrimSpace(line)
		if name, ok := files[path]; ok {
			c.report("S3", "", fmt.Sprintf("the secret %s is not on the host: nothing lies at %s", name, path),
				"encrypt it to the host's key: agenix --rekey; or read the journal of what fetches it")
		}
	}
}

// slack is how late a backup may be: the spread of its start, its own time, and
// a host that was switched off over night.
const slack = 26 * time.Hour

// backups finds backups that are too old: Q12.
func backups(c *comparison) {
	if !mayJudge(c.Host.Backup.Mode) || !c.answer.Whole {
		return
	}
	units, _ := c.answer.of("units")
	stamps, _ := c.answer.of("stamps")
	for _, name := range sortedKeys(c.Facts.Backups) {
		allowed := period(fmt.Sprint(c.Facts.Backups[name].TimerConfig["OnCalendar"])) + slack
		last, ok := lastRun(name, units, stamps)
		switch age := c.now().Sub(last); {
		case !ok:
			c.report("Q12", "backup.enable", fmt.Sprintf("the backup %s has never ended well, as far as the host knows", name), "systemctl start "+backupUnit(name))
		case age > allowed:
			c.report("Q12", "backup.enable", fmt.Sprintf("the last backup %s is of %s, %s ago", name, last.UTC().Format(time.DateTime), days(age)),
				"journalctl --unit "+backupUnit(name))
		}
	}
}

// now is the host's clock, so that ages are right where it is wrong; the
// caller's where it is absurd.
func (c *comparison) now() time.Time {
	text, _ := c.answer.of("time")
	seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if live := time.Unix(seconds, 0); err == nil && live.Sub(c.Now).Abs() < 24*time.Hour {
		return live
	}
	return c.Now
}

// lastRun is when a backup last ended well: what systemd remembers of this
// boot, or else when its timer last started it.
func lastRun(name, units, stamps string) (time.Time, bool) {
	for block := range strings.SplitSeq(units, "\n\n") {
		p := properties(block)
		if p["Id"] != backupUnit(name) {
			continue
		}
		if seconds, err := strconv.ParseInt(strings.TrimPrefix(p["ExecMainExitTimestamp"], "@"), 10, 64); err == nil && seconds > 0 && p["Result"] == "success" && p["ExecMainStatus"] == "0" {
			return time.Unix(seconds, 0), true
		}
		if p["Result"] != "success" && p["Result"] != "" {
			return time.Time{}, false // failed in this boot, and its stamp is that of the failure
		}
	}
	for line := range strings.Lines(stamps) {
		f := strings.Fields(line)
		if len(f) == 2 && strings.HasSuffix(f[1], "/stamp-restic-backups-"+name+".timer") {
			seconds, err := strconv.ParseInt(f[0], 10, 64)
			return time.Unix(seconds, 0), err == nil
		}
	}
	return time.Time{}, false
}

// properties reads what systemctl show prints of one unit.
func properties(text string) map[string]string {
	p := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			p[name] = value
		}
	}
	return p
}

// period is how often something runs, by systemd.time(7): as often as its
// words say, once a week with a weekday, else daily.
func period(calendar string) time.Duration {
	word, _, _ := strings.Cut(calendar, " ")
	switch {
	case word == "hourly":
		return time.Hour
	case word == "weekly", len(word) >= 3 && slices.Contains([]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}, word[:3]) && !strings.ContainsAny(word, ",."):
		return 7 * 24 * time.Hour
	case word == "monthly":
		return 31 * 24 * time.Hour
	}
	return 24 * time.Hour
}

// days writes a duration for people.
func days(d time.Duration) string {
	if d < 48*time.Hour {
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// isolated says that an incident is going on: Q14.
func isolated(c *comparison) {
	if since, ok := Isolated(c.answer); ok {
		c.report("Q14", "incident.enable", "the host is isolated since "+since.UTC().Format(time.DateTime)+" UTC", "pantherctl incident release "+c.Host.Name)
	}
}

// Isolated tells since when a host is cut off, if it is.
func Isolated(a *Answer) (time.Time, bool) {
	text, ok := a.of("isolated")
	seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return time.Unix(seconds, 0), ok && err == nil
}
