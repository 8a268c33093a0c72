package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/schema"
)

// TestDocumentPage: every example of the page on the document is something that
// a document, or a host of one, can say.
func TestDocumentPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "document.md"))
	if err != nil {
		t.Fatal(err)
	}
	const head = "version: 1\nfleet: example\nnixos: '26.05'\n"
	wrong := func(document string) (problems []string) {
		_, all := schema.Load("", []byte(document), func(string) ([]byte, error) { return nil, fs.ErrNotExist })
		for _, p := range all {
			if p.Path == "" && !strings.HasSuffix(p.Message, " is missing") || strings.HasPrefix(p.Message, "unknown key") || strings.HasPrefix(p.Message, "expected ") {
				problems = append(problems, p.String())
			}
		}
		return problems
	}
	blocks := strings.Split(string(page), "```yaml\n")[1:]
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		for _, said := range regexp.MustCompile(`(?m)^[a-z].*\n([ #].*\n|\n)*`).FindAllString(block, -1) {
			ofHost := "hosts:\n  example:\n    system: x86_64-linux\n    " + strings.ReplaceAll(said, "\n", "\n    ")
			if p := wrong(head + said); p != nil && wrong(head+ofHost) != nil {
				t.Errorf("%s%s", said, strings.Join(wrong(head+ofHost), "\n"))
			}
		}
	}
	if len(blocks) < 20 {
		t.Errorf("found %d examples", len(blocks))
	}
	small := blocks[slices.IndexFunc(blocks, func(b string) bool { return strings.HasPrefix(b, "version: 1\n") })]
	small, _, _ = strings.Cut(small, "```")
	t.Chdir(t.TempDir())
	if err := errors.Join(os.WriteFile("security.yaml", []byte(small), 0o644), os.Mkdir("secrets", 0o755),
		os.WriteFile("secrets/ann-password.age", nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	if code, out, err := pantherctl("validate"); code != exitFine || out != "no findings\n" {
		t.Errorf("the small document: code %d\n%s%s", code, out, err)
	}
}

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
