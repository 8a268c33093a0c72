package report

import (
	"encoding/json"
	"encoding/xml"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
)

// hostile is what a host or a document may hold to do harm to a reader.
const hostile = "<script>alert(1)</script> \x1b]0;x\a [a](http://b) | ]]> &amp; \u202e`"

// evaluated are entries of every status.
func evaluated() []Entry {
	return append(entries(),
		Entry{
			Severity: rule.Error, Status: check.Fail, Rule: "F3", Host: "vps", File: "a b/f.yaml", Line: 4, Column: 3,
			Path: "hosts.vps.firewall", Message: hostile, Want: "[ ]", Got: "[ 8080 ]", Module: "./web.nix", Priority: 50, Hint: hostile,
		},
		Entry{Severity: rule.Error, Status: check.Pass, Host: "vps", Path: "hosts.vps.ssh", Message: "PermitRootLogin is no"},
		Entry{Severity: rule.Error, Status: check.NotChecked, Host: hostile, Message: "its evaluation failed"},
	)
}

// TestSARIF judges logs by the schema of OASIS, which the module go-sarif holds
// as a text.
func TestSARIF(t *testing.T) {
	schema := officialSchema(t)
	for name, entries := range map[string][]Entry{"all": evaluated(), "none": nil} {
		t.Run(name, func(t *testing.T) {
			text := write(t, SARIF, false, entries)
			log, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(log); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
			if strings.ContainsAny(text, "\x1b\a\u202e") {
				t.Errorf("control characters in\n%s", text)
			}
		})
	}
	t.Run("schema can fail", func(t *testing.T) {
		text := strings.Replace(write(t, SARIF, false, evaluated()), `"startLine": 4`, `"startLine": 0`, 1)
		log, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(log) == nil {
			t.Error("line 0 is accepted")
		}
	})
	var log sarifLog
	if err := json.Unmarshal([]byte(write(t, SARIF, false, evaluated())), &log); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, r := range log.Runs[0].Results {
		kinds[r.Kind+" "+r.Level]++
		if len(r.Suppressions) > 0 {
			kinds["suppressed"]++
		}
	}
	want := map[string]int{"fail error": 5, "fail warning": 1, "pass none": 1, "review none": 1, "suppressed": 1}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("kinds and levels (-want +got)\n%s", diff)
	}
}

func officialSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", "github.com/owenrumney/go-sarif/v3@v3.3.1")
	cmd.Dir = t.TempDir() // outside the module, which does not need it
	out, err := cmd.Output()
	var at struct{ Dir string }
	if err == nil {
		err = json.Unmarshal(out, &at)
	}
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("the schema of SARIF cannot be had: %v", err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(at.Dir, "pkg", "report", "v210", "sarif", "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && len(lit.Value) > len(text) {
			text, err = strconv.Unquote(lit.Value)
		}
		return err == nil
	})
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("sarif.json", document); err != nil {
		t.Fatal(err)
	}
	return compiler.MustCompile("sarif.json")
}

func TestJUnit(t *testing.T) {
	text := write(t, JUnit, false, evaluated())
	var got junitCounts
	if err := xml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if got.Tests != 8 || got.Failures != 4 || got.Skipped != 2 {
		t.Errorf("%d tests, %d failures, %d skipped\n%s", got.Tests, got.Failures, got.Skipped, text)
	}
	if strings.ContainsAny(text, "\x1b\a\u202e") || strings.Contains(text, "<script>") {
		t.Errorf("passed on what a host said:\n%s", text)
	}
}

func TestMarkdown(t *testing.T) {
	text := write(t, Markdown, false, evaluated())
	for _, want := range []string{
		"## pantherctl: 4 errors, 1 warning, 1 waived, 1 not checked, 1 passed\n",
		"| vps | 2 | 0 | 0 | 0 | 0 | 1 |\n",
		"  - set by: ./web.nix \\(mkForce\\)\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, bad := range []string{"<script>", "\x1b", "\u202e", "](http", "://", "is no"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q in\n%s", bad, text)
		}
	}
	for row := range strings.Lines(text) {
		if strings.HasPrefix(row, "|") && strings.Count(strings.ReplaceAll(row, `\|`, ""), "|") != 8 {
			t.Errorf("a host broke the table: %s", row)
		}
	}
}

func TestHTML(t *testing.T) {
	text := write(t, HTML, false, evaluated())
	for _, bad := range []string{"<script>alert", "\x1b", "\u202e", "http://", "https://"} {
		if strings.Contains(strings.ReplaceAll(text, "(http://b)", ""), bad) {
			t.Errorf("%q in the page", bad)
		}
	}
	for _, want := range []string{"4 errors, 1 warning", "&lt;script&gt;alert(1)", "./web.nix (mkForce)", `data-label="pass"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the page", want)
		}
	}
}

// TestHTMLPlaces has two hosts with the same item, each at its own place.
func TestHTMLPlaces(t *testing.T) {
	at := func(host string, line int) Entry {
		return Entry{Severity: rule.Error, Status: check.Pass, Host: host, File: "f.yaml", Line: line, Column: 3, Path: "hosts." + host, Message: "it holds"}
	}
	text := write(t, HTML, false, []Entry{at("vps", 4), at("yoga", 9)})
	for _, want := range []string{"f.yaml:4:3: hosts.vps<", "f.yaml:9:3: hosts.yoga<"} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is not once in\n%s", want, text)
		}
	}
}
