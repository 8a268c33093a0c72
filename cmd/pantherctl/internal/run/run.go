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
)

// A Command is one run of a program.
type Command struct {
	Dir  string // the working directory, or "" for the present one
	Name string // of the program, looked up in PATH
	Args []string
	Env  []string // added to the environment

	Stdin string
}

// A Runner runs commands and returns what they print. Its errors are
// [ErrNotFound], an [*ExitError], or the context's.
type Runner interface {
	Run(ctx context.Context, c Command) (stdout []byte, err error)
}

// ErrNotFound says that the program is not in PATH.
var ErrNotFound = exec.ErrNotFound

// Find returns the path of a program, or [ErrNotFound].
func Find(name string) (string, error) { return exec.LookPath(name) }

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

// Run implements [Runner].
func (System) Run(ctx context.Context, c Command) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, c.Name, c.Args...)
	cmd.Dir, cmd.Env = c.Dir, append(os.Environ(), c.Env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(c.Stdin), &stdout, &stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return stdout.Bytes(), &ExitError{c.Name, exit.ExitCode(), stderr.String()}
	}
	return stdout.Bytes(), errors.Join(err, ctx.Err())
}
