package plan

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

// tailscale compares the way into the tailnet.
func tailscale(c *comparison) {
	old, new := &c.old.Tailscale, &c.new.Tailscale
	c.toggle(Widens, AreaTailscale, "tailscale", old.Enable, new.Enable)
	if !old.Enable || !new.Enable {
		return
	}
	c.toggle(Widens, AreaTailscale, "port open to everybody", old.OpenFirewall, new.OpenFirewall)
	c.add(Neutral, AreaTailscale, "port", strconv.Itoa(old.Port), strconv.Itoa(new.Port))
	c.judged(ranked("none", "none", "client", "server", "both"), AreaTailscale, "routing", old.UseRoutingFeatures, new.UseRoutingFeatures)
	c.add(Neutral, AreaTailscale, "auth key", old.AuthKeyFile, new.AuthKeyFile)
	c.add(Neutral, AreaTailscale, "interface", old.InterfaceName, new.InterfaceName)
	c.flags("tailscale up", old.ExtraUpFlags, new.ExtraUpFlags)
	c.flags("tailscale set", old.ExtraSetFlags, new.ExtraSetFlags)
	c.flags("tailscaled", old.ExtraDaemonFlags, new.ExtraDaemonFlags)
}

// flagScales are the flags of tailscale that let people do more or less.
func flagScales() map[string]scale {
	switched := ranked("false", "false", "true")
	return map[string]scale{
		"--ssh": switched, "--advertise-exit-node": switched, "--exit-node-allow-lan-access": switched, "--webclient": switched,
		"--advertise-routes": granted, "--advertise-tags": granted, "--shields-up": ranked("false", "true", "false"),
		"--accept-routes": switched, "--snat-subnet-routes": neutral, "--hostname": neutral, "--advertise-connector": switched,
		"--exit-node": neutral, "--accept-dns": neutral, "--operator": granted, "--auto-update": neutral, "--no-logs-no-support": neutral,
	}
}

// flags compares flags by name.
func (c *comparison) flags(program string, old, new []string) {
	scales := flagScales()
	was, is := parseFlags(old), parseFlags(new)
	for _, name := range union(was, is) {
		c.judged(scales[name], AreaTailscale, program+" "+name, was[name], is[name])
	}
}

// parseFlags reads --name=value and --name, which stands for true.
func parseFlags(words []string) map[string]string {
	all := map[string]string{}
	for i, w := range words {
		if !strings.HasPrefix(w, "-") {
			if i == 0 || !strings.HasPrefix(words[i-1], "-") || strings.Contains(words[i-1], "=") {
				all[w] = "given"
			}
			continue
		}
		name, value, ok := strings.Cut("--"+strings.TrimLeft(w, "-"), "=")
		if !ok {
			value = "true"
			if i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
				value = words[i+1]
			}
		}
		all[name] = value
	}
	return all
}

// secrets compares which secrets come to the host, and who reads them.
func secrets(c *comparison) {
	was, is := ageSecrets(c.old), ageSecrets(c.new)
	for _, name := range union(was, is) {
		o, existed := was[name]
		n, exists := is[name]
		switch {
		case !existed:
			c.add(Neutral, AreaSecret, name, "", access(n))
		case !exists:
			c.add(Neutral, AreaSecret, name, access(o), "")
		default:
			c.judged(modes, AreaSecret, name+": mode", o.Mode, n.Mode)
			c.judged(owners, AreaSecret, name+": owner", o.Owner, n.Owner)
			c.judged(owners, AreaSecret, name+": group", o.Group, n.Group)
			c.add(Neutral, AreaSecret, name+": path", o.Path, n.Path)
			if o.File != n.File && plain(o.File) == plain(n.File) {
				c.add(Neutral, AreaSecret, name, "encrypted", "encrypted anew")
			}
			c.add(Neutral, AreaSecret, name+": file", o.File, n.File)
		}
	}
	if c.old.Age != nil && c.new.Age != nil {
		c.set(Neutral, AreaSecret, "identities", c.old.Age.IdentityPaths, c.new.Age.IdentityPaths)
	}
	paths := func(h *facts.Host) map[string]string {
		if h.Onepassword == nil {
			return nil
		}
		return h.Onepassword.Paths
	}
	for _, name := range union(paths(c.old), paths(c.new)) {
		c.add(Neutral, AreaSecret, name+" (1Password)", paths(c.old)[name], paths(c.new)[name])
	}
}

func ageSecrets(h *facts.Host) map[string]facts.AgeSecret {
	if h.Age == nil {
		return nil
	}
	return h.Age.Secrets
}

func access(s facts.AgeSecret) string { return s.Owner + ":" + s.Group + " " + s.Mode }

