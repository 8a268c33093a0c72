package check

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

var update = flag.Bool("update", false, "rewrite the want sections of testdata")

// resolve reads a document that must be free of diagnostics.
func resolve(t *testing.T, name string, src []byte) *policy.Fleet {
	t.Helper()
	document, problems := schema.Load(name, src, func(string) ([]byte, error) { return nil, fs.ErrNotExist })
	fleet, more := policy.Resolve(document)
	for _, d := range append(problems, more...) {
		t.Errorf("%s (hint: %s)", d, d.Hint)
	}
	if t.Failed() {
		t.FailNow()
	}
	return fleet
}

// text writes findings one to a line, each with its hint below.
func text(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s: %s: %s: %s: %s", f.Pos, f.Rule, f.Host, f.Path, f.Message)
		if f.Status == Waived {
			b.WriteString(" (waived)")
		}
		fmt.Fprintf(&b, "\n  hint: %s\n", f.Hint)
	}
	return b.String()
}

// of returns the findings of one rule.
func of(id string, findings []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return f.Rule != id })
}

// fixture is a txtar of testdata: a document that breaks a rule, one that just
// does not, what is found, and, where the rule asks, the day and the .age files.
type fixture struct {
	path         string
	archive      *txtar.Archive
	break_, hold []byte
	want         string
	in           Input
}

func readFixture(t *testing.T, path string) fixture {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{path: path, archive: archive}
	for _, file := range archive.Files {
		switch file.Name {
		case "break.yaml":
			f.break_ = file.Data
		case "hold.yaml":
			f.hold = file.Data
		case "want":
			f.want = string(file.Data)
		case "as-of":
			day, err := time.Parse(time.DateOnly, strings.TrimSpace(string(file.Data)))
			if err != nil {
				t.Fatal(err)
			}
			f.in.AsOf, f.in.JudgeDates = day, true
		case "secrets":
			f.in.Secrets = map[string]bool{}
			for _, name := range strings.Fields(string(file.Data)) {
				f.in.Secrets[name] = true
			}
		default:
			t.Fatalf("%s: unknown section %q", path, file.Name)
		}
	}
	if f.break_ == nil || f.hold == nil || len(archive.Comment) == 0 {
		t.Fatalf("%s: needs a comment, break.yaml and hold.yaml", path)
	}
	return f
}

// TestFixtures judges, for every rule of the document, a document that breaks
// it and one that just does not.
func TestFixtures(t *testing.T) {
	for _, r := range rule.All() {
		if !r.JudgedAt(rule.Document) {
			continue
		}
		t.Run(r.ID, func(t *testing.T) {
			f := readFixture(t, filepath.Join("testdata", r.ID+".txtar"))
			found := of(r.ID, Document(resolve(t, "break.yaml", f.break_), f.in))
			if len(found) == 0 {
				t.Error("break.yaml does not break the rule")
			}
			got := text(found)
			if *update {
				f.write(t, got)
			} else if diff := cmp.Diff(f.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if held := of(r.ID, Document(resolve(t, "hold.yaml", f.hold), f.in)); len(held) > 0 {
				t.Errorf("hold.yaml breaks the rule:\n%s", text(held))
			}
		})
	}
}

func (f fixture) write(t *testing.T, want string) {
	t.Helper()
	files := slices.DeleteFunc(f.archive.Files, func(file txtar.File) bool { return file.Name == "want" })
	f.archive.Files = append(files, txtar.File{Name: "want", Data: []byte(want)})
	if err := os.WriteFile(f.path, txtar.Format(f.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryRuleHasAJudge compares the table of judges with the catalogue.
func TestEveryRuleHasAJudge(t *testing.T) {
	want := map[string]bool{}
	for _, r := range rule.All() {
		if r.JudgedAt(rule.Document) {
			want[r.ID] = true
		}
	}
	got := map[string]bool{"W1": true, "W2": true, "W3": true} // judged by waive
	for _, j := range judges() {
		if got[j.rule] {
			t.Errorf("%s has two judges", j.rule)
		}
		got[j.rule] = true
	}
	for _, j := range wholeJudges() {
		got[j.rule] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules with a judge (-want +got):\n%s", diff)
	}
}

// TestNoStrayFixture finds fixtures of rules that are not judged on documents.
func TestNoStrayFixture(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		id := strings.TrimSuffix(filepath.Base(path), ".txtar")
		if r, ok := rule.Find(id); !ok || !r.JudgedAt(rule.Document) {
			t.Errorf("%s: no rule %s is judged on the document", path, id)
		}
	}
}

// TestExampleFleets: nothing is found in the fleets that users start from but
// what they waive.
func TestExampleFleets(t *testing.T) {
	for _, name := range []string{"pantheros", "homelab"} {
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(filepath.Join("../../../../testdata/fleets", name, "security.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			found := slices.DeleteFunc(Document(resolve(t, name+".yaml", src), Input{}), func(f Finding) bool { return f.Status == Waived })
			if len(found) > 0 {
				t.Errorf("findings:\n%s", text(found))
			}
		})
	}
}
