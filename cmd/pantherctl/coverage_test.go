package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
)

// TestCoverage: the tests and rules that docs/coverage.md names exist, and
// every line names at least one or says why it does not.
func TestCoverage(t *testing.T) {
	root := filepath.Join("..", "..")
	var tests strings.Builder
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		tests.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile(filepath.Join(root, "docs", "coverage.md"))
	if err != nil {
		t.Fatal(err)
	}
	var (
		named = regexp.MustCompile(`\bTest[A-Z][A-Za-z0-9]*`)
		ruled = regexp.MustCompile(`\brules? ([A-Z][0-9]+)\b`)
		rows  = 0
	)
	for line := range strings.Lines(string(table)) {
		columns := strings.Split(line, " | ")
		if len(columns) != 4 || strings.Contains(line, "---") || strings.Contains(line, "intent") {
			continue
		}
		rows++
		by := columns[3]
		for _, name := range named.FindAllString(by, -1) {
			if !strings.Contains(tests.String(), "func "+name+"(t *testing.T)") {
				t.Errorf("there is no test %s: %s", name, line)
			}
		}
		for _, id := range ruled.FindAllStringSubmatch(by, -1) {
			if _, ok := rule.Find(id[1]); !ok {
				t.Errorf("there is no rule %s: %s", id[1], line)
			}
		}
		if !named.MatchString(by) && !ruled.MatchString(by) && !strings.HasPrefix(by, "not ") {
			t.Errorf("nothing tests this, and it does not say so: %s", line)
		}
	}
	if rows < 20 {
		t.Errorf("only %d rows", rows)
	}
}