// modes judges permissions: a bit more widens.
func modes(old, new string) Mark {
	o, err := strconv.ParseUint(old, 8, 32)
	n, err2 := strconv.ParseUint(new, 8, 32)
	switch {
	case err != nil || err2 != nil:
		return Neutral
	case n&^o != 0:
		return Widens
	case o&^n != 0:
		return Narrows
	}
	return Neutral
}

// owners judges who reads a secret: anybody but root is one more.
func owners(old, new string) Mark {
	switch root := func(s string) bool { return s == "root" || s == "0" }; {
	case !root(new):
		return Widens
	case !root(old):
		return Narrows
	}
	return Neutral
}

// boot compares what happens before the system is up.
func boot(c *comparison) {
	old, new := &c.old.Boot, &c.new.Boot
	c.toggle(Widens, AreaBoot, "editor of the boot menu", old.Editor, new.Editor)
	c.toggle(Widens, AreaBoot, "emergency mode", old.EmergencyMode, new.EmergencyMode)
	c.judged(ranked("no", "no", "with a password", "yes"), AreaBoot, "emergency access in the initrd", emergency(old.InitrdEmergencyAccess), emergency(new.InitrdEmergencyAccess))
	c.set(Neutral, AreaBoot, "encrypted disks", pairsOf(old.LUKS), pairsOf(new.LUKS))
	c.toggle(Neutral, AreaBoot, "systemd-boot", old.SystemdBoot, new.SystemdBoot)
	c.toggle(Neutral, AreaBoot, "systemd in the initrd", old.SystemdInitrd, new.SystemdInitrd)
}

// emergency hides the hash of a password.
func emergency(v any) string {
	switch v {
	case nil, false:
		return "no"
	case true:
		return "yes"
	}
	return "with a password"
}

func pairsOf(m map[string]string) []string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, k+" "+m[k])
	}
	return all
}

// remoteUnlock compares who may log in while the host boots.
func remoteUnlock(c *comparison) {
	old, new := c.old.RemoteUnlock, c.new.RemoteUnlock
	c.toggle(Widens, AreaBoot, "remote unlock", old != nil, new != nil)
	if old == nil || new == nil {
		return
	}
	c.keys("remote unlock: keys", old.AuthorizedKeys, new.AuthorizedKeys)
	c.set(Neutral, AreaBoot, "remote unlock: host keys", old.HostKeys, new.HostKeys)
	keywords := sshdKeywords()
	was, spelt := parseSSHD(old.Config, keywords)
	is, spelt2 := parseSSHD(new.Config, keywords)
	maps.Copy(spelt, spelt2)
	for _, key := range union(was[""], is[""]) {
		if key != "port" && key != "hostkey" {
			c.judged(keywords[key].judge, AreaBoot, "remote unlock: "+spelt[key], was[""][key], is[""][key])
		}
	}
}

// secureBoot compares whether the firmware checks what it starts.
func secureBoot(c *comparison) {
	none := &facts.SecureBoot{}
	old, new := c.old.SecureBoot, c.new.SecureBoot
	if old == nil {
		old = none
	}
	if new == nil {
		new = none
	}
	c.toggle(Narrows, AreaBoot, "secure boot", old.Enable, new.Enable)
	c.toggle(Widens, AreaBoot, "secure boot: unsigned systems", old.AllowUnsigned, new.AllowUnsigned)
	c.toggle(Widens, AreaBoot, "secure boot: Microsoft's keys", old.MicrosoftKeys, new.MicrosoftKeys)
	c.toggle(Neutral, AreaBoot, "secure boot: enrols keys", old.Enroll, new.Enroll)
}

// fileSystems compares where files lie and what they may be used for.
func fileSystems(c *comparison) {
	old, new := c.old.FileSystems, c.new.FileSystems
	kind := func(m map[string]facts.FileSystem, at string) string {
		if fs, ok := m[at]; ok {
			return fs.FSType
		}
		return ""
	}
	for _, at := range union(old, new) {
		c.add(Neutral, AreaFileSystem, at, kind(old, at), kind(new, at))
		_, was := old[at]
		_, is := new[at]
		if was && is {
			c.mountOptions(at, old[at].Options, new[at].Options)
		}
	}
	c.mountOptions("/dev/shm", c.old.Boot.ShmOptions, c.new.Boot.ShmOptions)
}

