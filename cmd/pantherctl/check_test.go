package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// evaluated returns a copy of the flake around a double for nixpkgs, with its
// modules generated, and goes there.
func evaluated(t *testing.T) {
	t.Helper()
	needs(t, "nix")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "testdata", "flake", "evaluated"))); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if code, out, _ := pantherctl("generate"); code != exitFine {
		t.Fatal(out)
	}
}

var notes = regexp.MustCompile(`^(\w+: )?\d+ notes\n|, \d+ notes|^\n`)

// pantherctl runs a command, and returns its code and what it writes without
// blank lines and the notes on concerns that nobody judges.
func pantherctl(args ...string) (code int, out, err string) {
	var stdout, stderr bytes.Buffer
	getenv := func(name string) string {
		if name == "XDG_CACHE_HOME" {
			return "cache"
		}
		return ""
	}
	code = execute(args, &system{in: strings.NewReader(""), out: &stdout, err: &stderr, getenv: getenv, now: time.Now})
	var kept strings.Builder
	for line := range strings.Lines(stdout.String()) {
		if !strings.Contains(line, ": info: ") && !strings.HasPrefix(line, "  ") {
			kept.WriteString(notes.ReplaceAllString(line, ""))
		}
	}
	return code, kept.String(), stderr.String()
}

const changedReport = `changed: 12 of 14 policy items hold
changed: 3 errors
security.yaml:35:3: hosts.changed.firewall.connection_tracking.max: error: boot.kernel.sysctl."net.netfilter.nf_conntrack_max" is 7, and the policy wants 262144: debug.nix sets it (K017)
security.yaml:35:3: hosts.changed.firewall.mode: error: tcp/8080 is open on every interface, and no access rule opens it there: debug.nix sets it (F3)
security.yaml:35:3: hosts.changed.firewall.ping: error: networking.firewall.allowPing is false, and the policy wants true: debug.nix forces it with mkForce (V1)
3 errors
`

// TestCheck has the real Nix evaluate a flake without a network.
func TestCheck(t *testing.T) {
	evaluated(t)
	t.Run("clean", func(t *testing.T) {
		code, out, err := pantherctl("check", "--flake", "path:.", "web")
		if want := "web: 14 of 14 policy items hold\n"; code != exitFine || out != want || err != "" {
			t.Errorf("code %d\n%s%s", code, cmp.Diff(want, out), err)
		}
	})
	t.Run("changed", func(t *testing.T) {
		code, out, err := pantherctl("check", "--flake", "path:.", "changed", "--save-facts", "facts.json")
		if code != exitFindings || out != changedReport || err != "" {
			t.Errorf("code %d\n%s%s", code, cmp.Diff(changedReport, out), err)
		}
	})
	t.Run("saved", func(t *testing.T) {
		t.Setenv("PATH", "")
		code, out, err := pantherctl("check", "--facts", "facts.json", "changed")
		want := strings.ReplaceAll(changedReport, "3 errors\n", "3 errors, 1 not checked\n")
		want = strings.Replace(want, "(V1)\n", "(V1)\nsecurity.yaml:35:3: hosts.changed.firewall.mode: NOT CHECKED: what nft makes of its text was not asked: nft is not in PATH (V6)\n", 1)
		if code != exitFindings || out != want || err != "" {
			t.Errorf("code %d\n%s%s", code, cmp.Diff(want, out), err)
		}
	})
	t.Run("saved for another document", func(t *testing.T) {
		document, err := os.ReadFile("security.yaml")
		if err != nil {
			t.Fatal(err)
		}
		edited := strings.Replace(string(document), "app: tcp/443", "app: tcp/444", 1)
		if err := os.WriteFile("edited.yaml", []byte(edited), 0o644); err != nil {
			t.Fatal(err)
		}
		code, out, _ := pantherctl("check", "--facts", "facts.json", "-f", "edited.yaml", "changed")
		for _, want := range []string{
			"changed: 0 of 14 policy items hold, 14 not checked",
			"hosts.changed: error: what the document asks for now was not compared: these facts were saved for another text of it",
		} {
			if code != exitFindings || !strings.Contains(out, want) {
				t.Errorf("code %d, and %q is not in:\n%s", code, want, out)
			}
		}
	})
	t.Run("saved for another text that asks for the same", func(t *testing.T) {
		document, err := os.ReadFile("security.yaml")
		if err != nil {
			t.Fatal(err)
		}
		edited := "# said anew\n\n" + strings.Replace(string(document), "hosts:\n", "hosts:\n  another: { system: x86_64-linux, level: server, break_glass: the console }\n", 1)
		if err := os.WriteFile("edited.yaml", []byte(edited), 0o644); err != nil {
			t.Fatal(err)
		}
		_, out, _ := pantherctl("check", "--facts", "facts.json", "-f", "edited.yaml", "changed")
		if !strings.Contains(out, "changed: 12 of 14 policy items hold\n") || strings.Contains(out, "V8") {
			t.Errorf("not everything was compared:\n%s", out)
		}
	})
	t.Run("without pantherctl", func(t *testing.T) {
		_, out, _ := pantherctl("check", "--flake", "path:.", "alone")
		for _, want := range []string{"networking.nftables.enable is false, which nobody set: the policy wants true", "tcp/8080 is open on every interface"} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in:\n%s", want, out)
			}
		}
	})
	t.Run("no such output", func(t *testing.T) {
		code, _, err := pantherctl("check", "--flake", "path:./generated", "web")
		if code != exitFailure || !strings.Contains(err, "hint: name the folder of flake.nix") {
			t.Errorf("code %d, %s", code, err)
		}
	})
}

// TestHostileFlake wants an error for every host that cannot be evaluated, the
// comparison of all others, and no control character of a flake on a terminal.
func TestHostileFlake(t *testing.T) {
	evaluated(t)
	code, out, err := pantherctl("check", "--flake", "path:.", "--jobs", "2")
	if code != exitFindings || err != "" {
		t.Errorf("code %d, %s", code, err)
	}
	for _, want := range []string{
		"web: 14 of 14 policy items hold",
		"changed: 12 of 14 policy items hold",
		"hosts.broken: error: it could not be compared: no name for this host",
		`hosts.refused: error: it could not be compared: Failed assertions:\n- no disk is named`,
		"hosts.endless: error: it could not be compared: infinite recursion encountered",
		"hosts.loud: error: it could not be compared: ",
		"hosts.odd: error: it could not be compared: warnings is a string, and should be a list",
		"hosts.absent: error: it could not be compared: the flake has no nixosConfigurations.absent",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	if strings.ContainsAny(out, "\x1b\x07") || len(out) > 20_000 {
		t.Errorf("%d bytes, with control characters: %v", len(out), strings.Contains(out, "\x1b"))
	}
}

// TestCheckAgain wants a change of the flake seen in spite of the cache.
func TestCheckAgain(t *testing.T) {
	evaluated(t)
	for range 2 {
		if _, out, _ := pantherctl("check", "--flake", "path:.", "changed"); out != changedReport {
			t.Error(cmp.Diff(changedReport, out))
		}
	}
	if err := os.WriteFile("debug.nix", []byte("{ }"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := pantherctl("check", "--flake", "path:.", "changed"); code != exitFine {
		t.Errorf("the change was not seen:\n%s", out)
	}
}
