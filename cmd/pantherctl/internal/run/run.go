// Package run runs outside programs, and knows what their answers mean.
package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// A Command is one run of a program.
type Command struct {
	Dir  string // the working directory, or "" for the present one
	Name string // of the program, looked up in PATH
	Args []string
	Env  []string // added to the environment

	Stdin []byte // nil for none
}

// A Runner runs commands and returns what they print. Its errors are
// [ErrNotFound], an [*ExitError], or the context's.
type Runner interface {
	Run(ctx context.Context, c Command) (stdout []byte, err error)
}

// ErrNotFound says that the program is not in PATH.
var ErrNotFound = exec.ErrNotFound

// An ExitError says that a program ended with another code than 0.
type ExitError struct {
	Name   string
	Code   int // -1 if a signal ended it
	Stderr string
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("%s ended with code %d: %s", e.Name, e.Code, strings.TrimSpace(e.Stderr))
}

// System runs programs on this machine.
type System struct{}

var _ Runner = System{}

// Limits of what a program may print: facts of a host are less than one MiB.
const (
	maxStdout = 256 << 20
	maxStderr = 1 << 20
)

// ErrTooMuch says that a program printed more than anybody asked it for.
var ErrTooMuch = errors.New("it printed more than is read")

// stopTime is how long a program may take to end once it is told to.
const stopTime = 2 * time.Second

// Run implements [Runner]. When the context ends, so do the program and all
// that it started.
func (System) Run(ctx context.Context, c Command) ([]byte, error) {
	stdout, stderr := &limited{max: maxStdout}, &limited{max: maxStderr, tail: true}
	cmd := exec.CommandContext(ctx, c.Name, c.Args...)
	cmd.Dir, cmd.Env = c.Dir, append(os.Environ(), c.Env...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if c.Stdin != nil {
		cmd.Stdin = bytes.NewReader(c.Stdin)
	}
	group(cmd)
	err := cmd.Run()
	if stdout.over {
		return nil, fmt.Errorf("%s: %w", c.Name, ErrTooMuch)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return stdout.Bytes(), &ExitError{c.Name, exit.ExitCode(), stderr.String()}
	}
	return stdout.Bytes(), errors.Join(err, ctx.Err())
}

// group puts a program and its children in a process group of their own, and
// has all of them ended when the context is.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = stopTime
}

// limited keeps the beginning of what is written to it, or the end.
type limited struct {
	bytes.Buffer
	max  int
	tail bool
	over bool
}

func (l *limited) Write(p []byte) (int, error) {
	switch {
	case l.Len()+len(p) <= l.max:
		return l.Buffer.Write(p)
	case !l.tail:
		l.over = true
		return 0, ErrTooMuch // ends the program: nobody reads on
	}
	l.Buffer.Write(p)
	l.Next(l.Len() - l.max/2)
	return len(p), nil
}
