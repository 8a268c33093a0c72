package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/testdata"
)

// sudo is a double: the program of that name in the hosts of a lab, which
// belongs to root and starts as root.
func sudo() {
	args := os.Args[1:]
	if len(args) < 2 || args[0] != "-n" {
		fmt.Fprintln(os.Stderr, "sudo: a password is required")
		os.Exit(1)
	}
	err := errors.Join(syscall.Setgid(0), syscall.Setuid(0))
	if err == nil {
		err = syscall.Exec("/usr/bin/"+args[1], args[1:], []string{"PATH=/usr/local/bin:/usr/sbin:/usr/bin"})
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// hostLab is a fleet whose hosts run: each has a root of its own with Debian's sshd
// and nft, a network and a packet filter of its own, and files where NixOS,
// the kernel and systemd would have them.
type hostLab struct {
	testing.TB
	dir       string // the working folder: document, facts, generated
	tools     string // programs of all hosts
	sshConfig string
	hosts     map[string]*labHost
}

// newHostLab makes hosts like hetzner-vps of pantheros, with these names, and goes
// to a folder with their document and facts.
func newHostLab(t testing.TB, names ...string) *hostLab {
	t.Helper()
	needs(t, "unshare", "ip", "ss", "nft", "sshd", "ssh")
	if os.Getuid() != 0 {
		t.Skip("a host with a root of its own needs root")
	}
	l := &hostLab{TB: t, dir: t.TempDir(), hosts: map[string]*labHost{}}
	l.tools = filepath.Join(l.dir, "tools")
	l.programs()
	private := l.keyPair("deploy")
	l.sshConfig = l.file("ssh_config", "IdentityFile "+private+"\nIdentitiesOnly yes\n")
	document, facts := l.fleet(names)
	l.file("security.yaml", document)
	l.file("facts.json", facts)
	for _, name := range names {
		l.hosts[name].populate()
	}
	return l
}

// must stops the test.
func (l *hostLab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// file writes a file below the lab's folder.
func (l *hostLab) file(name, text string) string {
	l.Helper()
	path := filepath.Join(l.dir, name)
	l.must(os.MkdirAll(filepath.Dir(path), 0o755))
	l.must(os.WriteFile(path, []byte(text), 0o644))
	return path
}

// programs makes what the hosts run besides Debian's.
func (l *hostLab) programs() {
	self, err := os.ReadFile("/proc/self/exe")
	l.must(err)
	l.file("tools/sudo", string(self))
	l.must(os.Chmod(filepath.Join(l.tools, "sudo"), 0o755|os.ModeSetuid))
	for name, text := range map[string]string{
		"ss": `exec chroot /outside ss "$@"`,
		"systemctl": `case "$*" in
"show --property=MainPID"*) cat /run/units/sshd ;;
"list-units --state=failed"*) cat /run/units/failed ;;
show*) cat /run/units/show ;;
cat*) [ -e /run/units/lockdown ] ;;
"start pantherctl-lockdown.service") sh /run/units/lockdown isolate ;;
"start pantherctl-lockdown-release.service") sh /run/units/lockdown release ;;
"stop pantherctl-unconfirmed.timer") rm -f /run/units/armed ;;
is-active*) if [ -e /run/units/armed ]; then echo active; else echo inactive; exit 3; fi ;;
esac`,
		"systemd-run": `for word; do case $word in --on-active=*) time=${word#*=} ;; esac; done
touch /run/units/armed
{ sleep "$time"; [ -e /run/units/armed ] && rm /run/units/armed && systemctl start pantherctl-lockdown-release.service; } >/run/units/log 2>&1 </dev/null 3>&- 4>&- &`,
		"tailscale": `cat /run/tailscale.json`,
	} {
		l.must(os.Chmod(l.file("tools/"+name, "#!/bin/sh\n"+text+"\n"), 0o755))
	}
}

// keyPair makes an SSH key, and returns the file of the private half; the
// public one is beside it.
func (l *hostLab) keyPair(name string) string {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	l.must(err)
	block, err := ssh.MarshalPrivateKey(private, name)
	l.must(err)
	path := l.file("keys/"+name, string(pem.EncodeToMemory(block)))
	l.must(os.Chmod(path, 0o600))
	key, err := ssh.NewPublicKey(public)
	l.must(err)
	l.file("keys/"+name+".pub", strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))))
	return path
}

