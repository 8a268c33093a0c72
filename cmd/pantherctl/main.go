// Command pantherctl turns the description of a fleet into readable NixOS
// modules with secure defaults, and tells what a description gets wrong.
package main

import (
	"errors"
	"os"
	"runtime/debug"
	"time"
)

// The exit codes, which only this file knows.
const (
	exitFine     = 0
	exitFindings = 1 // an error nobody waived, or a difference
	exitFailure  = 2 // wrong usage, or something could not be done

	// plan has those of other planners: 1 for any failure, 2 for changes.
	exitPlanFailure = 1
	exitChanges     = 2
)

func main() {
	// Runs are short: collecting a quarter as often is worth the memory, and one
	// of a few hosts ends before the first time. A fleet of ten thousand would
	// take too much.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(500 << 20)
	os.Exit(execute(os.Args[1:], &system{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		getenv: os.Getenv, now: time.Now, terminal: isTerminal(os.Stdout), progress: isTerminal(os.Stderr),
	}))
}

func execute(args []string, s *system) int {
	root := newRoot(s)
	root.SetArgs(args)
	cmd, err := root.ExecuteC()
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, errChanges):
		return exitChanges
	}
	s.fail(err)
	if cmd.Name() == "plan" {
		return exitPlanFailure
	}
	return exitFailure
}
