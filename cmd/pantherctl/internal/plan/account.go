package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

// accounts compares who there is, with what keys, in which groups.
func accounts(c *comparison) {
	c.toggle(Widens, AreaAccount, "passwd changes accounts", c.old.Users.MutableUsers, c.new.Users.MutableUsers)
	old, new := c.old.Users.Accounts, c.new.Users.Accounts
	for _, name := range union(old, new) {
		was, existed := old[name]
		is, exists := new[name]
		switch {
		case strings.HasPrefix(name, "nixbld"):
		case !existed:
			c.add(arrival(c.new, is), AreaAccount, name, "", sketch(c.new, is))
		case !exists:
			c.add(arrival(c.old, was).opposite(), AreaAccount, name, sketch(c.old, was), "")
		default:
			c.account(was, is)
		}
	}
}

// arrival is the mark of a new account: one that nobody can log in to and that
// is in no group of others is a service's.
func arrival(h *facts.Host, a facts.Account) Mark {
	if a.IsNormalUser || enters(a) || len(groupsOf(h, a)) > 0 {
		return Widens
	}
	return Neutral
}

// enters reports whether somebody can log in to an account.
func enters(a facts.Account) bool {
	return len(a.Keys) > 0 || len(a.KeyFiles) > 0 || !a.Locked && (a.PasswordFile != "" || len(a.PasswordOptions) > 0)
}

// sketch describes an account in a few words.
func sketch(h *facts.Host, a facts.Account) string {
	words := "service"
	if a.IsNormalUser {
		words = "user"
	}
	if groups := groupsOf(h, a); len(groups) > 0 {
		words += " in " + strings.Join(groups, ", ")
	}
	if n := len(a.Keys) + len(a.KeyFiles); n > 0 {
		words += fmt.Sprintf(", keys: %d", n)
	}
	if !a.Locked && (a.PasswordFile != "" || len(a.PasswordOptions) > 0) {
		words += ", with a password"
	}
	return words
}