// public is the public half of a key of the lab.
func (l *hostLab) public(name string) string {
	text, err := os.ReadFile(filepath.Join(l.dir, "keys", name+".pub"))
	l.must(err)
	return string(text)
}

const (
	deployKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDriBxgBKq7bxEqTWBXewXWPpx5low5/Tvhhqtkt8Jzo"
	hostKey   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICtor4/wuoZtOkkNlH6LzYS/EbUQyS9vlaKqIUHd985l"
)

// fleet returns the document and the facts of hosts like one of pantheros. They
// have a backup besides.
func (l *hostLab) fleet(names []string) (document, text string) {
	const like = "hetzner-vps"
	example, err := testdata.Fleet("pantheros")
	l.must(err)
	saved, err := os.ReadFile(filepath.Join("..", "..", "testdata", "fleets", "pantheros", "facts.json"))
	l.must(err)
	document = strings.ReplaceAll(string(example), deployKey, l.public("deploy"))
	entry := regexp.MustCompile(`(?ms)^  ` + like + `:\n.*?\n\n`).FindString(document)
	var all map[string]map[string]any
	l.must(json.Unmarshal(bytes.ReplaceAll(saved, []byte(deployKey), []byte(l.public("deploy"))), &all))
	one := all[like]
	one["backups"] = map[string]any{"daily": map[string]any{
		"initialize": true, "paths": []string{"/var/lib"}, "commands": []string{}, "environment": map[string]string{},
		"environmentFile": nil, "timerConfig": map[string]any{"OnCalendar": "01:30"},
	}}
	of, err := json.Marshal(one)
	l.must(err)
	fleet, more := map[string]json.RawMessage{}, ""
	for i, name := range names {
		l.keyPair(name)
		fleet[name] = of
		f, err := facts.Decode(of)
		l.must(err)
		l.hosts[name] = &labHost{lab: l, name: name, root: filepath.Join(l.dir, "hosts", name), facts: f, key: l.public(name)}
		if name != like {
			h := strings.NewReplacer(like+":", name+":", hostKey, l.public(name), "100.101.1.3", fmt.Sprintf("100.101.2.%d", i+1)).Replace(entry)
			more += h
		}
	}
	if i := slices.Index(names, like); i >= 0 {
		document = strings.Replace(document, hostKey, l.public(like), 1)
	}
	encoded, err := json.Marshal(fleet)
	l.must(err)
	return strings.TrimRight(document, "\n") + "\n\n" + more, string(encoded)
}

// within runs a command in the network of a process, and in more of its
// namespaces.
func (l *hostLab) within(pid, command string, more ...string) {
	l.Helper()
	args := slices.Concat([]string{"--target", pid, "--net"}, more, []string{"sh", "-ec", command})
	out, err := exec.Command("nsenter", args...).CombinedOutput()
	if err != nil {
		l.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// audit runs the command on hosts of the lab, all by default.
func (l *hostLab) audit(args ...string) (code int, out, err string) {
	all := []string{
		"audit", "-f", filepath.Join(l.dir, "security.yaml"), "--facts", filepath.Join(l.dir, "facts.json"),
		"--ssh-config", l.sshConfig, "-o", filepath.Join(l.dir, "generated"),
	}
	for _, h := range l.hosts {
		all = append(all, "--address", h.name+"="+h.address)
	}
	return l.run(append(all, args...)...)
}

// run runs a command, and returns its code and what it writes.
func (l *hostLab) run(args ...string) (code int, out, err string) {
	var stdout, stderr bytes.Buffer
	code = execute(args, &system{
		in: strings.NewReader(""), out: &stdout, err: &stderr, getenv: func(string) string { return "" }, now: time.Now,
	})
	return code, stdout.String(), stderr.String()
}
