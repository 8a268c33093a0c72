package main

import (
	"os"
	"testing"
)

// TestTerminal tells a terminal from what else a program may write to.
func TestTerminal(t *testing.T) {
	for name, want := range map[string]bool{os.DevNull: false, "/dev/ptmx": true, t.TempDir(): false} {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close() // only read
		if got := isTerminal(f); got != want {
			t.Errorf("%s is a terminal: %v", name, got)
		}
	}
}
