package run

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// A Watcher runs programs that take their time or talk to a person. Its errors
// are those of a [Runner].
type Watcher interface {
	// Watch runs a command and writes what it says on standard error to said, as
	// it comes; the last of it is in the [ExitError] too.
	Watch(ctx context.Context, c Command, said io.Writer) (stdout []byte, err error)
	// Attach gives the terminal to a command until it ends.
	Attach(ctx context.Context, c Command) error
}

var _ Watcher = System{}

// Watch implements [Watcher]. When the context ends the program is asked to end,
// as by Ctrl-C: Nix then stops what it builds.
func (System) Watch(ctx context.Context, c Command, said io.Writer) ([]byte, error) {
	var stdout bytes.Buffer
	last := limited{max: maxStderr, tail: true}
	cmd := command(ctx, c)
	cmd.Stdout, cmd.Stderr = &stdout, io.MultiWriter(said, &last)
	err := cmd.Run()
	return stdout.Bytes(), ended(ctx, c, err, last.kept.String())
}

// Attach implements [Watcher].
func (System) Attach(ctx context.Context, c Command) error {
	cmd := command(ctx, c)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return ended(ctx, c, cmd.Run(), "")
}

func command(ctx context.Context, c Command) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.Name, c.Args...)
	cmd.Dir, cmd.Env = c.Dir, append(os.Environ(), c.Env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

func ended(ctx context.Context, c Command, err error, stderr string) error {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return &ExitError{c.Name, exit.ExitCode(), stderr}
	}
	return errors.Join(err, ctx.Err())
}
