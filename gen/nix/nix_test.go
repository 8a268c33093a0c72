package nix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// nixInstantiate runs the real program. Without it the test is skipped, except
// in CI, where an absent oracle must not look like a pass.
func nixInstantiate(t *testing.T, args ...string) []byte {
	t.Helper()
	program, err := exec.LookPath("nix-instantiate")
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatalf("CI must compare with Nix itself: %v", err)
	case err != nil:
		t.Skipf("not compared with Nix itself: %v", err)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	return out
}

// TestNixReadsTexts has Nix evaluate thousands of nasty texts, names and
// templates, and wants each back as the Go value.
func TestNixReadsTexts(t *testing.T) {
	const count = 3000
	refs := map[string]string{"a": "${b}", "b": "''$"}
	var values List
	var want []any
	forms := map[string]int{}
	add := func(e Expr, value any) {
		if text, ok := flat(e); ok {
			forms[text[:1]]++
		} else {
			forms["''"]++
		}
		values = append(values, Element{Value: e})
		want = append(want, value)
	}
	for seed := range count {
		text := texts().Example(seed)
		add(String(text), text)

		template, value := templates().Example(seed), ""
		for _, part := range template {
			switch part := part.(type) {
			case String:
				value += string(part)
			case Ref:
				value += refs[part[0]]
			}
		}
		add(template, value)
	}
	set, wantSet := AttrSet{}, map[string]any{}
	for seed := range count {
		name := names().Example(seed)
		if _, ok := wantSet[name]; !ok {
			set = append(set, Binding{Path: AttrPath{name}, Value: Int(seed)})
			wantSet[name] = float64(seed)
		}
	}
	values, want = append(values, Element{Value: set}), append(want, wantSet)

	f := &File{
		Let:  AttrSet{Bind("a", String(refs["a"])), Bind("b", String(refs["b"]))},
		Body: values,
	}
	var got []any
	out := nixInstantiate(t, "--eval", "--strict", "--json", writeFile(t, f))
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("got %d values, want %d", len(got), len(want))
	}
	failures := 0
	for i := range want {
		if fmt.Sprintf("%q", want[i]) != fmt.Sprintf("%q", got[i]) && failures < 10 {
			failures++
			t.Errorf("%#v\nis for Nix %q\nwant       %q", values[i].Value, got[i], want[i])
		}
	}
	if forms[`"`] < count/2 || forms["''"] < count/2 {
		t.Errorf("one of the string forms is hardly tested: %v", forms)
	}
	t.Logf("%d values, by form %v, and %d names", len(want)-1, forms, len(set))
}

// TestNixParses has Nix parse the print cases and random trees, all in one run.
func TestNixParses(t *testing.T) {
	args := []string{"--parse"}
	for _, f := range printCases() {
		args = append(args, writeFile(t, f))
	}
	for seed := range 1000 {
		args = append(args, writeFile(t, files().Example(seed)))
	}
	for _, name := range args[1:] {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// A with, as --parse also refuses names that nothing can define.
		text = fmt.Appendf(nil, "scope: with scope;\n%s", text)
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	nixInstantiate(t, args...)
	t.Logf("%d files", len(args)-1)
}

// writeFile prints f into a new file and returns its name.
func writeFile(t *testing.T, f *File) string {
	t.Helper()
	text, err := f.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "f.nix")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
