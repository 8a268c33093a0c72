package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hostileValue is what a module may set to do harm to whoever reads of it.
const hostileValue = "<script>alert(1)</script>\x1b]0;x\a\u202e"

// spoilt writes the committed facts of pantheros with one host changed by a
// module of its own, one of a wrong shape, and one missing.
func spoilt(t *testing.T) (file, document string) {
	t.Helper()
	fleet := filepath.Join("..", "..", "testdata", "fleets", "pantheros")
	text, err := os.ReadFile(filepath.Join(fleet, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var hosts map[string]map[string]any
	if err := json.Unmarshal(text, &hosts); err != nil {
		t.Fatal(err)
	}
	changed := false
	for _, o := range hosts["ovh-vps"]["options"].([]any) {
		option := o.(map[string]any)
		path, _ := json.Marshal(option["path"])
		if bytes.Contains(path, []byte("PermitRootLogin")) {
			option["found"], changed = hostileValue, true
			option["definitions"] = []any{map[string]any{"file": "web" + hostileValue + ".nix", "priority": 50}}
		}
	}
	if !changed {
		t.Fatal("no option was changed")
	}
	hosts["yoga"]["warnings"] = hostileValue
	delete(hosts, "zephyrus")
	if text, err = json.Marshal(hosts); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "facts.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, filepath.Join(fleet, "security.yaml")
}

// TestCheckFormats compares saved facts in every format: what differs and what
// could not be compared is told of in all of them, what holds in those that tell
// of the whole policy, and no value of a host acts on a terminal or a page.
func TestCheckFormats(t *testing.T) {
	file, document := spoilt(t)
	for format, whole := range map[string]string{
		"text": "", "json": "", "github": "",
		"sarif":    `"kind": "pass"`,
		"junit":    `<testsuite name="hetzner-vps" tests="2`,
		"markdown": "| hetzner-vps | 0 | 0 | 0 | 0 | 1 | 296 |",
		"html":     "networking.firewall.enable is true",
	} {
		t.Run(format, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := execute([]string{"check", "--facts", file, "-f", document, "--format", format}, &system{
				in: strings.NewReader(""), out: &stdout, err: &stderr, getenv: func(string) string { return "" }, now: time.Now,
			})
			out := stdout.String()
			if code != exitFindings || stderr.Len() > 0 {
				t.Errorf("code %d, %s", code, stderr.String())
			}
			for _, want := range []string{"PermitRootLogin is", "warnings is a string, and should be a list", "has no facts of it", whole} {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in:\n%.3000s", want, out)
				}
			}
			if strings.ContainsAny(out, "\x1b\a\u202e") {
				t.Error("control characters are passed on")
			}
			if format == "html" && strings.Contains(out, "<script>alert") {
				t.Error("a value is a script of the page")
			}
		})
	}
}

// TestCheckSavedFacts compares facts that were saved for another text of the
// document: what it still asks for alike is compared, and the rest is told and
// never passes.
func TestCheckSavedFacts(t *testing.T) {
	fleet := filepath.Join("..", "..", "testdata", "fleets", "pantheros")
	document, err := os.ReadFile(filepath.Join(fleet, "security.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(document), "max_retry: 3\n", "max_retry: 7\n", 1)
	if edited == string(document) {
		t.Fatal("the document says nothing of fail2ban")
	}
	file := filepath.Join(t.TempDir(), "edited.yaml")
	if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, _ := pantherctl("check", "--facts", filepath.Join(fleet, "facts.json"), "-f", file, "ovh-vps", "yoga")
	if want := "hosts.ovh-vps: error: what the document asks for now of fail2ban was not compared: these facts were saved for another text of it"; !strings.Contains(out, want) {
		t.Errorf("%q is not in:\n%s", want, out)
	}
	if !strings.Contains(out, "ovh-vps: 3") || strings.Contains(out, "ovh-vps: 336 of 338") {
		t.Errorf("not what fail2ban leaves was compared:\n%s", out)
	}
	if strings.Contains(out, "hosts.yoga: error") {
		t.Errorf("what yoga was asked is the same:\n%s", out)
	}
}
