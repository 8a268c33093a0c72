package live

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// accounts compares who has an account with who is to have one: V4 for more,
// Q13 for less.
func accounts(c *comparison) {
	if !mayJudge(c.Host.Settings.Accounts.Mode) {
		return
	}
	text, ok := c.answer.of("passwd")
	if !ok {
		c.unseen("passwd", "who has an account")
		return
	}
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) < 6 {
			continue
		}
		name, shell := f[0], strings.Join(f[6:], ":") // without one it is /bin/sh
		seen[name] = true
		switch _, declared := c.Facts.Users.Accounts[name]; {
		case isRoot(f[2]) && name != "root":
			c.report("V4", "accounts.mode", fmt.Sprintf("%s has the user id 0: it is root by another name", brief(name)), "userdel, and find out who made it")
		case !declared && !nobody(shell):
			c.report("V4", "accounts.mode", fmt.Sprintf("%s has an account with the shell %s, and the configuration has none of that name", brief(name), brief(shell)),
				"userdel "+brief(name)+", or write users."+brief(name)+" in the document")
		}
	}
	for _, a := range c.Host.Accounts {
		if _, declared := c.Facts.Users.Accounts[a.Name]; declared && !seen[a.Name] {
			c.report("Q13", "users."+a.Name, fmt.Sprintf("%s has no account on the host", a.Name), "deploy the host again")
		}
	}
	if open, ok := c.answer.of("open"); ok {
		for name := range strings.Lines(open) {
			c.report("V4", "accounts.mode", fmt.Sprintf("%s has no password at all: whoever is at the console gets in", brief(name)), "passwd --lock "+brief(name))
		}
	}
}

// isRoot reads a user id as the C library does, which takes spaces and a sign.
func isRoot(uid string) bool {
	n, err := strconv.ParseUint(strings.TrimLeft(uid, " \t+"), 10, 64)
	return err == nil && n == 0
}

// nobody reports whether a shell lets nobody in: by its name, in a folder where
// only root puts programs.
func nobody(shell string) bool {
	dir, name := path.Split(shell)
	return slices.Contains([]string{"nologin", "false", "true", "sync", "halt", "shutdown"}, name) &&
		(strings.HasPrefix(dir, "/nix/store/") || slices.Contains([]string{"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/run/current-system/sw/bin/"}, dir))
}

// powerful are the groups whose members are root, or nearly so, and the one
// that may log in.
var powerful = []string{
	"adm", "disk", "docker", "incus-admin", "kmem", "kvm", "libvirtd", "lxd", "podman", "root", "shadow",
	policy.SSHGroup, "sudo", "systemd-journal", "wheel",
}

// groups compares the members of groups that matter: V4 and Q13.
func groups(c *comparison) {
	if !mayJudge(c.Host.Settings.Accounts.Mode) {
		return
	}
	text, ok := c.answer.of("group")
	if !ok {
		c.unseen("group", "who is in which group")
		return
	}
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) < 4 || !slices.Contains(powerful, f[0]) {
			continue
		}
		got := strings.FieldsFunc(f[3], func(r rune) bool { return r == ',' })
		want := members(c.Facts.Users, f[0])
		for _, name := range got {
			if !slices.Contains(want, name) {
				c.report("V4", "users."+name, fmt.Sprintf("%s is in the group %s, and the configuration does not say so", brief(name), f[0]),
					fmt.Sprintf("gpasswd --delete %s %s", brief(name), f[0]))
			}
		}
		for _, name := range want {
			if a := c.Facts.Users.Accounts[name]; !slices.Contains(got, name) && a.Group != f[0] {
				c.report("Q13", "users."+name, fmt.Sprintf("%s is not in the group %s", name, f[0]), "deploy the host again")
			}
		}
	}
}

