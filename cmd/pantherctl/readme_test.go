package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme: what the README shows of the example is what is generated, and
// the commands it names exist.
func TestReadme(t *testing.T) {
	read := func(path ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	readme := read("README.md")
	_, shown, _ := strings.Cut(readme, "```nix\n")
	shown, _, _ = strings.Cut(shown, "```")
	firewall := read("testdata", "fleets", "pantheros", "generated", "hosts", "hetzner-vps", "firewall.nix")
	if shown == "" || !strings.Contains(firewall, shown) {
		t.Errorf("firewall.nix of hetzner-vps does not hold what the README shows:\n%s", shown)
	}
	for line := range strings.Lines(changedReport) {
		if strings.HasPrefix(line, "security.yaml:") && !strings.Contains(readme, line) {
			t.Errorf("the README does not show what check says: %s", line)
		}
	}
	root := newRoot(&system{})
	for line := range strings.Lines(readme) {
		words := strings.Fields(strings.TrimPrefix(line, "$ "))
		if len(words) < 2 || words[0] != "pantherctl" || strings.HasPrefix(line, "pantherctl reads") {
			continue
		}
		if cmd, _, err := root.Find(words[1:]); err != nil || cmd == root {
			t.Errorf("the README names a command that does not exist: %s", line)
		}
	}
}
