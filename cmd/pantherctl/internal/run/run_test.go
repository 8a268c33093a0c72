package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answers is a Runner that gives the output recorded for the arguments after
// ls-files -z.
type answers map[string]string

func (a answers) Run(_ context.Context, c Command) ([]byte, error) {
	_, which, _ := strings.Cut(strings.Join(c.Args, " "), "ls-files -z ")
	return []byte(strings.ReplaceAll(a[which], " ", "\x00")), nil
}

// failing is a Runner that always fails.
type failing struct{ err error }

func (f failing) Run(context.Context, Command) ([]byte, error) { return nil, f.err }

func TestGitUntracked(t *testing.T) {
	broken := errors.New("broken")
	files := []string{"b", "a", "c"}
	for _, tt := range []struct {
		name string
		git  Runner
		want Untracked
		err  error
	}{
		{"all tracked", answers{"--cached": "a b c d "}, Untracked{}, nil},
		{"only ours", answers{"--cached": "a ", "--others": "b c "}, Untracked{Files: []string{"b", "c"}, All: true}, nil},
		{"others too", answers{"--cached": "a ", "--others": "b c d "}, Untracked{Files: []string{"b", "c"}}, nil},
		{
			"ignored",
			answers{"--cached": "a c ", "--others": "b ", "--others --ignored --exclude-standard": "b "},
			Untracked{Files: []string{"b"}, Ignored: true, All: true},
			nil,
		},
		{"no git", failing{ErrNotFound}, Untracked{}, nil},
		{"no work tree", failing{&ExitError{Name: "git", Code: 128}}, Untracked{}, nil},
		{"trouble", failing{broken}, Untracked{}, broken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := GitUntracked(t.Context(), tt.git, ".", files)
			if !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("untracked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSystem(t *testing.T) {
	out, err := System{}.Run(t.Context(), Command{Name: "sh", Args: []string{"-c", "echo $A; pwd"}, Env: []string{"A=b"}, Dir: "/"})
	if string(out) != "b\n/\n" || err != nil {
		t.Errorf("got %q, %v", out, err)
	}
	_, err = System{}.Run(t.Context(), Command{Name: "sh", Args: []string{"-c", "echo why >&2; exit 3"}})
	if exit, ok := errors.AsType[*ExitError](err); !ok || exit.Code != 3 || exit.Stderr != "why\n" {
		t.Errorf("got %v, want an ExitError", err)
	}
	if _, err := (System{}).Run(t.Context(), Command{Name: "no-such-program"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (System{}).Run(ctx, Command{Name: "sleep", Args: []string{"9"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// TestStreams wants a program to read what it is given, and what it prints to
// be logged as well as returned.
func TestStreams(t *testing.T) {
	var log strings.Builder
	out, err := System{}.Run(t.Context(), Command{
		Name: "sh", Args: []string{"-c", "cat; echo odd >&2"}, Stdin: []byte("given\n"), Log: &log,
	})
	if string(out) != "given\n" || err != nil {
		t.Errorf("got %q, %v", out, err)
	}
	if got := log.String(); !strings.Contains(got, "given\n") || !strings.Contains(got, "odd\n") {
		t.Errorf("logged %q, want both streams", got)
	}
}

// TestGrace wants a program that is asked to end to have the time it was given.
func TestGrace(t *testing.T) {
	for _, tt := range []struct {
		name  string
		grace time.Duration
		want  string
	}{{"none", 0, ""}, {"some", 2 * time.Second, "bye\n"}} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			out, err := System{}.Run(ctx, Command{
				Name: "sh", Args: []string{"-c", "trap 'echo bye; exit' TERM; while :; do sleep 0.01; done"}, Grace: tt.grace,
			})
			if string(out) != tt.want || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %q, %v; want %q", out, err, tt.want)
			}
		})
	}
}

// TestGraceOfChildren wants what a program leaves behind to end with it,
// whatever time is left.
func TestGraceOfChildren(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	out, err := System{}.Run(ctx, Command{
		Name: "sh", Args: []string{"-c", "(trap '' TERM; exec sleep 60) >/dev/null 2>&1 & echo $!; sleep 60"}, Grace: 30 * time.Second,
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(5 * time.Second); !errors.Is(syscall.Kill(child, 0), syscall.ESRCH); time.Sleep(time.Millisecond) {
		// A dead one that its new parent has not yet asked for counts as ended.
		if stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child)); strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(until) {
			t.Fatal("it lives on")
		}
	}
}
