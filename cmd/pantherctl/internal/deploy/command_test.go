package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

// command is pantherctl deploy, the whole program, beside a bench's machine.
type command struct {
	*bench
	program, dir string
}

func newCommand(program string, b *bench) *command {
	b.t.Helper()
	c := &command{b, program, b.t.TempDir()}
	write(b.t, filepath.Join(c.dir, "security.yaml"), b.document, 0o644)
	c.facts()
	return c
}

// facts writes those of the job, as check --save-facts does.
func (c *command) facts() {
	complete(reflect.ValueOf(c.job.Facts).Elem())
	text, err := json.Marshal(map[string]any{"target": c.job.Facts})
	if err != nil {
		c.t.Fatal(err)
	}
	write(c.t, filepath.Join(c.dir, "facts.json"), string(text), 0o644)
}

// complete makes empty lists and sets of those that are not there, which facts
// always have.
func complete(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			complete(v.Index(i))
		}
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		for _, key := range v.MapKeys() {
			item := reflect.New(v.Type().Elem()).Elem()
			item.Set(v.MapIndex(key))
			complete(item)
			v.SetMapIndex(key, item)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			complete(v.Field(i))
		}
	}
}

// deploy is a run of it.
func (c *command) deploy(args ...string) *exec.Cmd {
	cmd := exec.Command(c.program, append([]string{"deploy", "--facts", "facts.json", "--timeout", "10s", "-i", c.key}, args...)...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "HOME="+c.dir, "XDG_STATE_HOME=", "PATH="+c.key+".bin:"+os.Getenv("PATH"),
		"DOUBLE_BUILDS="+c.new, "DOUBLE_ARGV="+c.argv)
	return cmd
}

// wants runs a deployment and wants its exit code, and words of what it writes.
func (c *command) wants(cmd *exec.Cmd, code int, words ...string) {
	c.t.Helper()
	out, err := cmd.CombinedOutput()
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else if err != nil {
		c.t.Fatal(err)
	}
	if got != code {
		c.t.Errorf("exit code %d, want %d", got, code)
	}
	for _, w := range words {
		if !bytes.Contains(out, []byte(w)) {
			c.t.Errorf("%q is missing", w)
		}
	}
	if c.t.Failed() {
		logs, _ := filepath.Glob(filepath.Join(c.dir, ".local/state/pantherctl/runs/*/*.log"))
		for _, name := range logs {
			text, _ := os.ReadFile(name)
			c.t.Logf("%s:\n%s", name, text)
		}
		c.t.Fatalf("%s", out)
	}
}

// TestCommand deploys with the program itself, from its arguments to its exit
// code.
func TestCommand(t *testing.T) {
	lab(t)
	program := filepath.Join(t.TempDir(), "pantherctl")
	must(t, "go", "build", "-o", program, "../..")
	t.Run("confirmed", func(t *testing.T) {
		t.Parallel()
		c := newCommand(program, newBench(t))
		c.wants(c.deploy("target"), 0, "target: confirmed after ", "1 confirmed; logs in ")
		c.answers(Confirmed)
		c.wants(c.deploy("--resume", "last"), 0, "every host of the run was confirmed")
	})
	t.Run("risk", func(t *testing.T) {
		t.Parallel()
		c := newCommand(program, newBench(t))
		c.job.Facts.Nftables.Ruleset = ruleset(2222)
		c.facts()
		c.wants(c.deploy("target"), 1, "target: untouched", "lose-ssh: ", "hint: put it right, or take the risk knowingly: --accept lose-ssh")
		c.answers(Untouched)
	})
	t.Run("resumed", func(t *testing.T) {
		t.Parallel()
		c := newCommand(program, newBench(t, change{"behaviour": "fail-unit=web.service"}))
		c.wants(c.deploy("target"), 2, "target: rolled back", "web.service", "hint: look at the logs, then go on with the rest: pantherctl deploy --resume ")
		c.answers(RolledBack)
		c.new = c.system("mended")
		c.wants(c.deploy("--resume", "last"), 0, "target: confirmed after ")
		c.answers(Confirmed)
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		c := newCommand(program, newBench(t, change{"behaviour": "slow=6s"}))
		cmd := c.deploy("target")
		go func() {
			for range 200 {
				time.Sleep(50 * time.Millisecond)
				if strings.Contains(c.logged(), "== activate") {
					cmd.Process.Signal(syscall.SIGINT)
					return
				}
			}
		}()
		c.wants(cmd, 2, "target: roll", "interrupted")
		for range 100 {
			if c.current() == c.store("old") {
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
		c.answers(RolledBack)
	})
}

// logged is what is in the host's log so far.
func (c *command) logged() string {
	logs, _ := filepath.Glob(filepath.Join(c.dir, ".local/state/pantherctl/runs/*/*"))
	var all strings.Builder
	for _, name := range logs {
		text, _ := os.ReadFile(name)
		all.Write(text)
	}
	return all.String()
}
