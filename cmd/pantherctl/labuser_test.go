package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	needs(t, "nft")
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
		{"high-security", "../../gen/testdata/high-security", "", "nobody tried to log in"},
		{"with subordinate ids", "homelab", "yes", "7 logins, 2 got in"},
		{"high-security with them", "../../gen/testdata/high-security", "yes", "8 logins, 3 got in"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args, dir := labProcess(t, tt.fleet)
			needs(t, "sshd")
			if tt.ids != "" {
				needs(t, "newuidmap")
				if os.Geteuid() != 0 {
					t.Skip("only root can give ids away")
				}
			}
			cmd := asUser(t, args, dir, tt.ids)
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

// asUser is a program that an ordinary user runs, with a range of ids or
// without.
func asUser(t *testing.T, args []string, dir, ids string) *exec.Cmd {
	if os.Geteuid() == 0 {
		args = append([]string{"unshare", "--mount", "sh", "-euc", ordinary, "sh", t.TempDir()}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "IDS="+ids)
	return cmd
}

// A lab that is killed leaves no process behind, so no namespace either, and it
// never writes a file. It would have gone on for the time that its limits take
// to recover.
func TestLabKilled(t *testing.T) {
	args, dir := labProcess(t, "pantheros")
	args = append(args, "--recover", "1m")
	tmp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(tmp, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, start := range map[string]func(t *testing.T) *exec.Cmd{
		"us": func(*testing.T) *exec.Cmd {
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Dir, cmd.Env = dir, os.Environ()
			return cmd
		},
		"an ordinary user": func(t *testing.T) *exec.Cmd { return asUser(t, args, dir, "") },
		"one with subordinate ids": func(t *testing.T) *exec.Cmd {
			if ok, _ := condition("tool:newuidmap"); !ok || os.Geteuid() != 0 {
				t.Skip("newuidmap is not in PATH, or nobody may give ids away")
			}
			return asUser(t, args, dir, "yes")
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, after := range []time.Duration{0, 20 * time.Millisecond, 300 * time.Millisecond} {
				killed(t, start(t), args[0], after)
				if left := entries(t, tmp); len(left) > 0 {
					t.Errorf("killed after %s, these files are left: %s", after, left)
				}
			}
		})
	}
}

// killed starts a lab, kills it some time after the first process of its
// namespaces is there, and looks that all in these end.
func killed(t *testing.T, lab *exec.Cmd, program string, after time.Duration) {
	t.Helper()
	lab.Env = append(lab.Env, "TMPDIR="+filepath.Join(lab.Dir, "tmp"))
	if err := lab.Start(); err != nil {
		t.Fatal(err)
	}
	var spaces []string
	for until := time.Now().Add(20 * time.Second); len(spaces) == 0 && time.Now().Before(until); time.Sleep(time.Millisecond) {
		spaces = pidSpaces(t, program)
	}
	time.Sleep(after)
	if err := lab.Process.Kill(); err != nil {
		t.Error(err)
	}
	if err := lab.Wait(); err == nil || len(spaces) == 0 {
		t.Fatalf("nothing was killed: %v", err)
	}
	for until := time.Now().Add(3 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		left := running(t, program)
		for _, process := range processes(t) {
			if space, _ := os.Readlink(process + "/ns/pid"); slices.Contains(spaces, space) {
				left = append(left, process)
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("killed after %s, these are left: %s", after, left)
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

// pidSpaces names the namespaces of processes, besides our own, of those that
// were started from a file.
func pidSpaces(t *testing.T, program string) []string {
	own, _ := os.Readlink("/proc/self/ns/pid")
	var spaces []string
	for _, process := range running(t, program) {
		if space, err := os.Readlink(process + "/ns/pid"); err == nil && space != own {
			spaces = append(spaces, space)
		}
	}
	return spaces
}

// running names the processes that were started from a file.
func running(t *testing.T, program string) []string {
	return slices.DeleteFunc(processes(t), func(process string) bool {
		to, _ := os.Readlink(process + "/exe")
		return to != program
	})
}

func processes(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	return all
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
