package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/plan"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// Rebuild is nixos-rebuild, and what it is told for every host.
type Rebuild struct {
	Flake string   // a reference without a fragment; a path must be absolute
	Old   bool     // the shell program, with words of its own
	Flags []string // for Nix and nixos-rebuild, such as --build-host HOST
}

// IsOld tells the shell program from nixos-rebuild-ng by where it lies: the
// store path of the latter has its name.
func IsOld(program string) bool {
	real, err := filepath.EvalSymlinks(program)
	return err == nil && strings.Contains(real, "/nix/store/") && !strings.Contains(real, "nixos-rebuild-ng")
}

// arguments are those of every run. Neither program may replace itself by the
// one of the new system: then another would run than the one that was asked.
func (b Rebuild) arguments(action, host string) []string {
	same := "--no-reexec"
	if b.Old {
		same = "--fast"
	}
	return append([]string{action, "--flake", b.Flake + "#" + host, same}, b.Flags...)
}

// stopTime is how long nixos-rebuild has to end when we are told to.
const stopTime = 2 * time.Second

// build builds the system of a host and returns its store path. Both programs
// leave a link named result; ng alone prints the path.
func (b Rebuild) build(ctx context.Context, r run.Runner, job Job, log io.Writer) (string, error) {
	dir, err := os.MkdirTemp("", "pantherctl-build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir) // nothing but a link
	out, err := r.Run(ctx, run.Command{
		Dir: dir, Name: "nixos-rebuild", Args: b.arguments("build", job.Host.Name), Log: log, Grace: stopTime,
	})
	if err != nil {
		return "", b.explain(err)
	}
	built, err := os.Readlink(filepath.Join(dir, "result"))
	if err != nil {
		built = strings.TrimSpace(string(out))
	}
	if !plan.IsStorePath(built) {
		return "", fmt.Errorf("nixos-rebuild built %q, which is no system in the store", clean(built, 200))
	}
	return built, nil
}

func (b Rebuild) explain(err error) error {
	exit, ok := errors.AsType[*run.ExitError](err)
	switch {
	case errors.Is(err, run.ErrNotFound):
		return errors.New("nixos-rebuild is not in PATH")
	case ok:
		return fmt.Errorf("nixos-rebuild build ended with code %d: %s", exit.Code, lastLines(exit.Stderr, 3))
	}
	return err
}

// copy brings the system to the host ahead of time, so that the host's timer
// runs for nothing but the switch.
func (b Rebuild) copy(ctx context.Context, r run.Runner, l link, built string, log io.Writer) error {
	if l.path.Local {
		return nil
	}
	_, err := r.Run(ctx, run.Command{
		Name: "nix-copy-closure", Args: []string{"--to", l.path.User + "@" + l.path.Address, built},
		Env: b.env(l), Log: log, Grace: stopTime,
	})
	exit, ok := errors.AsType[*run.ExitError](err)
	switch {
	case errors.Is(err, run.ErrNotFound):
		return errors.New("nix-copy-closure is not in PATH")
	case !ok:
		return err
	case strings.Contains(exit.Stderr, "unexpected end-of-file"), strings.Contains(exit.Stderr, "lacks a signature"):
		return &LinkError{errors.New("the host does not take our store paths"), lastLines(exit.Stderr, 1), "sign them with a key of accounts.signing_keys"}
	}
	return fmt.Errorf("nix-copy-closure ended with code %d: %s", exit.Code, lastLines(exit.Stderr, 3))
}

// env passes our options to the ssh of others. They take them apart at blanks.
func (Rebuild) env(l link) []string {
	return []string{"NIX_SSHOPTS=" + strings.Join(l.path.common(l.known, l.timing), " ")}
}

// test activates the system of a host without making it the one that boots.
func (b Rebuild) test(ctx context.Context, r run.Runner, job Job, l link, log io.Writer) error {
	dir, err := os.MkdirTemp("", "pantherctl-test-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // nothing but a link
	args := b.arguments("test", job.Host.Name)
	sudo := "--sudo"
	if b.Old {
		sudo = "--use-remote-sudo"
	}
	if !l.path.Local {
		args = append(args, "--target-host", l.path.User+"@"+l.path.Address)
	}
	if !l.path.Local || os.Geteuid() != 0 {
		args = append(args, sudo)
	}
	_, err = r.Run(ctx, run.Command{Dir: dir, Name: "nixos-rebuild", Args: args, Env: b.env(l), Log: log, Grace: stopTime})
	if exit, ok := errors.AsType[*run.ExitError](err); ok {
		return activation(exit)
	}
	if ctx.Err() != nil {
		return errors.New("the switch took longer than the host's timer")
	}
	return err
}

// An ActivationError is nixos-rebuild test that failed.
type ActivationError struct {
	Code      int
	Inhibited bool     // checks before the switch said no, and nothing was switched
	Blamed    []string // units that could not be reloaded or started
	Words     string
}

// MayHold reports whether the host may be fine all the same: units failed,
// which may have failed before, or the connection ended with the switch.
func (e *ActivationError) MayHold() bool { return e.Code == 4 || e.Code == 255 }

func (e *ActivationError) Error() string {
	if e.Inhibited {
		return "the host refuses to switch while it runs: " + e.Words
	}
	// The codes of switch-to-configuration, and of ssh.
	what := map[int]string{
		2: "the activation script failed", 3: "systemd could not read its units anew", 4: "units failed",
		100: "the new system needs a reboot", 255: "the connection was lost while it switched",
	}[e.Code]
	if what == "" {
		what = fmt.Sprintf("nixos-rebuild test ended with code %d", e.Code)
	}
	if e.Words == "" {
		return what
	}
	return what + ": " + e.Words
}

// Hint is a way out, or "".
func (e *ActivationError) Hint() string {
	if e.Inhibited || e.Code == 100 {
		return "such a change takes a reboot: nixos-rebuild boot, then reboot with the console at hand"
	}
	return ""
}

func activation(exit *run.ExitError) *ActivationError {
	e := &ActivationError{Code: exit.Code, Words: lastLines(exit.Stderr, 2)}
	for _, sign := range []string{"Pre-switch check", "switch inhibitor", "Switch inhibitor"} {
		e.Inhibited = e.Inhibited || strings.Contains(exit.Stderr, sign)
	}
	for _, m := range blame.FindAllStringSubmatch(exit.Stderr, -1) {
		e.Blamed = append(e.Blamed, clean(m[1], 200))
	}
	return e
}

// blame is a line that names what made switch-to-configuration end with code 4,
// other than units that fail: its own words, of a user's units as well, and those
// of the systemctl that the Perl program calls.
var blame = regexp.MustCompile(`(?m)^(?:Failed to (?:reload|restart|start)|Job for|A dependency job for|warning: user activation for) (\S+?)[:.]?(?:\s|$)`)
