package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/lab"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == lab.Argument {
		main() // the inside of a lab that a test runs
		return
	}
	testscript.Main(m, map[string]func(){"pantherctl": main, "sudo": sudo})
}

// TestScript runs testdata/script: one file for each behaviour of the command
// line, named after its subcommand.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition:           condition,
		Setup: func(env *testscript.Env) error {
			fleets, err := filepath.Abs(filepath.Join("..", "..", "testdata", "fleets"))
			env.Setenv("FLEETS", fleets)
			env.Setenv("BIN", filepath.SplitList(env.Getenv("PATH"))[0]) // nothing but pantherctl
			env.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			env.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
			env.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(env.WorkDir))
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"age-of": ageOf,
			"facts":  factsOf,
			"fifo":   fifo,
			"large":  large,
			"nested": nested,
		},
	})
}

// condition adds [tool:NAME]: whether the program is there. Under CI it must.
func condition(cond string) (bool, error) {
	name, ok := strings.CutPrefix(cond, "tool:")
	if !ok {
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode()&0o111 != 0 {
			return true, nil
		}
	}
	if os.Getenv("CI") != "" {
		return false, fmt.Errorf("%s is not in PATH", name)
	}
	return false, nil
}

// needs skips a test where a program is missing. Under CI none may.
func needs(t testing.TB, programs ...string) {
	t.Helper()
	for _, name := range programs {
		switch ok, err := condition("tool:" + name); {
		case err != nil:
			t.Fatal(err)
		case !ok:
			t.Skipf("%s is not in PATH", name)
		}
	}
}

// ageOf sets the time of change of files to an hour ago; with is-kept it checks
// that nobody wrote them since.
//
//	age-of FILE...
//	[!] age-of is-kept FILE...
func ageOf(ts *testscript.TestScript, neg bool, args []string) {
	past := time.Now().Add(-time.Hour)
	check := len(args) > 0 && args[0] == "is-kept"
	if check {
		args = args[1:]
	}
	for _, name := range args {
		file := ts.MkAbs(name)
		if !check {
			ts.Check(os.Chtimes(file, past, past))
			continue
		}
		info, err := os.Stat(file)
		ts.Check(err)
		if kept := time.Since(info.ModTime()) > time.Minute; kept == neg {
			ts.Fatalf("%s: kept is %v", name, kept)
		}
	}
}

// fifo makes a named pipe that nobody writes to.
func fifo(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(syscall.Mkfifo(ts.MkAbs(args[0]), 0o644))
}

// large makes a file of 200 MB that takes no room.
func large(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("version: 1\n"), 0o644))
	ts.Check(os.Truncate(ts.MkAbs(args[0]), 200<<20))
}

// nested makes a file of 100,000 brackets.
func nested(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Repeat("[", 100_000)), 0o644))
}
