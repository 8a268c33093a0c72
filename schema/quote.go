package schema

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// hashForm is the rest of a password hash (crypt(5)).
const hashForm = `\$[A-Za-z0-9./$=,]{16,}`

// secretForms are the forms of common issuers' secrets with the key material
// after them, and the words one of which each holds: those are quick to find.
var secretForms = []struct{ words, form string }{
	{"tskey-", `tskey-(auth|api|client|scim|webhook)-[A-Za-z0-9-]*|\btskey-[A-Za-z0-9-]*[0-9A-Z][A-Za-z0-9-]*`},
	{"ops_", `\bops_[A-Za-z0-9+/=_-]*[0-9A-Z][A-Za-z0-9+/=_-]*`},
	{"AGE-", `AGE-(SECRET-KEY|PLUGIN)-[A-Z0-9-]*`},
	{"PRIVATE", `(?s:-----BEGIN[ A-Z0-9]*PRIVATE KEY.*)`},             // all that follows
	{"b3BlbnNzaC1rZXktdjEA", `b3BlbnNzaC1rZXktdjEA[A-Za-z0-9+/=\s]*`}, // an OpenSSH private key without its first line
	{"ghp_ gho_ ghu_ ghs_ ghr_", `\bgh[pousr]_[A-Za-z0-9_-]{6,}`},
	{"github_pat_ glpat- sk_live_", `\b(github_pat_|glpat-|sk_live_)[A-Za-z0-9_-]{6,}`},
	{"xoxa- xoxb- xoxp- xoxr- xoxs-", `\bxox[abprs]-[A-Za-z0-9_-]{6,}`},
	{"sk-ant-", `\bsk-ant-[A-Za-z0-9_-]{6,}`},
	{"AKIA", `\bAKIA[A-Z0-9]{16}\b`},
	{"$y$ $5$ $6$", `\$[y56]` + hashForm},
	{"$2a$ $2b$ $2y$ $argon2", `\$(2[aby]|argon2id?)` + hashForm},
}

var secretWords, secretText = func() ([]string, *form) {
	var words, forms []string
	for _, f := range secretForms {
		words, forms = append(words, strings.Fields(f.words)...), append(forms, f.form)
	}
	return words, newForm(strings.Join(forms, "|"))
}()

// LooksSecret reports whether a text holds what looks like a secret in clear.
func LooksSecret(s string) bool {
	for _, w := range secretWords {
		if strings.Contains(s, w) {
			return secretText.MatchString(s)
		}
	}
	return false
}

// Redact replaces what looks like a secret in clear.
func Redact(s string) string {
	if !LooksSecret(s) {
		return s
	}
	return secretText.ReplaceAllString(s, "[secret]")
}

// quote returns a text of the document for a message: escaped, cut to a
// readable length, and without secrets.
func quote(s string) string {
	return strconv.Quote(cut(Redact(s), 60))
}

// cut shortens a text to a number of characters.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most-3]) + "..."
	}
	return s
}

// secrets reports whatever looks like a secret in clear, in values, names and
// comments alike, and never repeats it.
func (d *decoder) secrets(root *yaml.Node, src []byte) {
	if len(src) > MaxBytes || !LooksSecret(string(src)) {
		return
	}
	type holder struct {
		path string
		line int
	}
	var holders []holder
	if root != nil {
		eachScalar("", root, func(path string, n *yaml.Node) {
			if LooksSecret(n.Value) {
				holders = append(holders, holder{cut(Redact(path), 200), n.Line})
			}
		})
	}
	for i, line := range bytes.Split(src, []byte("\n")) {
		if d.stopped {
			return
		}
		for _, at := range secretText.compiled().FindAllIndex(line, 100) {
			path := "" // of the scalar that holds it: the last that began; a comment's is none
			for len(holders) > 0 && holders[0].line <= i+1 {
				path, holders = holders[0].path, holders[1:]
			}
			d.report(&yaml.Node{Line: i + 1, Column: utf8.RuneCount(line[:at[0]]) + 1}, path, "this looks like a secret in clear",
				"encrypt it into an .age file or 1Password, name it under secrets, and replace it where it came from: it has been seen")
		}
	}
}

// eachScalar calls f for every key and value below n with its path.
func eachScalar(path string, n *yaml.Node, f func(string, *yaml.Node)) {
	switch n.Kind {
	case yaml.ScalarNode:
		f(path, n)
	case yaml.SequenceNode:
		for i, item := range n.Content {
			eachScalar(fmt.Sprintf("%s[%d]", path, i), item, f)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			at := join(path, n.Content[i].Value)
			eachScalar(at, n.Content[i], f)
			eachScalar(at, n.Content[i+1], f)
		}
	}
}
