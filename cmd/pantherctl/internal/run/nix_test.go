package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// says is a Runner whose program fails with a code and a text.
type says struct {
	code   int
	stderr string
}

func (s says) Run(context.Context, Command) ([]byte, error) {
	return nil, &ExitError{"nix", s.code, s.stderr}
}

func TestNixError(t *testing.T) {
	for _, tt := range []struct {
		name    string
		runner  Runner
		kind    Kind
		message string
	}{
		{"missing", failing{ErrNotFound}, Missing, "nix is not in PATH"},
		{"too old a command", says{1, "error: 'eval' is not a recognised command\nTry 'nix --help' for more information.\n"}, TooOld, "'eval' is not a recognised command"},
		{"too old a flag", says{1, "error: unrecognised flag '--apply'\nTry 'nix --help' for more information.\n"}, TooOld, "unrecognised flag '--apply'"},
		{
			"features",
			says{1, "error: experimental Nix feature 'flakes' is disabled; add '--extra-experimental-features flakes' to enable it\n"},
			Features, "experimental Nix feature 'flakes' is disabled; add '--extra-experimental-features flakes' to enable it",
		},
		{
			"evaluation",
			says{1, `error:
       … while evaluating the attribute 'config'
         at /nix/store/rz5bljgi77zhfqry4853pkm4ql5mq7ra-source/flake.nix:1:48:
            1| { outputs = _: { }; }
             |                                                ^

       … while calling the 'throw' builtin
         at /nix/store/rz5bljgi77zhfqry4853pkm4ql5mq7ra-source/hosts/a.nix:7:57:
            7| throw "boom"

       ` + "\x1b[31;1merror:\x1b[0m boom\n"},
			Evaluation, "boom (at hosts/a.nix:7:57)",
		},
		{
			"store elsewhere",
			says{1, "error: undefined variable 'x'\n       at /home/a/.cache/nix/store/rz5bljgi77zhfqry4853pkm4ql5mq7ra-source/b.nix:3:1:\n            2|\n            3| x\n             | ^\n"},
			Evaluation, "undefined variable 'x' (at b.nix:3:1)",
		},
		{
			"assertion",
			says{1, "error:\n       … while calling the 'head' builtin\n\n       error:\n       Failed assertions:\n       - The one\n       - The other\n"},
			Assertion, "Failed assertions:\n- The one\n- The other",
		},
		{
			"attribute",
			says{1, "error: flake 'path:/x' does not provide attribute 'packages.x86_64-linux.nixosConfiguration' or 'nixosConfiguration'\n       Did you mean nixosConfigurations?\n"},
			NoAttribute, "flake 'path:/x' does not provide attribute 'packages.x86_64-linux.nixosConfiguration' or 'nixosConfiguration'\nDid you mean nixosConfigurations?",
		},
		{"no flake", says{1, "error:\n       … while fetching the input 'path:/x'\n\n       error: path '//x' does not exist\n"}, NoFlake, "path '//x' does not exist"},
		{"recursion", says{1, "error: infinite recursion encountered\n       at «string»:1:1:\n"}, OutOfStack, "infinite recursion encountered"},
		{"heap", says{1, "GC Warning: Out of memory - trying to allocate\nerror: out of memory\n"}, OutOfMemory, "out of memory"},
		{"killed", says{-1, ""}, OutOfMemory, "Nix was killed, as happens when memory runs out"},
		{"time", failing{context.DeadlineExceeded}, Timeout, "Nix did not finish in time"},
		{"silent", says{3, ""}, Other, "nix ended with code 3:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Nix{Runner: tt.runner}.Eval(t.Context(), ".#x", "x: x")
			e, ok := errors.AsType[*NixError](err)
			if !ok || e.Kind != tt.kind || strings.TrimSpace(e.Message) != tt.message {
				t.Errorf("got %#v\nwant %s: %s", err, tt.kind, tt.message)
			}
		})
	}
}

// records is a Runner that remembers what it was asked.
type records struct {
	asked  Command
	answer string
}

func (r *records) Run(_ context.Context, c Command) ([]byte, error) {
	r.asked = c
	return []byte(r.answer), nil
}

func TestNixArguments(t *testing.T) {
	r := &records{answer: `{"path":"/nix/store/x","locks":{"version":7},"fingerprint":"f"}`}
	nix := Nix{Runner: r, Flags: []string{"--option", "cores", "2"}}
	if _, err := nix.Eval(t.Context(), ".#a", "f"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"--extra-experimental-features", "nix-command flakes", "eval", "--json", "--no-write-lock-file", ".#a", "--apply", "f",
		"--option", "cores", "2",
	}
	if diff := cmp.Diff(want, r.asked.Args); diff != "" {
		t.Error(diff)
	}
	m, err := nix.Metadata(t.Context(), ".")
	if err != nil || m.Path != "/nix/store/x" || m.Fingerprint != "f" || string(m.Locks) != `{"version":7}` {
		t.Errorf("got %+v, %v", m, err)
	}
	r.answer = "no JSON"
	if _, err := nix.Metadata(t.Context(), "."); err == nil {
		t.Error("no error for an answer that is no JSON")
	}
}

// TestNothingLeft wants a program that is stopped to take its children along.
func TestNothingLeft(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	mark := filepath.Join(t.TempDir(), "child")
	done := make(chan error)
	go func() {
		_, err := System{}.Run(ctx, Command{Name: "sh", Args: []string{"-c", "(sleep 1; touch " + mark + ") & echo; wait"}})
		done <- err
	}()
	time.Sleep(100 * time.Millisecond)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	time.Sleep(1200 * time.Millisecond)
	if _, err := os.Stat(mark); err == nil {
		t.Error("a child went on")
	}
}

func TestTooMuch(t *testing.T) {
	l := &limited{max: 10, full: func() {}}
	if _, err := l.Write([]byte("0123456789")); err != nil || l.over {
		t.Errorf("%v for what is allowed", err)
	}
	if _, err := l.Write([]byte("x")); !errors.Is(err, ErrTooMuch) || !l.over {
		t.Errorf("%v, want too much", err)
	}
	tail := &limited{max: 10, tail: true}
	for range 100 {
		tail.Write([]byte("0123456"))
	}
	if got := tail.kept.String(); tail.kept.Len() > 10 || !strings.HasSuffix("0123456", got[len(got)-3:]) {
		t.Errorf("kept %q, want the end", got)
	}
}

// TestEndless wants a program ended that prints without end, wherever its
// output is copied from.
func TestEndless(t *testing.T) {
	_, err := System{}.Run(t.Context(), Command{Name: "cat", Args: []string{"/dev/zero"}, MaxStdout: 1 << 20})
	if !errors.Is(err, ErrTooMuch) {
		t.Errorf("got %v, want ErrTooMuch", err)
	}
	out, err := System{}.Run(t.Context(), Command{Name: "cat", Stdin: []byte("hello"), MaxStdout: 5})
	if string(out) != "hello" || err != nil {
		t.Errorf("got %q, %v", out, err)
	}
}