// groupsOf are the groups of an account beside its own.
func groupsOf(h *facts.Host, a facts.Account) []string {
	groups := slices.Clone(a.ExtraGroups)
	for name, g := range h.Users.Groups {
		if slices.Contains(g.Members, a.Name) {
			groups = append(groups, name)
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// account compares one that was there and still is.
func (c *comparison) account(old, new facts.Account) {
	name := new.Name
	c.set(Widens, AreaAccount, name+": groups", groupsOf(c.old, old), groupsOf(c.new, new))
	c.add(Neutral, AreaAccount, name+": group", old.Group, new.Group)
	c.keys(name+": keys", old.Keys, new.Keys)
	c.set(Widens, AreaAccount, name+": key files", old.KeyFiles, new.KeyFiles)
	c.judged(shells, AreaAccount, name+": shell", old.Shell, new.Shell)
	c.add(Neutral, AreaAccount, name+": home", old.Home, new.Home)
	c.judged(passwords, AreaAccount, name+": password", password(old), password(new))
	c.toggle(Widens, AreaAccount, name+": ordinary user", old.IsNormalUser, new.IsNormalUser)
	if old.UID != nil && new.UID != nil {
		c.judged(rootID, AreaAccount, name+": uid", fmt.Sprint(*old.UID), fmt.Sprint(*new.UID))
	}
}

// keys tells which keys came and went; their names need not differ.
func (c *comparison) keys(object string, old, new []string) {
	names := func(keys []string) []string {
		var all []string
		for _, k := range keys {
			all = append(all, keyName(k))
		}
		return all
	}
	c.add(Widens, AreaAccount, object, "", list(names(without(new, old))))
	c.add(Narrows, AreaAccount, object, list(names(without(old, new))), "")
}

// shells judges shells by whether they let anybody in.
func shells(old, new string) Mark {
	closed := func(shell string) bool {
		return slices.Contains([]string{"nologin", "false"}, path.Base(shell))
	}
	switch {
	case closed(old) && !closed(new):
		return Widens
	case !closed(old) && closed(new):
		return Narrows
	}
	return Neutral
}

// password says how an account's password is set; facts hold none of them.
func password(a facts.Account) string {
	switch {
	case a.Locked:
		return "locked"
	case a.PasswordFile != "" && len(a.PasswordOptions) > 0:
		return "in the store, and of the file " + a.PasswordFile
	case a.PasswordFile != "":
		return "of the file " + a.PasswordFile
	case len(a.PasswordOptions) > 0:
		return "in the store"
	}
	return "none"
}

// passwords judges how a password is set, the tightest first.
func passwords(old, new string) Mark {
	place := func(p string) (float64, bool) {
		i := slices.IndexFunc([]string{"locked", "none", "of the file", "in the store"}, func(s string) bool { return strings.HasPrefix(p, s) })
		return float64(max(i, 1)), true // locked and none let nobody in
	}
	return numbered(place)(old, new)
}

func rootID(old, new string) Mark {
	switch {
	case new == "0":
		return Widens
	case old == "0":
		return Narrows
	}
	return Neutral
}

// groups compares groups whose members are no accounts of the host, and gids;
// members that are have been told with their accounts.
func groups(c *comparison) {
	old, new := c.old.Users.Groups, c.new.Users.Groups
	strangers := func(h *facts.Host, name string) []string {
		var rest []string
		for _, m := range h.Users.Groups[name].Members {
			_, was := c.old.Users.Accounts[m]
			_, is := c.new.Users.Accounts[m]
			if !was && !is {
				rest = append(rest, m)
			}
		}
		return rest
	}
	there := func(g map[string]facts.Group, name string) string {
		if _, ok := g[name]; ok {
			return "there"
		}
		return ""
	}
	for _, name := range union(old, new) {
		c.add(Neutral, AreaAccount, "group "+name, there(old, name), there(new, name))
		c.set(Widens, AreaAccount, "group "+name, strangers(c.old, name), strangers(c.new, name))
		if o, n := old[name].GID, new[name].GID; o != nil && n != nil {
			c.judged(rootID, AreaAccount, "group "+name+": gid", fmt.Sprint(*o), fmt.Sprint(*n))
		}
	}
}

// sudo compares who becomes root by it.
func sudo(c *comparison) {
	old, new := &c.old.Sudo, &c.new.Sudo
	c.toggle(Widens, AreaSudo, "sudo", old.Enable, new.Enable)
	if !old.Enable || !new.Enable {
		return
	}
	c.toggle(Narrows, AreaSudo, "only wheel may run it", old.ExecWheelOnly, new.ExecWheelOnly)
	c.toggle(Narrows, AreaSudo, "wheel needs a password", old.WheelNeedsPassword, new.WheelNeedsPassword)
	was, is := sudoLines(old.Config), sudoLines(new.Config)
	c.sudoers(without(is, was), without(was, is))
}

// sudoers tells lines of sudoers that came and went, one by one.
func (c *comparison) sudoers(came, left []string) {
	mark := func(line string) Mark {
		if !strings.HasPrefix(line, "Defaults") {
			return Widens
		}
		if strings.Contains(line, "!authenticate") || strings.Contains(line, "env_keep") || strings.Contains(line, "setenv") || strings.Contains(line, "!use_pty") {
			return Widens
		}
		return Neutral
	}
	for _, line := range came {
		c.add(mark(line), AreaSudo, "rule", "", line)
	}
	for _, line := range left {
		c.add(mark(line).opposite(), AreaSudo, "rule", line, "")
	}
}

// sudoLines are the lines of sudoers(5) that say something.
func sudoLines(config string) []string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(config, "\\\n", " ")) {
		if line = strings.Join(strings.Fields(line), " "); line != "" && (!strings.HasPrefix(line, "#") || strings.HasPrefix(line, "#include")) {
			lines = append(lines, line)
		}
	}
	return lines
}
