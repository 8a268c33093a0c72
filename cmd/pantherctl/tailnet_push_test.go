package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/control"
)

// TestTailnetPush drives the commands against a control plane that keeps one
// policy, over HTTP.
func TestTailnetPush(t *testing.T) {
	const token = "tskey-of-the-test"
	inForce := "{\"grants\": []}\n"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if user, _, _ := r.BasicAuth(); user != token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		switch {
		case strings.HasSuffix(r.URL.Path, "/validate"):
			if strings.Contains(string(body), "refuse me") {
				fmt.Fprint(w, `{"message":"test(s) failed","data":[{"user":"tag:a","errors":["want: Accept"]}]}`)
			}
		case r.Method == http.MethodGet:
			w.Header().Set("ETag", control.ETag([]byte(inForce)))
			fmt.Fprint(w, inForce)
		case r.Header.Get("If-Match") != control.ETag([]byte(inForce)):
			w.WriteHeader(http.StatusPreconditionFailed)
		default:
			inForce = string(body)
		}
	}))
	defer server.Close()

	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return name
	}
	const rules = `{"tagOwners": {"tag:a": []}, "grants": [{"src": ["tag:a"], "dst": ["tag:a"], "ip": ["22"]}]}`
	good := write("good.hujson", rules, 0o644)
	wrong := write("wrong.hujson", strings.ReplaceAll(rules, `"dst": ["tag:a"]`, `"dst": ["tag:b"]`), 0o644)
	refused := write("refused.hujson", "// refuse me\n"+rules, 0o644)
	key := write("key", token+"\n", 0o600)
	open := write("open", token, 0o644)
	old := write("old", "tskey-old", 0o600)
	before := control.ETag([]byte(inForce))

	for _, step := range []struct {
		name, args string
		code       int
		says       string
	}{
		{"no token", "diff " + good, exitFailure, "set TS_API_KEY"},
		{"a token others may read", "diff --token-file " + open + " " + good, exitFailure, "chmod 600"},
		{"an old token", "diff --token-file " + old + " " + good, exitFailure, "make a new API key"},
		{"a difference", "diff --token-file " + key + " " + good, exitFindings, `+	"grants":    [{"src": ["tag:a"], "dst": ["tag:a"], "ip": ["22"]}]`},
		{"wrong here", "push --token-file " + key + " " + wrong, exitFindings, `tag not found: "tag:b"`},
		{"refused there", "push --token-file " + key + " " + refused, exitFindings, "tag:a: want: Accept"},
		{"not what is expected", "push --expect abc --token-file " + key + " " + good, exitFailure, "changed by someone else"},
		{"pushed", "push --expect " + before + " --token-file " + key + " " + good, exitFine, "in force: "},
		{"nothing to push", "push --token-file " + key + " " + good, exitFine, "in force as it is"},
		{"no difference", "diff --token-file " + key + " " + good, exitFine, "in force as it is"},
	} {
		var out bytes.Buffer
		s := &system{in: strings.NewReader(""), out: &out, err: &out, getenv: func(string) string { return "" }, now: time.Now}
		args := append([]string{"tailnet"}, strings.Fields(step.args)...)
		if code := execute(append(args, "--api", server.URL), s); code != step.code || !strings.Contains(out.String(), step.says) {
			t.Errorf("%s: exit %d, want %d and %q:\n%s", step.name, code, step.code, step.says, &out)
		}
		if strings.Contains(out.String(), "tskey") {
			t.Errorf("%s: the token is in what is written", step.name)
		}
	}
	if !strings.Contains(inForce, "tag:a") {
		t.Errorf("in force: %s", inForce)
	}
}
