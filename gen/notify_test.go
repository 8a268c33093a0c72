package gen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/nixmodules"
)

// notifyBench has a network that a file called down cuts, and a journal of one
// message that a cursor has read.
func notifyBench(t *testing.T, via string) *bench {
	t.Helper()
	for _, name := range []string{"flock", "jq", "paste"} {
		tool(t, name)
	}
	b := newBench(t, map[string]string{
		"curl": `[ ! -e "$BENCH/down" ] || exit 7
echo "curl $*" >>"$BENCH/sent"
for last; do :; done
case $last in
@-) cat >>"$BENCH/sent" ;;
@*) cat "${last#@}" >>"$BENCH/sent" ;;
-) cat >>"$BENCH/sent" ;;
esac
`,
		"journalctl": `echo "journalctl $*" >>"$BENCH/asked"
[ ! -e cursor ] || exit 1
echo seen >cursor
echo "sshd: Invalid user guest"
`,
		"systemctl": "echo exit-code\n",
	}, "VIA="+via, "EVERY=900", "PATTERN=Invalid user|NOT in sudoers")
	b.env = append(b.env, "TARGET="+b.dir+"/target")
	b.file("target", "url = \"https://ntfy.example/topic\"\nheader = \"Authorization: Bearer tk_word\"\n"+
		"mail-from = \"host@example.org\"\nmail-rcpt = \"a@example.org\"\nmail-rcpt = \"b@example.org\"\n")
	return b
}

func (b *bench) sent() int { return strings.Count(b.read("sent"), "curl ") }

// TestNotify really runs the script: a failure is told once in a while, and
// what cannot be told now is told later.
func TestNotify(t *testing.T) {
	b := notifyBench(t, "ntfy")
	must := func(what string, want int, args ...string) {
		t.Helper()
		if out, ok := b.run(nixmodules.NotifyScript, args...); !ok || out != "" {
			t.Fatalf("%s: %s", what, out)
		}
		if b.sent() != want {
			t.Fatalf("%s: %d messages went out, want %d\n%s", what, b.sent(), want, b.read("sent"))
		}
	}
	must("a unit fails", 1, "auditd.service")
	text := b.read("sent")
	for _, want := range []string{"Title: ", "auditd.service failed: exit-code", "--config " + b.dir + "/target", "--proto =https"} {
		if !strings.Contains(text, want) {
			t.Errorf("the message lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "tk_word") || strings.Contains(text, "ntfy.example") {
		t.Errorf("the token or the address stands on the command line:\n%s", text)
	}
	must("it fails again at once", 1, "auditd.service")
	must("and again", 1, "auditd.service")
	must("another unit fails", 2, "sshd.service")
	must("the timer, which finds an event", 3)
	must("the timer again", 3)

	// A restart forgets nothing: all there is lies in the state directory.
	b.file("state/sent/auditd.service", "1\n")
	must("the time is over", 4)
	if n := strings.Count(b.read("sent"), "auditd.service failed"); n != 3 {
		t.Errorf("%d failures of three were told", n)
	}
	must("nothing waits", 4)

	b.file("down", "")
	if out, ok := b.run(nixmodules.NotifyScript, "tailscaled.service"); ok || !strings.Contains(out, "stays in the queue") {
		t.Errorf("nobody can be reached, and the script says %q, %t", out, ok)
	}
	if err := os.Remove(filepath.Join(b.dir, "down")); err != nil {
		t.Fatal(err)
	}
	must("the network is back", 5)

	b.file("state/sent/later.service", time.Now().Add(time.Hour).Format("2006")+"999999999\n")
	must("the clock was set back", 6, "later.service")
}

// TestNotifyEvents wants one look at the journal to begin where the last ended.
func TestNotifyEvents(t *testing.T) {
	b := notifyBench(t, "webhook")
	for range 2 {
		if out, ok := b.run(nixmodules.NotifyScript); !ok {
			t.Fatal(out)
		}
	}
	asked := strings.Split(strings.TrimSpace(b.read("asked")), "\n")
	if len(asked) != 2 || !strings.HasSuffix(asked[0], "--since=-5min") || strings.Contains(asked[1], "--since") ||
		!strings.Contains(asked[1], "--cursor-file=cursor --grep=Invalid user|NOT in sudoers") {
		t.Errorf("the journal was asked\n%s", strings.Join(asked, "\n"))
	}
	if text := b.read("sent"); b.sent() != 1 || !strings.Contains(text, `"text": "sshd: Invalid user guest\n"`) || !strings.Contains(text, `"subject": "`) {
		t.Errorf("told:\n%s", text)
	}
}

func TestNotifyMail(t *testing.T) {
	b := notifyBench(t, "mail")
	if out, ok := b.run(nixmodules.NotifyScript, "auditd.service"); !ok {
		t.Fatal(out)
	}
	text := b.read("sent")
	for _, want := range []string{"--ssl-reqd", "From: host@example.org\r\nTo: a@example.org,b@example.org\r\nDate: ", ": auditd.service\r\n\r\n", "auditd.service failed: exit-code\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
}

// TestNotifyBounded wants a unit that fails in a loop to fill no disk.
func TestNotifyBounded(t *testing.T) {
	b := notifyBench(t, "ntfy")
	b.file("down", "")
	for range 25 {
		b.run(nixmodules.NotifyScript, "auditd.service")
	}
	if n := strings.Count(b.read("state/queue/auditd.service"), "\n"); n != 20 {
		t.Errorf("%d lines wait, want 20", n)
	}
}

// TestNotifyUnknownUnit wants NixOS to say that a unit is not there: nobody
// would ever be told of it.
func TestNotifyUnknownUnit(t *testing.T) {
	document := strings.Replace(readText(t, "testdata/high-security/security.yaml"), "units: [sshd]", "units: [sshhd]", 1)
	warnings := parseFacts(t, evaluate(t, filesOf(t, document), "kernel.double.nix"))["vault-host"].Warnings
	if len(warnings) != 1 || !strings.HasSuffix(warnings[0], "no module here defines the service sshhd") {
		t.Errorf("NixOS warns %q", warnings)
	}
}
