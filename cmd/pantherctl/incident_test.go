package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/nixmodules"
)

// lockable gives a host the units that isolate it, with the ruleset that NixOS
// made for it.
func (h *labHost) lockable() {
	h.file("/run/units/lockdown.sh", string(nixmodules.LockdownScript))
	h.file("/run/units/lockdown.nft", h.facts.Lockdown["ruleset"].(string))
	h.file("/run/units/lockdown", `export STATE_DIRECTORY=/var/lib/pantherctl RULESET=/run/units/lockdown.nft PORTS=22 ROTATE='the secret ntfy' QUEUE= RELEASE_AFTER=
export OPERATORS='100.101.1.1
100.101.1.2'
mkdir -p "$STATE_DIRECTORY"
bash /run/units/lockdown.sh "$1"
`)
}

// incident runs the command on hosts of the lab.
func (l *hostLab) incident(args ...string) (code int, out, err string) {
	all := []string{"incident", args[0], "-f", filepath.Join(l.dir, "security.yaml"), "--ssh-config", l.sshConfig, "--record", filepath.Join(l.dir, "incidents")}
	for _, h := range l.hosts {
		all = append(all, "--address", h.name+"="+h.address)
	}
	return l.run(append(all, args[1:]...)...)
}

// TestIncident isolates a host and lets it back, from an operator's address,
// with the real packet filter in between.
func TestIncident(t *testing.T) {
	t.Parallel()
	l := newHostLab(t, "web")
	h := l.hosts["web"]
	h.lockable()
	h.start("").join("100.101.1.1")
	want := func(words string, wantCode int, args ...string) {
		t.Helper()
		code, out, err := l.incident(args...)
		if code != wantCode || err != "" || !strings.Contains(out, words) {
			t.Errorf("%v: code %d, want %d and %q in\n%s%s", args, code, wantCode, words, out, err)
		}
	}
	want("web: not isolated\n", exitFine, "status", "web")
	want("web: isolated since ", exitFine, "isolate", "web")
	want("web: isolated since ", exitFine, "status", "web")
	if conn, err := dialWithin(h.pid(), "", "127.0.0.1"); err == nil {
		conn.Close() // within the host everything goes on
	}
	l.within(h.peer, "ip address add 100.101.77.7/10 dev tailscale0")
	if conn, err := dialWithin(h.peer, "100.101.77.7", h.tailnet()); err == nil {
		conn.Close()
		t.Error("a stranger comes in")
	}
	if _, out, _ := l.audit("web"); !strings.Contains(out, "the host is isolated since") || strings.Contains(out, "(Q2)") {
		t.Errorf("the audit says\n%s", out)
	}
	// Again: what was confirmed does not end by itself.
	want("web: isolated since ", exitFine, "isolate", "web", "--confirm-within", "5s")
	time.Sleep(6 * time.Second)
	want("web: isolated since ", exitFine, "status", "web")
	want("web: not isolated", exitFine, "release", "web")
	if conn, err := dialWithin(h.peer, "100.101.77.7", h.tailnet()); err != nil {
		t.Error("released, and others do not come in: ", err)
	} else {
		conn.Close()
	}
	text, err := os.ReadFile(filepath.Join(l.dir, "incidents", "web.jsonl"))
	l.must(err)
	for line := range strings.Lines(string(text)) {
		var r struct {
			Time  time.Time
			Event string
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Event == "" || time.Since(r.Time) > time.Hour {
			t.Errorf("%v: %s", err, line)
		}
	}
	for _, words := range []string{"make anew, on a host that is clean: the secret hbohlen-password", "/var/lib/pantherctl/incidents/2"} {
		if !strings.Contains(string(text), words) {
			t.Errorf("%q is not in the record:\n%s", words, text)
		}
	}
	if info, err := os.Stat(filepath.Join(l.dir, "incidents", "web.jsonl")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others read the record: %v", info.Mode())
	}
}

// TestIncidentLockedOut comes from an address that is no operator's: refused,
// and if that is meant, the host lets itself back.
func TestIncidentLockedOut(t *testing.T) {
	t.Parallel()
	l := newHostLab(t, "web", "bare")
	h := l.hosts["web"]
	h.lockable()
	h.start("").join("100.101.77.7")
	code, out, _ := l.incident("isolate", "web")
	if want := `web: not isolated: you come from "100.101.77.7", which is no operator's address: it would cut you off`; code != exitFindings || !strings.Contains(out, want) {
		t.Errorf("code %d, %s\nwant %s", code, out, want)
	}
	if _, out, _ := l.incident("status", "web"); out != "web: not isolated\n" {
		t.Error(out)
	}
	begin := time.Now()
	code, out, _ = l.incident("isolate", "web", "--cut-me-off", "--confirm-within", "8s", "--patience", "5s")
	if want := "nobody has confirmed it, so it lets itself back within 8s"; code != exitFindings || !strings.Contains(out, want) {
		t.Errorf("code %d, %s\nwant %s", code, out, want)
	}
	if _, err := os.Stat(filepath.Join(h.root, "var/lib/pantherctl/isolated")); err != nil && time.Since(begin) < 7*time.Second {
		t.Error("it was never isolated")
	}
	for {
		conn, err := h.dial()
		if err == nil {
			conn.Close()
			break
		}
		if time.Since(begin) > 25*time.Second {
			t.Fatal("it does not let itself back")
		}
		time.Sleep(200 * time.Millisecond)
	}
	if took := time.Since(begin); took < 7*time.Second {
		t.Errorf("it was open after %s", took)
	}
	l.hosts["bare"].start("")
	code, out, _ = l.incident("isolate", "bare")
	if want := "the host has no pantherctl-lockdown.service"; code != exitFindings || !strings.Contains(out, want) {
		t.Errorf("code %d, %s\nwant %s", code, out, want)
	}
	h.address = "127.0.0.1:1"
	code, out, _ = l.incident("isolate", "web")
	if want := "not isolated: "; code != exitFindings || !strings.Contains(out, want) {
		t.Errorf("code %d, %s\nwant %s", code, out, want)
	}
}
