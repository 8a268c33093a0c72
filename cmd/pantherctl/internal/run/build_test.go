package run

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// saying is a Watcher that says something and ends with a code.
type saying struct {
	stderr, stdout string
	code           int
	got            []string
}

func (s *saying) Watch(_ context.Context, c Command, said io.Writer) ([]byte, error) {
	s.got = append([]string{c.Name}, c.Args...)
	io.WriteString(said, s.stderr)
	if s.code != 0 {
		return nil, &ExitError{c.Name, s.code, s.stderr}
	}
	return []byte(s.stdout), nil
}

func (s *saying) Attach(context.Context, Command) error { return nil }

func TestBuild(t *testing.T) {
	for _, tt := range []struct {
		name, stderr string
		want         string // of the error
	}{
		{
			"no kvm, before 2.30",
			"\x1b[31;1merror:\x1b[0m a 'x86_64-linux' with features {kvm, nixos-test} is required to build '/nix/store/x-vm-test-run-a.drv', but I am a 'x86_64-linux' with features {benchmark, big-parallel, nixos-test, uid-range}",
			"no builder of x86_64-linux has kvm",
		},
		{
			"no kvm and no nixos-test, since 2.30",
			"error: Cannot build '/nix/store/x-vm-test-run-a.drv'.\n       Reason: required system or feature not available\n       Required system: 'x86_64-linux' with features {kvm, nixos-test}\n       Current system: 'x86_64-linux' with features {benchmark, big-parallel}",
			"no builder of x86_64-linux has kvm and nixos-test",
		},
		{
			"another system",
			"error: a 'aarch64-linux' with features {} is required to build '/nix/store/x.drv', but I am a 'x86_64-linux' with features {kvm}",
			"no builder is a aarch64-linux",
		},
		{
			"no attribute",
			"error: flake 'git+file:///etc/nixos' does not provide attribute 'packages.x86_64-linux.checks.x86_64-linux.a-boot', 'legacyPackages.x' or 'checks.x86_64-linux.a-boot'",
			"the flake has no such attribute",
		},
		{"a step failed", "error: builder for '/nix/store/x-vm-test-run-a.drv' failed with exit code 1;\n       last 10 log lines:", "the build failed"},
		{"a step failed, since 2.30", "error: Cannot build '/nix/store/x-vm-test-run-a.drv'.\n       Reason: builder failed with exit code 1.", "the build failed"},
		{"something else", "error: getting status of '/flake': No such file or directory", "nix ended with code 1: error: getting status of '/flake': No such file or directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log strings.Builder
			_, err := Build{Installable: ".#a"}.Run(t.Context(), &saying{stderr: tt.stderr, code: 1}, &log)
			if err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
			if log.String() != tt.stderr {
				t.Errorf("the log is %q", log.String())
			}
		})
	}
	w := &saying{stdout: "/nix/store/x\n"}
	path, err := Build{".#a", []string{"--builders", "ssh://b"}}.Run(t.Context(), w, io.Discard)
	if path != "/nix/store/x" || err != nil {
		t.Errorf("got %q, %v", path, err)
	}
	want := []string{"nix", "build", "--extra-experimental-features", "nix-command flakes", "--no-link", "--print-out-paths", "--print-build-logs", ".#a", "--builders", "ssh://b"}
	if diff := cmp.Diff(want, w.got); diff != "" {
		t.Errorf("command (-want +got)\n%s", diff)
	}
}

func TestWatch(t *testing.T) {
	var said strings.Builder
	out, err := System{}.Watch(t.Context(), Command{Name: "sh", Args: []string{"-c", "echo out; echo one >&2; echo two >&2; exit 3"}}, &said)
	exit, ok := errors.AsType[*ExitError](err)
	if string(out) != "out\n" || said.String() != "one\ntwo\n" || !ok || exit.Code != 3 || exit.Stderr != "one\ntwo\n" {
		t.Errorf("got %q, said %q, %v", out, said.String(), err)
	}
	if _, err := (System{}).Watch(t.Context(), Command{Name: "no-such-program"}, io.Discard); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}
