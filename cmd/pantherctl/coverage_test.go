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
// every line names at least one or says why it does not. Likewise those that
// hold the mitigations of docs/threat-model.md, where every line has both.
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
	t.Run("coverage", func(t *testing.T) {
		rows := tableRows(t, filepath.Join(root, "docs", "coverage.md"))
		for _, row := range rows {
			names, ids := proofs(t, row, tests.String())
			if names+ids == 0 && !strings.HasPrefix(row[3], "not ") {
				t.Errorf("nothing tests this, and it does not say so: %s", row)
			}
		}
		if len(rows) < 20 {
			t.Errorf("only %d rows", len(rows))
		}
	})
	t.Run("threats", func(t *testing.T) {
		rows := tableRows(t, filepath.Join(root, "docs", "threat-model.md"))
		for _, row := range rows {
			if names, ids := proofs(t, row, tests.String()); names == 0 || ids == 0 {
				t.Errorf("held by %d rules and %d tests: %s", ids, names, row[0])
			}
		}
		if len(rows) < 10 {
			t.Errorf("only %d rows", len(rows))
		}
	})
}

// tableRows returns the rows of four columns of a document's table.
func tableRows(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(text)) {
		columns := strings.Split(strings.TrimSpace(line), " | ")
		if len(columns) == 4 && !strings.HasPrefix(line, "| intent") && !strings.HasPrefix(line, "| threat") {
			rows = append(rows, columns)
		}
	}
	return rows
}

var (
	testName = regexp.MustCompile(`\bTest[A-Z][A-Za-z0-9]*`)
	ruleList = regexp.MustCompile(`\brules? ([A-Z][0-9]+(?:(?:, | and | to )[A-Z][0-9]+)*)`)
	ruleID   = regexp.MustCompile(`[A-Z][0-9]+`)
)

// proofs counts the tests and rules that the last columns of a row name, and
// fails for those that do not exist.
func proofs(t *testing.T, row []string, tests string) (names, ids int) {
	t.Helper()
	by := strings.Join(row[2:], " ")
	for _, name := range testName.FindAllString(by, -1) {
		names++
		if !strings.Contains(tests, "func "+name+"(t *testing.T)") {
			t.Errorf("there is no test %s: %s", name, row[0])
		}
	}
	for _, list := range ruleList.FindAllString(by, -1) {
		for _, id := range ruleID.FindAllString(list, -1) {
			ids++
			if _, ok := rule.Find(id); !ok {
				t.Errorf("there is no rule %s: %s", id, row[0])
			}
		}
	}
	return names, ids
}
