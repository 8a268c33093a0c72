package live

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/policy"
)

//go:embed probe.sh
var probe string

//go:embed frame.sh
var frame string

// MaxAnswer is how much a host may answer, in bytes: the sum of the probe's own
// limits, and a little for the frames.
const MaxAnswer = 8 << 20

// Script returns what a shell of root on the host is to run, from standard
// input: POSIX sh, which changes nothing. It holds no secret. The nonce frames
// what the host answers, so no text of the host can pass for a frame: 16
// letters or digits that nobody foresees.
func Script(h *policy.Host, f *facts.Host, nonce string) []byte {
	return Framed(nonce, probe, []Variable{
		{"config", declaredConfig(f)},
		{"ruleset", declaredRuleset(f)},
		{"sysctls", lines(sysctlPatterns(f))},
		{"units", strings.Join(backupUnits(f), " ")},
		{"homes", lines(f.SSHD.AuthorizedKeysFiles)},
		{"secrets", lines(slices.Sorted(maps.Keys(secretFiles(f))))},
		{"certs", lines(certificatePatterns(h))},
	})
}

// A Variable is one of a shell's.
type Variable struct{ Name, Value string }

// Framed returns a script of POSIX sh that defines main, with its variables
// and the functions that frame what it prints, for [Parse]. It does nothing
// unless all of it arrives.
func Framed(nonce, script string, variables []Variable) []byte {
	var b strings.Builder
	for _, v := range append([]Variable{{"nonce", nonce}}, variables...) {
		fmt.Fprintf(&b, "%s=%s\n", v.Name, quote(v.Value))
	}
	b.WriteString(frame + "\n" + script + "\nmain \"$@\"\n")
	return []byte(b.String())
}

// quote writes a word of a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func lines(list []string) string { return strings.Join(list, "\n") }

// declaredConfig is the text sshd reads. Releases since 25.05 keep ports and
// host keys apart from it. The first value of a keyword counts, and after a
// Match block it would be too late.
func declaredConfig(f *facts.Host) string {
	if !f.SSHD.Enable {
		return ""
	}
	var head strings.Builder
	if !says(f.SSHD.Config, "Port") {
		for _, p := range f.SSHD.Ports {
			fmt.Fprintf(&head, "Port %d\n", p)
		}
	}
	if !says(f.SSHD.Config, "HostKey") {
		for _, k := range f.SSHD.HostKeys {
			fmt.Fprintf(&head, "HostKey %s\n", k.Path)
		}
	}
	return head.String() + f.SSHD.Config
}

func says(config, keyword string) bool {
	for line := range strings.Lines(config) {
		if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); strings.EqualFold(word, keyword) {
			return true
		}
	}
	return false
}

func declaredRuleset(f *facts.Host) string {
	if !f.Nftables.Enable {
		return ""
	}
	return f.Nftables.Ruleset
}

// sysctlName is what may be part of a pattern that the host's shell expands.
var sysctlName = regexp.MustCompile(`^[A-Za-z0-9_.*/-]+$`)

// sysctlPatterns are the host's sysctls as paths below /proc/sys.
func sysctlPatterns(f *facts.Host) []string {
	var patterns []string
	for _, key := range slices.Sorted(maps.Keys(f.Kernel.Sysctl)) {
		if sysctlName.MatchString(key) && !strings.Contains(key, "..") {
			patterns = append(patterns, sysctlPath(key))
		}
	}
	return append(patterns, "kernel/modules_disabled")
}

// sysctlPath changes dots and slashes as sysctl.d(5) does: the separator is
// whichever comes first.
func sysctlPath(key string) string {
	if i := strings.IndexAny(key, "./"); i >= 0 && key[i] == '/' {
		return key
	}
	return strings.NewReplacer(".", "/", "/", ".").Replace(key)
}

func backupUnits(f *facts.Host) []string {
	var units []string
	for _, name := range slices.Sorted(maps.Keys(f.Backups)) {
		if unitName.MatchString(name) {
			units = append(units, backupUnit(name))
		}
	}
	return units
}

var unitName = regexp.MustCompile(`^[A-Za-z0-9_.:@-]+$`)

func backupUnit(name string) string { return "restic-backups-" + name + ".service" }

// secretFiles are the files of secrets that a host with all of them has, and
// their names.
func secretFiles(f *facts.Host) map[string]string {
	files := map[string]string{}
	if f.Age != nil {
		for name, s := range f.Age.Secrets {
			files[s.Path] = name
		}
	}
	if f.Onepassword != nil && f.Onepassword.Enable {
		for name, path := range f.Onepassword.Paths {
			files[path] = name
		}
	}
	delete(files, "")
	return files
}

// certificatePatterns are the certificates that a host may have: those of
// NixOS's ACME, and sshd's own.
func certificatePatterns(h *policy.Host) []string {
	patterns := []string{"/var/lib/acme/*/cert.pem"}
	if c := h.SSH.Certificates.HostCertificate; c.IsSet() && !strings.ContainsAny(string(c.V), "*?[") {
		patterns = append(patterns, string(c.V))
	}
	return patterns
}
