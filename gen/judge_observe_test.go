package gen_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/nixmodules"
)

// TestScripts has shellcheck read the scripts that generated modules run, as
// NixOS does where it is told to.
func TestScripts(t *testing.T) {
	shellcheck := tool(t, "shellcheck")
	for name, script := range map[string][]byte{
		"certificates": nixmodules.CertificatesScript, "lockdown": nixmodules.LockdownScript,
		"notify": nixmodules.NotifyScript, "selfcheck": nixmodules.SelfcheckScript,
		"upgrade-confirm": nixmodules.UpgradeConfirmScript, "restore-drill": nixmodules.RestoreDrillScript,
	} {
		t.Run(name, func(t *testing.T) {
			if out, err := run(t, shellcheck, "--shell=bash", write(t, name+".sh", string(script))); err != nil {
				t.Error(err, out)
			}
		})
	}
	if _, err := run(t, shellcheck, "--shell=bash", write(t, "wrong.sh", "rm $1/*\n")); err == nil {
		t.Error("shellcheck accepts a name without quotes")
	}
}

// TestRsyslog has rsyslogd judge the rules of each host's log files.
func TestRsyslog(t *testing.T) {
	rsyslogd := tool(t, "rsyslogd")
	judge := func(t *testing.T, rules string) error {
		// What NixOS's module writes before the rules.
		head := "$ModLoad imuxsock\n$SystemLogSocketName /run/systemd/journal/syslog\n$WorkDirectory " + t.TempDir() + "\n"
		out, err := exec.CommandContext(t.Context(), rsyslogd, "-N1", "-f", write(t, "rsyslog.conf", head+rules)).CombinedOutput()
		if err != nil || strings.Contains(string(out), "error") {
			return fmt.Errorf("%w\n%s", err, out)
		}
		return nil
	}
	judged := 0
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			if f.Logs.Rsyslog == "" {
				continue
			}
			judged++
			if err := judge(t, f.Logs.Rsyslog); err != nil {
				t.Errorf("%s/%s: %v", e.name, name, err)
			}
			for _, file := range []string{"auth", "sshd", "kern"} {
				if !strings.Contains(f.Logs.Rsyslog, `file="/var/log/`+file+`.log" fileCreateMode="0640"`) {
					t.Errorf("%s/%s has no %s.log, or everybody reads it", e.name, name, file)
				}
			}
			if !strings.Contains(f.Logs.Rsyslog, `module(load="imklog")`) {
				t.Errorf("%s/%s: the kernel's messages never come", e.name, name)
			}
		}
	}
	if err := judge(t, "sshd.* action(type=\"omfile\" file=\"/var/log/sshd.log\")\n"); err == nil {
		t.Error("rsyslogd accepts sshd as a facility")
	}
	if judged == 0 {
		t.Error("no host writes log files")
	}
}

// TestLogrotate has logrotate judge the rotation of each host, written as
// NixOS writes it.
func TestLogrotate(t *testing.T) {
	logrotate := tool(t, "logrotate")
	judge := func(t *testing.T, text string) string {
		out, err := exec.CommandContext(t.Context(), logrotate, "--debug", "--state", filepath.Join(t.TempDir(), "state"), write(t, "logrotate.conf", text)).CombinedOutput()
		if err != nil || strings.Contains(string(out), "error:") {
			return fmt.Sprintf("%v\n%s", err, out)
		}
		return ""
	}
	judged := 0
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			section, ok := f.Logs.Rotated["pantherctl"]
			if !ok {
				continue
			}
			judged++
			text := logrotateText(section)
			if said := judge(t, text); said != "" {
				t.Errorf("%s/%s: %s\n%s", e.name, name, said, text)
			}
			for _, line := range []string{`"/var/log/auth.log"`, "weekly\n", "rotate 4\n", "compress\n", "delaycompress\n", "missingok\n", "--signal=HUP syslog.service\n"} {
				if !strings.Contains(text, line) {
					t.Errorf("%s/%s lacks %q:\n%s", e.name, name, line, text)
				}
			}
		}
	}
	if judge(t, "\"/var/log/x.log\" {\n  rotate weekly\n}\n") == "" {
		t.Error("logrotate accepts the words that NixOS's free form takes")
	}
	if judged == 0 {
		t.Error("no host rotates log files")
	}
}

// logrotateText is a section as NixOS's module writes it.
func logrotateText(section map[string]any) string {
	var b strings.Builder
	for _, file := range section["files"].([]any) {
		fmt.Fprintf(&b, "%q\n", file)
	}
	b.WriteString("{\n")
	for _, key := range slices.Sorted(maps.Keys(section)) {
		switch value := section[key]; {
		case slices.Contains([]string{"files", "priority", "enable", "global"}, key):
		case key == "frequency":
			fmt.Fprintln(&b, value)
		case key == "postrotate":
			fmt.Fprintf(&b, "postrotate\n%s\nendscript\n", value)
		case value == true:
			fmt.Fprintln(&b, key)
		case value == false:
			fmt.Fprintln(&b, "no"+key)
		default:
			fmt.Fprintln(&b, key, value)
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// bench is a folder with doubles of programs, where a script is really run.
type bench struct {
	t   *testing.T
	dir string
	env []string
}

// newBench writes the doubles, shell scripts by name, which find the bench in
// $BENCH. Other programs are this machine's own.
func newBench(t *testing.T, doubles map[string]string, env ...string) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{t, dir, append([]string{"BENCH=" + dir, "PATH=" + dir + "/bin:" + os.Getenv("PATH"), "STATE_DIRECTORY=" + dir + "/state"}, env...)}
	for _, name := range []string{"bin", "state"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range doubles {
		b.file("bin/"+name, "#!/bin/sh\n"+text)
		if err := os.Chmod(filepath.Join(dir, "bin", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *bench) file(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// read returns the text of a file of the bench, "" if there is none.
func (b *bench) read(name string) string {
	text, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil && !os.IsNotExist(err) {
		b.t.Fatal(err)
	}
	return string(text)
}

// run runs a script by bash -e, as systemd does on NixOS, and returns what it
// says and whether it succeeds.
func (b *bench) run(script []byte, args ...string) (string, bool) {
	b.t.Helper()
	cmd := exec.CommandContext(b.t.Context(), tool(b.t, "bash"), append([]string{"-e", write(b.t, "script", string(script))}, args...)...)
	cmd.Env = b.env
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}
