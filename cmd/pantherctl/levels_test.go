package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen/policy"
)

// TestLevelsDocument keeps the tables of docs/levels.md what the levels are.
func TestLevelsDocument(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "levels.md")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	levels, err := policy.Levels(policy.NewestVersion)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(text), "\n\n## ")
	want := bytes.NewBufferString(strings.TrimRight(head, "\n") + "\n\n")
	if err := levelTable(want, levels, levels.Names()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(name, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(want.String(), "\n"), strings.Split(string(text), "\n")); diff != "" {
		t.Errorf("docs/levels.md is not what the levels are; go test ./cmd/pantherctl -update rewrites it (-want +got)\n%s", diff)
	}
}
