package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"
)

// TestAuditClean wants nothing found on a host that is as it should be.
func TestAuditClean(t *testing.T) {
	l := newHostLab(t, "web")
	l.hosts["web"].start("")
	if code, out, err := pantherctl("generate", "-f", filepath.Join(l.dir, "security.yaml"), "-o", filepath.Join(l.dir, "generated")); code != exitFine {
		t.Fatal(out, err)
	}
	answer := l.overhear()
	connections := l.hosts["web"].accepted.Load()
	code, out, err := l.audit("web")
	want := "web: document → generated → evaluated ? profile → current → booted\nno findings\n"
	if code != exitFine || err != "" || out != want {
		t.Errorf("code %d\n%s%s\nwant %s", code, out, err, want)
	}
	if n := l.hosts["web"].accepted.Load() - connections; n != 1 {
		t.Errorf("%d connections, want one", n)
	}
	text, _ := os.ReadFile(answer)
	if !strings.Contains(string(text), "permitrootlogin no") || strings.Contains(string(text), "$y$hash") || strings.Contains(string(text), "PRIVATE KEY") {
		t.Errorf("the host is asked for what is nobody's business, or for nothing:\n%.300s", text)
	}
	if args, _ := os.ReadFile(answer + ".args"); len(args) == 0 || len(args) > 1000 || strings.Contains(string(args), "AllowGroups") {
		t.Errorf("everybody sees what is asked: %s", args)
	}
}

// overhear has a double for ssh keep what hosts answer, in the file it returns.
func (l *hostLab) overhear() string {
	ssh, err := exec.LookPath("ssh")
	l.must(err)
	heard := filepath.Join(l.dir, "heard")
	l.must(os.Chmod(l.file("ear/ssh", "#!/bin/sh\necho \"$*\" >"+heard+".args\n"+ssh+` "$@" | tee `+heard+"\n"), 0o755))
	l.TB.(*testing.T).Setenv("PATH", filepath.Join(l.dir, "ear")+":"+os.Getenv("PATH"))
	return heard
}

