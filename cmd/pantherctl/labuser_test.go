package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ordinary runs a program as nobody, where root's home is nobody's to enter: it
// makes it so for a mount namespace of its own. $1 is an empty folder. With IDS
// nobody has a range of subordinate ids.
const ordinary = `
keep=$1; shift
mount --rbind "$HOME" "$keep"
mount -t tmpfs -o mode=755 tmpfs "$HOME"
for d in "$keep"/* "$keep"/.[!.]*; do
	[ -d "$d" ] || continue
	mkdir "$HOME/${d##*/}"
	mount --rbind "$d" "$HOME/${d##*/}"
done
if [ -n "$IDS" ]; then
	echo 65534:200000:65536 >"$HOME/ids"
	for f in subuid subgid; do mount --bind "$HOME/ids" "/etc/$f"; done
fi
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"`

// labProcess is pantherctl built for a lab of an example, with the arguments
// for it. Everybody may run it.
func labProcess(t testing.TB, fleet string) (args []string, dir string) {
	t.Helper()
	if ok, _ := condition("tool:nft"); !ok {
		t.Skip("nft is not in PATH")
	}
	dir = t.TempDir()
	program := filepath.Join(dir, "pantherctl")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	args = []string{program, "lab"}
	for _, name := range []string{"-f security.yaml", "--facts facts.json"} {
		flag, name, _ := strings.Cut(name, " ")
		text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "fleets", fleet, name))
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(dir, name)
		if err := os.WriteFile(copied, text, 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, flag, copied)
	}
	return args, dir
}

func TestLabAsUser(t *testing.T) {
	for _, tt := range []struct{ name, fleet, ids, want string }{
		{"pantheros", "pantheros", "", "built in"},
		{"homelab", "homelab", "", "nobody tried to log in"},
		{"high-security", "../../gen/testdata/high-security", "yes", "8 logins, 3 got in"},
		{"with subordinate ids", "homelab", "yes", "7 logins, 2 got in"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args, dir := labProcess(t, tt.fleet)
			if ok, _ := condition("tool:newuidmap"); tt.ids != "" && (!ok || os.Geteuid() != 0) {
				t.Skip("newuidmap is not in PATH, or nobody may give ids away")
			}
			if ok, _ := condition("tool:sshd"); !ok {
				t.Skip("sshd is not in PATH")
			}
			if os.Geteuid() == 0 {
				args = append([]string{"unshare", "--mount", "sh", "-euc", ordinary, "sh", t.TempDir()}, args...)
			}
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "IDS="+tt.ids)
			out, err := cmd.CombinedOutput()
			if strings.Contains(string(out), "gives this user no namespaces") {
				t.Skipf("%s", out)
			}
			if err != nil || !strings.Contains(string(out), tt.want) {
				t.Errorf("%v, want %q\n%s", err, tt.want, out)
			}
		})
	}
}

// A lab that is killed leaves no process behind, so no namespace either, and it
// never writes a file.
func TestLabKilled(t *testing.T) {
	args, dir := labProcess(t, "pantheros")
	for _, after := range []time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		cmd := exec.CommandContext(ctx, args[0], args[1:]...) // the context kills with signal 9
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "TMPDIR="+filepath.Join(dir, "tmp"))
		if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o755); err != nil {
			t.Fatal(err)
		}
		err := cmd.Run()
		cancel()
		if err == nil {
			t.Errorf("it was done within %s, so nothing was killed", after)
		}
		until := time.Now().Add(5 * time.Second)
		for left := running(t, args[0]); left != ""; left = running(t, args[0]) {
			if time.Now().After(until) {
				t.Fatalf("killed after %s, these are left: %s", after, left)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if left := entries(t, filepath.Join(dir, "tmp")); len(left) > 0 {
			t.Errorf("killed after %s, these files are left: %s", after, left)
		}
	}
}

// A lab keeps within the files that a process may open.
func TestLabFewFiles(t *testing.T) {
	args, dir := labProcess(t, "pantheros")
	cmd := exec.Command("sh", append([]string{"-euc", `ulimit -n 700; exec "$@"`, "sh"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// running names the processes that were started from a file.
func running(t *testing.T, program string) string {
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, l := range links {
		if to, _ := os.Readlink(l); to == program {
			found = append(found, filepath.Dir(l))
		}
	}
	return strings.Join(found, " ")
}

func entries(t *testing.T, dir string) []string {
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}
