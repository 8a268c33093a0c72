package schema_test

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pantherctl/pantherctl/schema"
)

var update = flag.Bool("update", false, "rewrite what the documents of testdata are said to be wrong with")

// A document is a fixture: a fleet, what it includes, and what is wrong with
// it. Its first word says who can tell:
//
//	shape     the JSON Schema and the decoder agree on every problem
//	semantic  the JSON Schema has no objection, the decoder has
//	syntax    it is not one YAML document that JSON could express
type document struct {
	name, kind string
	src        []byte
	archive    *txtar.Archive
}

// documents returns the fixtures. A doc.quoted is a doc.yaml written as a Go
// string, for characters that editors and git would not keep.
func documents(t testing.TB) []document {
	t.Helper()
	files, err := filepath.Glob("testdata/documents/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	var docs []document
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := strings.Cut(string(a.Comment), "\n")
		d := document{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), kind: kind, archive: a}
		if quoted, err := d.file("doc.quoted"); err == nil {
			text, err := strconv.Unquote(strings.TrimSpace(string(quoted)))
			if err != nil {
				t.Fatalf("%s: doc.quoted: %v", file, err)
			}
			d.src = []byte(text)
		} else if d.src, err = d.file("doc.yaml"); err != nil {
			t.Fatalf("%s: doc.yaml: %v", file, err)
		}
		docs = append(docs, d)
	}
	return docs
}

func (d document) file(name string) ([]byte, error) {
	for _, f := range d.archive.Files {
		if f.Name == name {
			return f.Data, nil
		}
	}
	return nil, fs.ErrNotExist
}

func (d document) load() (*schema.Fleet, schema.Diagnostics) {
	return schema.Load("doc.yaml", d.src, d.file)
}

func format(ds schema.Diagnostics) string {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(d.String() + "\n")
		if d.Hint != "" {
			b.WriteString("  hint: " + d.Hint + "\n")
		}
	}
	return b.String()
}

func TestDocuments(t *testing.T) {
	for _, d := range documents(t) {
		t.Run(d.name, func(t *testing.T) {
			_, ds := d.load()
			got := format(ds)
			if *update {
				d.write(t, got)
			}
			want, _ := d.file("want")
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
			checkText(t, ds)
		})
	}
}

func (d document) write(t *testing.T, want string) {
	t.Helper()
	for i := range d.archive.Files {
		if d.archive.Files[i].Name == "want" {
			d.archive.Files[i].Data = []byte(want)
		}
	}
	text := txtar.Format(d.archive)
	if err := os.WriteFile(filepath.Join("testdata/documents", d.name+".txtar"), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// checkText reports what no diagnostic may hold: a secret (all those of the
// fixtures hold EXAMPLE or example1), a character that is not printed, or a
// line that wraps many times.
func checkText(t *testing.T, ds schema.Diagnostics) {
	t.Helper()
	for _, d := range ds {
		line := d.String() + " " + d.Hint
		for _, secret := range []string{"EXAMPLE", "example1", "example2"} {
			if strings.Contains(line, secret) {
				t.Errorf("repeats a secret: %s", line)
			}
		}
		if !strconv.CanBackquote(line) && !strings.Contains(line, "`") || bytes.ContainsAny([]byte(line), "\u00a0\u202e\u200b") {
			t.Errorf("holds characters that are not printed: %q", line)
		}
		if len(line) > 600 {
			t.Errorf("%d bytes long: %s", len(line), line)
		}
	}
}
