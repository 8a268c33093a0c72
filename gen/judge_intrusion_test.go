package gen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen/policy"
)

// TestJails has fail2ban judge the jails of each host, with the filters and
// actions that it comes with.
func TestJails(t *testing.T) {
	client := tool(t, "fail2ban-client")
	check := func(t *testing.T, jails string) error {
		t.Helper()
		dir := t.TempDir()
		for _, folder := range []string{"action.d", "filter.d"} {
			if err := os.Symlink("/etc/fail2ban/"+folder, filepath.Join(dir, folder)); err != nil {
				t.Fatal(err)
			}
		}
		for name, text := range map[string]string{
			"fail2ban.conf":     readText(t, "/etc/fail2ban/fail2ban.conf"),
			"jail.conf":         readText(t, "/etc/fail2ban/jail.conf"),
			"paths-common.conf": readText(t, "/etc/fail2ban/paths-common.conf"),
			"paths-debian.conf": readText(t, "/etc/fail2ban/paths-debian.conf"),
			"paths-nixos.conf":  "[INCLUDES]\nbefore = paths-common.conf\nafter = paths-overrides.local\n[DEFAULT]\n",
			"jail.local":        jails,
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return quiet(t, client, "-c", dir, "-t")
	}
	judged := ""
	for _, e := range examples() {
		for name, f := range e.facts(t) {
			if !f.Fail2ban.Enable {
				continue
			}
			judged = f.Fail2ban.Jails
			if err := check(t, judged); err != nil {
				t.Errorf("%s/%s: %v", e.name, name, err)
			}
		}
	}
	if err := check(t, strings.ReplaceAll(judged, "nftables-multiport", "nftables-many")); err == nil {
		t.Error("fail2ban accepts an action that does not exist")
	}
}

// TestProfiles has AppArmor's parser compile the policies of each host.
func TestProfiles(t *testing.T) {
	parser := tool(t, "apparmor_parser")
	check := func(text string) error {
		return quiet(t, parser, "--skip-kernel-load", "--skip-cache", write(t, "profile", text))
	}
	judged := ""
	for _, e := range examples() {
		for host, f := range e.facts(t) {
			for name, text := range f.AppArmor.Policies {
				judged = text
				if err := check(text); err != nil {
					t.Errorf("%s/%s: %s: %v", e.name, host, name, err)
				}
			}
		}
	}
	if err := check(strings.Replace(judged, "mrwkl,", "mrwkq,", 1)); err == nil {
		t.Error("the parser accepts a right that does not exist")
	}
}

// TestVerify runs the command of the integrity timer on a store of its own,
// as it was made and with one file changed.
func TestVerify(t *testing.T) {
	nix := tool(t, "nix")
	var args []string
	for _, e := range examples() {
		for _, f := range e.facts(t) {
			if timer, ok := f.Timers[policy.IntegrityUnit]; ok {
				args = strings.Fields(timer.ExecStart[0])[1:]
			}
		}
	}
	if args == nil {
		t.Fatal("no host verifies its store")
	}
	store := t.TempDir()
	path, err := run(t, nix, "--extra-experimental-features", "nix-command", "store", "add-file", "--store", store, write(t, "program", "good"))
	if err != nil {
		t.Fatal(err)
	}
	args = append(args, "--store", store)
	if err := quiet(t, nix, args...); err != nil {
		t.Error(err)
	}
	program := filepath.Join(store, strings.TrimSpace(path))
	if err := os.Chmod(program, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte("evil"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := quiet(t, nix, args...); err == nil {
		t.Error("a changed program goes unnoticed")
	}
}

// quiet runs a program that talks even if all is well.
func quiet(t *testing.T, program string, args ...string) error {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Logf("%s %s:\n%s", filepath.Base(program), strings.Join(args, " "), out)
	}
	return err
}
