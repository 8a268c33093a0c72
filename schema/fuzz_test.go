package schema_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/pantherctl/pantherctl/schema"
)

// FuzzLoad feeds Load anything. Nothing may make it panic or hang, and what it
// says is sorted, fit for a terminal, and silent about secrets.
func FuzzLoad(f *testing.F) {
	for _, d := range documents(f) {
		f.Add(d.src)
	}
	f.Add([]byte(aliasBomb()))
	f.Fuzz(func(t *testing.T, src []byte) {
		fleet, ds := schema.Load("doc.yaml", src, func(name string) ([]byte, error) {
			return src[len(src)/2:], nil // another piece of YAML, perhaps
		})
		if fleet == nil {
			t.Fatal("no fleet")
		}
		if !slices.EqualFunc(ds, ds.Sorted(), func(a, b schema.Diagnostic) bool { return a == b }) {
			t.Error("not sorted, or not once each")
		}
		for _, d := range ds {
			line := d.String() + " " + d.Hint
			switch {
			case schema.LooksSecret(line):
				t.Errorf("repeats a secret: %q", line)
			case !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }):
				t.Errorf("not fit for a terminal: %q", line)
			case len(line) > 4000:
				t.Errorf("%d bytes: %.300s", len(line), line)
			case d.Message == "" || !d.Pos.IsValid():
				t.Errorf("says too little: %q", line)
			}
		}
	})
}