// TestAuditRounds watches a host that changes, with figures for Prometheus and
// a waiver of what is found.
func TestAuditRounds(t *testing.T) {
	l := newHostLab(t, "web")
	h := l.hosts["web"]
	h.file("/proc/sys/kernel/kptr_restrict", "0\n")
	h.start("")
	figures := filepath.Join(l.dir, "web.prom")
	code, out, err := l.audit("web", "--textfile", figures, "--format", "json")
	var parsed struct {
		Findings []struct{ Rule, Host, Path string }
	}
	if json.Unmarshal([]byte(out), &parsed) != nil || code != exitFindings || err != "" || len(parsed.Findings) != 1 || parsed.Findings[0].Rule != "K017" || parsed.Findings[0].Path != "hosts.web.kernel.hardening" {
		t.Errorf("code %d\n%s%s", code, out, err)
	}
	text, _ := os.ReadFile(figures)
	for _, want := range []string{
		`pantherctl_audit_reached{host="web"} 1`, `pantherctl_audit_drift{host="web",step="booted"} 0`,
		`pantherctl_audit_findings{host="web",rule="K017",severity="error",status="fail"} 1`, "pantherctl_audit_timestamp_seconds 1",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if names, _ := filepath.Glob(filepath.Join(l.dir, ".web.prom*")); names != nil {
		t.Errorf("half a file is left: %v", names)
	}
	document, readErr := os.ReadFile(filepath.Join(l.dir, "security.yaml"))
	l.must(readErr)
	l.file("security.yaml", string(document)+"\nwaivers:\n  - { rule: K017, host: web, reason: a debugger needs it, until: 2999-01-01 }\n")
	if code, out, _ := l.audit("web", "--as-of", "2026-01-01"); code != exitFine || !strings.HasSuffix(out, "1 waived\n") {
		t.Errorf("code %d\n%s", code, out)
	}
	if code, out, _ := l.audit("web", "--as-of", "2999-12-31"); code != exitFindings {
		t.Errorf("the waiver has ended, and code %d\n%s", code, out)
	}
	for _, args := range [][]string{{"--watch", "1s"}, {"--format", "xml"}, {"nobody"}, {"--local", "web", "web2"}, {"--address", "other=1.2.3.4"}} {
		if code, _, err := l.audit(args...); code != exitFailure || err == "" {
			t.Errorf("%v: code %d, %s", args, code, err)
		}
	}
}

// TestAuditLocal looks at the machine that it runs on, which has no SSH client.
func TestAuditLocal(t *testing.T) {
	l := newHostLab(t, "web")
	h := l.hosts["web"]
	for _, name := range []string{"security.yaml", "facts.json"} {
		text, err := os.ReadFile(filepath.Join(l.dir, name))
		l.must(err)
		h.file("/root/"+name, string(text))
	}
	self, err := os.ReadFile("/proc/self/exe")
	l.must(err)
	l.must(os.Chmod(l.file("tools/pantherctl", string(self)), 0o755))
	h.file("/proc/modules", "dccp 1 0 - Live 0x0\n")
	h.start("")
	out, _ := exec.Command("nsenter", "--target", h.pid(), "--net", "--mount", "--pid", "--root", "/usr/bin/env", "-i",
		"PATH=/usr/local/bin:/usr/sbin:/usr/bin", "sh", "-c", "cd /root; exec pantherctl audit --local web --facts facts.json").CombinedOutput()
	if !strings.Contains(string(out), "web: document ? generated → evaluated ? profile → current → booted\n") || !strings.Contains(string(out), "(Q4)\n") || !strings.HasSuffix(string(out), "\n1 error\n") {
		t.Errorf("%s", out)
	}
}

// drifts are what happens to hosts, and how it is found: the rule and a part of
// the message. What is done after the start is done within the host's network.
var drifts = []struct {
	name          string
	before        func(h *labHost)
	after         string
	rule, message string
}{
	{"setting of sshd", func(h *labHost) {
		h.file("/etc/ssh/sshd_config", "PermitRootLogin yes\n"+h.facts.SSHD.Config)
	}, "", "Q1", "sshd has permitrootlogin yes, and the policy wants permitrootlogin no"},
	{"Match block of sshd", func(h *labHost) {
		h.add("/etc/ssh/sshd_config", "Match User deploy\nPasswordAuthentication yes\nAuthenticationMethods any\n")
	}, "", "Q1", "/etc/ssh/sshd_config has a line that the policy does not: PasswordAuthentication yes"},
	{
		"rule of the packet filter", nil, "nft insert rule inet nixos-fw input tcp dport 4444 accept", "Q2",
		"inet nixos-fw input has a rule that the configuration does not load: tcp dport 4444 accept",
	},
	{"rule that is gone", nil, "nft flush chain inet nixos-fw forward-allow", "Q2", "inet nixos-fw forward-allow has lost a rule: "},
	{"policy of a chain", nil, "nft add chain inet nixos-fw input '{ policy accept; }'", "Q2", "policy accept"},
	{"order of rules", nil, "nft 'insert rule inet pantherctl-ping input icmpv6 type echo-request update @limit-ping-6 { ip6 saddr limit rate over 5/second } drop; delete rule inet pantherctl-ping input handle '$(nft -a list chain inet pantherctl-ping input | tail -n 3 | grep -o '[0-9]*$' | tail -n 1)", "Q2", "in another order"},
	{"table that is gone", nil, "nft delete table inet pantherctl-egress", "A7", "inet pantherctl-egress of the packet filter is not loaded"},
	{"table of somebody", nil, "nft add table ip backdoor", "Q2", "the table ip backdoor"},
	{"sysctl", func(h *labHost) { h.file("/proc/sys/kernel/kptr_restrict", "0\n") }, "", "K017", "kernel.kptr_restrict is 0, and the policy wants 2"},
	{"sysctl of one interface", func(h *labHost) { h.file("/proc/sys/net/ipv6/conf/eth0/accept_ra", "1\n") }, "", "K017", "net.ipv6.conf.eth0.accept_ra is 1"},
	{"boot parameter", func(h *labHost) {
		h.file("/proc/cmdline", strings.Replace("init=x "+strings.Join(h.facts.Kernel.KernelParams, " "), "mitigations=auto,nosmt", "mitigations=off", 1))
	}, "", "Q3", "started with mitigations=off, and the policy wants mitigations=auto,nosmt"},
	{"boot parameter that is gone", func(h *labHost) { h.file("/proc/cmdline", "init=x\n") }, "", "Q3", "without slab_nomerge"},
	{"module", func(h *labHost) { h.add("/proc/modules", "dccp 1 0 - Live 0x0\n") }, "", "Q4", "the module dccp is loaded"},
	{"listener", nil, "python3 -m http.server 8080 >/dev/null 2>&1 & sleep 0.5", "Q5", "python3 listens on tcp/8080"},
	{"unit", func(h *labHost) { h.file("/run/units/failed", "tailscaled.service loaded failed failed Tailscale\n") }, "", "Q6", "tailscaled.service has failed"},
	{"key of a user", func(h *labHost) {
		h.add("/etc/ssh/authorized_keys.d/hbohlen", `command="a b" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther0000000000000000000000000000000000000000 mallory`+"\n")
	}, "", "V4", "hbohlen is let in by a key that the configuration does not have: …"},
	{"key that is gone", func(h *labHost) { h.file("/etc/ssh/authorized_keys.d/hbohlen", "\n") }, "", "Q13", "hbohlen cannot log in by a key"},
	{"account", func(h *labHost) { h.add("/etc/passwd", "mallory:x:1234:100::/home/mallory:/bin/sh\n") }, "", "V4", "mallory has an account"},
	{"second root", func(h *labHost) { h.add("/etc/passwd", "toor:x:0:0::/root:/bin/sh\n") }, "", "V4", "toor has the user id 0"},
	{"account without a password", func(h *labHost) { h.add("/etc/shadow", "nobody2::::::::\n") }, "", "V4", "nobody2 has no password"},
	{"member of wheel", func(h *labHost) {
		text, _ := os.ReadFile(filepath.Join(h.root, "etc/group"))
		h.file("/etc/group", regexp.MustCompile(`(?m)^(wheel:.*)$`).ReplaceAllString(string(text), "$1,messagebus"))
	}, "", "V4", "messagebus is in the group wheel"},
	{"rule of sudo", func(h *labHost) { h.add("/etc/sudoers", "ALL ALL=(ALL) NOPASSWD: ALL\n") }, "", "V4", "sudo has a rule that the configuration does not: ALL ALL=(ALL) NOPASSWD: ALL"},
	{"secret", func(h *labHost) { os.Remove(filepath.Join(h.root, "run/agenix/ntfy")) }, "", "S3", "the secret ntfy is not on the host"},
	{"certificate that expired", func(h *labHost) { h.certificate("web", -time.Hour) }, "", "Q8", "/var/lib/acme/web/cert.pem expired on"},
	{"certificate that expires", func(h *labHost) { h.certificate("web", 72*time.Hour) }, "", "Q9", "expires on"},
	{"backup", func(h *labHost) {
		then := time.Now().Add(-8 * 24 * time.Hour)
		h.lab.must(os.Chtimes(filepath.Join(h.root, "var/lib/systemd/timers/stamp-restic-backups-daily.timer"), then, then))
	}, "", "Q12", "8 days ago"},
	{"backup that fails", func(h *labHost) {
		h.file("/run/units/show", "Id=restic-backups-daily.service\nResult=exit-code\nExecMainStatus=1\nExecMainExitTimestamp=@1700000000\n")
	}, "", "Q12", "the backup daily has never ended well"},
	{"system that is not the default", func(h *labHost) { h.link("/nix/var/nix/profiles/system", h.system("nixos-system-2")) }, "", "Q10", "nixos-system-1, and at the next boot"},
	{"restart that is missing", func(h *labHost) {
		system := h.system("nixos-system-2")
		h.file(system+"/../kernel-6.18/file", "")
		h.link(system+"/kernel", "../kernel-6.18/file")
		h.link("/nix/var/nix/profiles/system", system)
		h.link("/run/current-system", system)
	}, "", "Q11", "another kernel"},
	{"switch without restart", func(h *labHost) {
		system := h.system("nixos-system-2")
		h.link("/nix/var/nix/profiles/system", system)
		h.link("/run/current-system", system)
	}, "", "Q15", "kernel, initrd and modules are the same"},
	{"node key", func(h *labHost) {
		h.status(`"KeyExpiry":"` + time.Now().Add(72*time.Hour).UTC().Format(time.RFC3339) + `"`)
	}, "", "T9", "the node key ends on"},
	{"exit node", func(h *labHost) { h.status(`"ExitNodeOption":false`) }, "", "T3", "has not approved it"},
	{"address", func(h *labHost) { h.status(`"TailscaleIPs":["100.101.9.9"]`) }, "", "Q7", "100.101.9.9"},
	{"tailnet", func(h *labHost) { h.file("/run/tailscale.json", `{"BackendState":"NeedsLogin","Self":{}}`) }, "", "Q7", "NeedsLogin"},
	{"incident", func(h *labHost) { h.file("/var/lib/pantherctl/isolated", "1700000000\n") }, "", "Q14", "isolated since 2023-11-14"},
}

// TestAuditDrift wants each drift found on a real sshd and packet filter, by
// its rule, and nothing else found.
func TestAuditDrift(t *testing.T) {
	var names []string
	for i := range drifts {
		names = append(names, fmt.Sprintf("h%02d", i))
	}
	l := newHostLab(t, names...)
	for i, d := range drifts {
		h := l.hosts[names[i]]
		if d.before != nil {
			d.before(h)
		}
		h.start("")
		if d.after != "" {
			l.within(h.pid(), d.after, "--pid")
		}
	}
	_, out, err := l.audit()
	if err != "" {
		t.Error(err)
	}
	for i, d := range drifts {
		t.Run(d.name, func(t *testing.T) {
			found, other := false, ""
			for line := range strings.Lines(out) {
				if !strings.Contains(line, "hosts."+names[i]) {
					continue
				}
				if strings.HasSuffix(line, "("+d.rule+")\n") {
					found = found || strings.Contains(line, d.message)
				} else {
					other += line
				}
			}
			if !found || other != "" {
				t.Errorf("%s %q was found: %v; and besides\n%s\nin\n%s", d.rule, d.message, found, other, about(out, names[i]))
			}
		})
	}
}

// about is what a report says of one host.
func about(out, host string) string {
	var b strings.Builder
	for line := range strings.Lines(out) {
		if strings.Contains(line, host) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// status changes what tailscaled says.
func (h *labHost) status(member string) {
	self := fmt.Sprintf(`"TailscaleIPs":[%q],"ExitNodeOption":true,%s`, h.tailnet(), member) // the last of a name counts
	h.file("/run/tailscale.json", `{"BackendState":"Running","Self":{`+self+`}}`)
}

// certificate writes one that expires.
func (h *labHost) certificate(name string, left time.Duration) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	h.lab.must(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour * 24 * 90), NotAfter: time.Now().Add(left)}
	text, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	h.lab.must(err)
	h.file("/var/lib/acme/"+name+"/cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: text})))
}

// TestAuditHostile asks hosts that lie, flood, stall and hang up: each is a
// finding within bounds, and none keeps the others from being audited.
func TestAuditHostile(t *testing.T) {
	names := []string{"good", "flood", "escapes", "cut", "slow", "silent", "stranger", "password", "noisy"}
	l := newHostLab(t, names...)
	shell := func(name, script string) {
		h := l.hosts[name]
		h.file("/hostile", "#!/bin/sh\n"+script+"\n")
		l.must(os.Chmod(filepath.Join(h.root, "hostile"), 0o755))
		text, _ := os.ReadFile(filepath.Join(h.root, "etc/passwd"))
		h.file("/etc/passwd", regexp.MustCompile(`(?m)^(deploy:.*):/bin/sh$`).ReplaceAllString(string(text), "$1:/hostile"))
	}
	shell("flood", "cat /dev/zero")
	shell("silent", "exit 0")
	shell("slow", "sleep 60")
	shell("noisy", `echo "Welcome to noisy"; exec sh "$@"`)
	shell("password", `exec sh -c "sudo sh -s"`)
	// What it says goes on for megabytes, and would move a cursor.
	escapes := l.hosts["escapes"]
	evil := "\x1b[2J\x1b]0;owned\x07$(touch /tmp/owned)`touch /tmp/owned`;\r\x9b"
	escapes.file("/run/units/failed", evil+".service x\n"+strings.Repeat("a\x1b[31m.service failed\n", 100_000))
	escapes.add("/etc/passwd", evil+":x:1234:100::/:"+evil+"\n")
	escapes.file("/run/tailscale.json", strings.Repeat("[", 400_000))
	for _, name := range names {
		l.hosts[name].start("")
	}
	cut := l.hosts["cut"]
	cut.listen(func(conn net.Conn) {
		inside, err := cut.dial()
		if err != nil {
			return
		}
		go io.Copy(inside, conn)
		io.CopyN(conn, inside, 12_000)
		conn.Close()
		inside.Close()
	})
	stranger := l.hosts["stranger"]
	stranger.address = l.hosts["good"].address
	start := time.Now()
	code, out, err := l.audit("--patience", "4s")
	if took := time.Since(start); code != exitFindings || err != "" || took > 20*time.Second || len(out) > 40_000 {
		t.Errorf("code %d, %s, %d bytes\n%s", code, took, len(out), err)
	}
	if strings.ContainsAny(out, "\x1b\x07\r") || !utf8.ValidString(out) || !strings.Contains(out, `\x1b[2J`) {
		t.Error("control characters are not escaped")
	}
	expected := regexp.MustCompile(`SHA256:\S+`).FindString(stranger.fingerprint())
	for name, want := range map[string]string{
		"flood": "it answers more than it was asked", "silent": "its shell did not answer", "slow": "it did not finish within 4s",
		"cut": "the host stopped answering half-way", "stranger": "the document expects " + expected,
		"password": "sudo asks for a password there", "escapes": "longer than anybody reads", "good": "profile → current → booted",
		"noisy": "profile → current → booted",
	} {
		if lines := about(out, name); !strings.Contains(lines, want) {
			t.Errorf("%s: %q is not in\n%.2000s", name, want, lines)
		}
	}
	for _, name := range []string{"good", "noisy"} {
		if strings.Contains(out, "hosts."+name) {
			t.Errorf("%s has findings:\n%s", name, about(out, name))
		}
	}
	if _, err := os.Stat("/tmp/owned"); err == nil {
		t.Error("what a host says was run")
	}
}

// fingerprint is that of the host's key, as ssh-keygen tells it.
func (h *labHost) fingerprint() string {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(h.key))
	h.lab.must(err)
	return ssh.FingerprintSHA256(key)
}

// TestAuditWatch wants a change of the host reported once, and the watch ended
// by an interrupt.
func TestAuditWatch(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for two rounds")
	}
	t.Parallel()
	l := newHostLab(t, "web")
	h := l.hosts["web"].start("")
	self, err := os.Executable()
	l.must(err)
	l.must(os.Symlink(self, filepath.Join(l.dir, "pantherctl")))
	cmd := exec.Command("./pantherctl", "audit", "web", "--facts", "facts.json", "--ssh-config", "ssh_config", "--address", "web="+h.address, "--watch", "10s")
	cmd.Dir = l.dir
	var out strings.Builder
	cmd.Stdout = &out
	l.must(cmd.Start())
	time.Sleep(5 * time.Second)
	h.file("/proc/modules", "dccp 1 0 - Live 0x0\n")
	time.Sleep(23 * time.Second)
	l.must(cmd.Process.Signal(os.Interrupt))
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if text := out.String(); strings.Count(text, "no findings\n") != 1 || strings.Count(text, "(Q4)\n") != 1 {
		t.Errorf("want one report of each state:\n%s", text)
	}
}