// members are those of a group by its own option and by those of accounts.
func members(u facts.Users, group string) []string {
	list := slices.Clone(u.Groups[group].Members)
	for _, name := range sortedKeys(u.Accounts) {
		if a := u.Accounts[name]; a.Group == group || slices.Contains(a.ExtraGroups, group) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// keys compares the keys that sshd takes: V4 and Q13. Keys of certificate
// authorities are in other files.
func keys(c *comparison) {
	if !mayJudge(c.Host.Settings.Accounts.Mode) || !mayJudge(c.Host.SSH.Mode) || !c.Facts.SSHD.Enable {
		return
	}
	text, ok := c.answer.of("keys")
	if !ok {
		c.unseen("keys", "who is let in by which key")
		return
	}
	type entry struct{ user, key string }
	got, want := map[entry]bool{}, map[entry]bool{}
	for _, name := range sortedKeys(c.Facts.Users.Accounts) {
		for _, line := range c.Facts.Users.Accounts[name].Keys {
			want[entry{name, keyOf(line)}] = true
		}
	}
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSpace(line), "\t", 3)
		if len(f) < 3 {
			continue
		}
		e := entry{f[0], keyOf(f[2])}
		a := c.Facts.Users.Accounts[e.user]
		if e.key != "" && !want[e] && !got[e] && len(a.KeyFiles) == 0 {
			c.report("V4", "users."+e.user, fmt.Sprintf("%s is let in by a key that the configuration does not have: %s, in %s", brief(e.user), keyName(f[2]), brief(f[1])),
				"remove the line, and find out who wrote it")
		}
		got[e] = true
	}
	for _, name := range sortedKeys(c.Facts.Users.Accounts) {
		for _, line := range c.Facts.Users.Accounts[name].Keys {
			if !got[entry{name, keyOf(line)}] {
				c.report("Q13", "users."+name, fmt.Sprintf("%s cannot log in by a key of the configuration: %s", name, keyName(line)), "deploy the host again")
			}
		}
	}
}

// keyOf returns the base64 of a line of authorized_keys, which follows the
// key's type, "" if there is none. Options may come first, and hold anything
// between quotes (sshd(8)).
func keyOf(line string) string {
	line = strings.TrimSpace(line)
	for _, rest := range []string{line, line[optionsEnd(line):]} {
		words := strings.Fields(rest)
		isType := func(begin string) bool { return strings.HasPrefix(words[0], begin) }
		if len(words) > 1 && strings.HasPrefix(words[1], "AAAA") && (isType("ssh-") || isType("ecdsa-") || isType("sk-")) {
			return words[1]
		}
	}
	return ""
}

// optionsEnd is where the options end that a line begins with: at the first
// space outside of quotes.
func optionsEnd(line string) int {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch {
		case strings.HasPrefix(line[i:], `\"`):
			i++
		case line[i] == '"':
			quoted = !quoted
		case !quoted && (line[i] == ' ' || line[i] == '\t'):
			return i
		}
	}
	return len(line)
}

// keyName is the end of a key and its comment, by which people know it.
func keyName(line string) string {
	key := keyOf(line)
	_, comment, _ := strings.Cut(line, key)
	return strings.TrimSpace("…" + key[max(0, len(key)-12):] + " " + brief(comment))
}

// sudoers compares who may become root: V4.
func sudoers(c *comparison) {
	if !mayJudge(c.Host.Settings.Accounts.Mode) || !c.Facts.Sudo.Enable {
		return
	}
	text, ok := c.answer.of("sudoers")
	if !ok {
		c.unseen("sudoers", "who may become root")
		return
	}
	want := rights(c.Facts.Sudo.Config)
	for _, line := range rights(text) {
		if !slices.Contains(want, line) {
			c.report("V4", "accounts.mode", "sudo has a rule that the configuration does not: "+brief(line), "remove the line from /etc/sudoers, and find out who wrote it")
		}
	}
}

var noComment = regexp.MustCompile(`^#(include|-?[0-9])`)

// rights are the lines of a text of sudoers, without comments. What begins with
// #include or the # of a user id is none (sudoers(5)).
func rights(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		line = anyStore(strings.Join(strings.Fields(line), " "))
		if line != "" && (line[0] != '#' || noComment.MatchString(line)) {
			list = append(list, line)
		}
	}
	return list
}
