// Package run runs outside programs, and knows what their answers mean.
package run

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A Command is one run of a program.
type Command struct {
	Dir  string // the working directory, or "" for the present one
	Name string // of the program, looked up in PATH
	Args []string
	Env  []string // added to the environment

	Stdin     []byte        // nothing if it is empty
	MaxStdout int           // more ends the program; 0 for the most there is, 256 MiB
	Log       io.Writer     // is given what it prints, both streams, as it comes; nil for nobody
	Grace     time.Duration // how long it has to end by itself after SIGTERM when the context ends; 0 kills it at once

	Ordinary bool // as a user without privileges, which only Linux can do for whom it is root
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
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	stdout, stderr := &limited{max: cmp.Or(c.MaxStdout, maxStdout), full: stop}, &limited{max: maxStderr, tail: true}
	cmd := exec.CommandContext(ctx, c.Name, c.Args...)
	cmd.Dir, cmd.Env = c.Dir, append(os.Environ(), c.Env...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if len(c.Stdin) > 0 {
		cmd.Stdin = bytes.NewReader(c.Stdin)
	}
	if c.Log != nil {
		log := &together{w: c.Log}
		cmd.Stdout, cmd.Stderr = io.MultiWriter(stdout, log), io.MultiWriter(stderr, log)
	}
	end := group(cmd, c.Grace)
	if c.Ordinary {
		ordinary(cmd.SysProcAttr)
	}
	err := cmd.Run()
	end()
	if stdout.over {
		return nil, fmt.Errorf("%s: %w", c.Name, ErrTooMuch)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return stdout.kept.Bytes(), &ExitError{c.Name, exit.ExitCode(), stderr.kept.String()}
	}
	return stdout.kept.Bytes(), errors.Join(err, ctx.Err())
}

// group puts a program and its children in a process group of their own, so
// that what a terminal sends us does not reach them, and has all of them ended
// when the context is. Once the program has ended, end does so with children
// that did not end with it: later the group may be another's.
func group(cmd *exec.Cmd, grace time.Duration) (end func()) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	kill := func(s syscall.Signal) error { return syscall.Kill(-cmd.Process.Pid, s) }
	var late *time.Timer
	cmd.Cancel = func() error {
		if grace == 0 {
			return kill(syscall.SIGKILL)
		}
		late = time.AfterFunc(grace, func() { kill(syscall.SIGKILL) }) // it may have ended by itself
		return kill(syscall.SIGTERM)
	}
	cmd.WaitDelay = grace + stopTime
	return func() {
		if late != nil && late.Stop() {
			kill(syscall.SIGKILL) // there may be none left
		}
	}
}

// together lets two streams write to one place.
type together struct {
	lock sync.Mutex
	w    io.Writer
}

// Write never fails: what is logged does not decide whether a program goes on.
func (t *together) Write(p []byte) (int, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.w.Write(p)
	return len(p), nil
}

// limited keeps the beginning of what is written to it, or the end. It embeds no
// buffer: io.Copy would read into that by itself, and past the limit.
type limited struct {
	kept bytes.Buffer
	max  int
	tail bool
	over bool
	full func() // called when there is too much of what has a beginning
}

func (l *limited) Write(p []byte) (int, error) {
	switch {
	case l.kept.Len()+len(p) <= l.max:
		return l.kept.Write(p)
	case !l.tail:
		l.over = true
		l.full() // nobody reads on
		return 0, ErrTooMuch
	}
	l.kept.Write(p)
	l.kept.Next(l.kept.Len() - l.max/2)
	return len(p), nil
}
