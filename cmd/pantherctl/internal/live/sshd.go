package live

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// sshd compares what sshd reads with what it is to read, both as the host's own
// sshd says them: Q1. The daemon may still run with what it read before; its
// unit restarts when the file changes.
func sshd(c *comparison) {
	if !mayJudge(c.Host.SSH.Mode) || !c.Facts.SSHD.Enable {
		return
	}
	wantText, okWant := c.answer.of("sshd-declared")
	gotText, okGot := c.answer.of("sshd-live")
	switch {
	case !okGot && strings.Contains(c.answer.Sections["sshd-live"].Text, "no hostkeys available"):
		c.report("L13", "ssh.enable", "sshd has no host key that it can use: nobody can log in once it is restarted", "make them: ssh-keygen -A")
		return
	case !okGot:
		c.unseen("sshd-live", "sshd's settings")
		return
	case !okWant:
		c.unseen("sshd-declared", "sshd's settings")
		return
	}
	want, got := sshdSettings(wantText), sshdSettings(gotText)
	names := maps.Clone(want)
	maps.Copy(names, got)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if w, g := want[name], got[name]; w != g {
			c.reportGot("Q1", "ssh.enable", fmt.Sprintf("sshd has %s, and the policy wants %s", setting(name, g), setting(name, w)),
				changedConfig, w, g)
		}
	}
	c.matches()
}

const changedConfig = "deploy the host again, and find out who changed /etc/ssh/sshd_config"

// matches compares Match blocks line by line: for which users and addresses
// sshd could be asked, nobody can list.
func (c *comparison) matches() {
	text, ok := c.answer.of("sshd-file")
	if !ok {
		c.unseen("sshd-file", "sshd's Match blocks")
		return
	}
	want, got := matchLines(c.Facts.SSHD.Config), matchLines(text)
	for _, line := range without(got, want) {
		c.reportGot("Q1", "ssh.enable", "/etc/ssh/sshd_config has a line that the policy does not: "+brief(line), changedConfig, "", line)
	}
	for _, line := range without(want, got) {
		c.reportGot("Q1", "ssh.enable", "/etc/ssh/sshd_config has lost a line: "+brief(line), changedConfig, line, "")
	}
}

// matchLines are the lines of Match blocks, and those that include other files.
func matchLines(config string) []string {
	var list []string
	inside := false
	for line := range strings.Lines(config) {
		line = anyStore(strings.Join(strings.Fields(line), " "))
		if line == "" || line[0] == '#' {
			continue
		}
		word, _, _ := strings.Cut(keyword(line), " ")
		inside = inside || word == "match"
		if inside || word == "include" {
			list = append(list, line)
		}
	}
	return list
}

// keyword is the beginning of a line in lower case. Its first word may be in
// quotes, and end with = (sshd_config(5)).
func keyword(line string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '"' || r == '=' {
			return ' '
		}
		return r
	}, strings.ToLower(line)))
}

func setting(name, value string) string {
	if value == "" {
		return "no " + name
	}
	return name + " " + brief(value)
}

// unordered are the keywords that sshd prints once for each value.
var unordered = []string{
	"acceptenv", "allowgroups", "allowusers", "denygroups", "denyusers", "hostkey", "listenaddress", "port", "setenv", "subsystem",
}

// sshdSettings reads what sshd -T prints, "keyword value" on a line, and passes
// over its warnings, which begin with a file. Keywords are in lower case until
// OpenSSH 10.0, and in camel case since.
func sshdSettings(text string) map[string]string {
	values := map[string][]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name = strings.ToLower(name); name != "" && name[0] != '/' {
			values[name] = append(values[name], anyStore(strings.TrimSpace(value)))
		}
	}
	settings := map[string]string{}
	for name, list := range values {
		if slices.Contains(unordered, name) {
			slices.Sort(list)
		}
		settings[name] = strings.Join(list, " ")
	}
	return settings
}

var storeHash = regexp.MustCompile(`/nix/store/([0-9a-z]{32}|…)-`)

// anyStore takes the hashes out of store paths: facts do not have them.
func anyStore(s string) string { return storeHash.ReplaceAllString(s, "/nix/store/…-") }