// mountOptions judges those of mount(8) that forbid: programs, devices, setuid.
func (c *comparison) mountOptions(at string, old, new []string) {
	came, left := without(new, old), without(old, new)
	for _, o := range slices.Concat(came, left) {
		m := Neutral
		switch o {
		case "noexec", "nosuid", "nodev", "ro", "hidepid=2", "hidepid=invisible":
			m = Narrows
		case "exec", "suid", "dev", "rw":
			m = Widens
		}
		if slices.Contains(came, o) {
			c.add(m, AreaFileSystem, at+": "+o, "", "set")
		} else {
			c.add(m.opposite(), AreaFileSystem, at+": "+o, "set", "")
		}
	}
}

// persistence compares what outlives a boot.
func persistence(c *comparison) {
	old, new := c.old.Persistence, c.new.Persistence
	for _, at := range union(old, new) {
		o, n := slices.Concat(old[at].Directories, old[at].Files), slices.Concat(new[at].Directories, new[at].Files)
		c.add(Neutral, AreaPersistence, at, "", list(without(n, o)))
		c.add(Neutral, AreaPersistence, at, list(without(o, n)), "", "gone after the next boot")
	}
}

// guards compares what watches and confines.
func guards(c *comparison) {
	old, new := c.old, c.new
	c.toggle(Narrows, AreaGuard, "fail2ban", old.Fail2ban.Enable, new.Fail2ban.Enable)
	if old.Fail2ban.Enable && new.Fail2ban.Enable {
		c.set(Neutral, AreaGuard, "fail2ban jails", lines(old.Fail2ban.Jails), lines(new.Fail2ban.Jails))
	}
	c.toggle(Narrows, AreaGuard, "AppArmor", old.AppArmor.Enable, new.AppArmor.Enable)
	for _, name := range union(old.AppArmor.Policies, new.AppArmor.Policies) {
		was, confined := old.AppArmor.Policies[name]
		is, confines := new.AppArmor.Policies[name]
		c.toggle(Narrows, AreaGuard, "AppArmor: "+name, confined, confines)
		if confined && confines && plain(was) != plain(is) {
			c.add(Neutral, AreaGuard, "AppArmor: "+name, "a profile", "another profile", unjudged)
		}
	}
	c.judged(ranked("false", "true|lock", "false"), AreaGuard, "audit", text(old.Audit.Enable), text(new.Audit.Enable))
	c.toggle(Narrows, AreaGuard, "audit daemon", old.Audit.Daemon, new.Audit.Daemon)
	c.set(Narrows, AreaGuard, "audit rules", old.Audit.Rules, new.Audit.Rules)
}

// lines are those of an INI file, with their sections.
func lines(s string) []string {
	var all []string
	section := ""
	for line := range strings.Lines(s) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "["):
			section = line + " "
		case line != "" && !strings.HasPrefix(line, "#"):
			all = append(all, section+line)
		}
	}
	return all
}

// upkeep compares upgrades, backups and what is told to whom.
func upkeep(c *comparison) {
	old, new := &c.old.Upgrade, &c.new.Upgrade
	c.add(Neutral, AreaUpkeep, "release", c.old.Release, c.new.Release)
	c.add(Neutral, AreaUpkeep, "state version", c.old.StateVersion, c.new.StateVersion, "it should stay that of the installation")
	c.toggle(Neutral, AreaUpkeep, "upgrades", old.Enable, new.Enable)
	if old.Enable && new.Enable {
		c.toggle(Neutral, AreaUpkeep, "upgrades restart the host", old.AllowReboot, new.AllowReboot)
		c.add(Neutral, AreaUpkeep, "upgrades at", old.Dates, new.Dates)
		c.add(Neutral, AreaUpkeep, "upgrades from", strings.Join(old.Flags, " "), strings.Join(new.Flags, " "))
	}
	was, is := c.old.Backups, c.new.Backups
	for _, name := range union(was, is) {
		_, had := was[name]
		_, has := is[name]
		c.toggle(Neutral, AreaUpkeep, "backup "+name, had, has)
		if had && has {
			c.set(Neutral, AreaUpkeep, "backup "+name+": paths", was[name].Paths, is[name].Paths)
			c.add(Neutral, AreaUpkeep, "backup "+name+": when", timing(was[name].TimerConfig), timing(is[name].TimerConfig))
		}
	}
	c.set(Neutral, AreaUpkeep, "failures told of", c.old.Notified, c.new.Notified)
	c.set(Neutral, AreaUpkeep, "journal", lines(c.old.Journal.Text), lines(c.new.Journal.Text))
	c.set(Neutral, AreaUpkeep, "warnings", c.old.Warnings, c.new.Warnings)
	c.set(Neutral, AreaUpkeep, "failed assertions", c.old.Assertions, c.new.Assertions)
	c.add(Neutral, AreaUpkeep, "host name", c.old.HostName, c.new.HostName)
}

func timing(m map[string]any) string { return text(m) }
