package schema_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/schema"
)

// TestLanguageServer has the server that editors use for YAML read the JSON
// Schema, and looks at what a person who edits a fleet would see.
func TestLanguageServer(t *testing.T) {
	const edited = `# yaml-language-server: $schema=./fleet.schema.json
version: 1
fleet: example
nixos: 25.11
hosts:
  yoga:
    system: x86_64-linux
    levle: server
    ssh:
      ports: [22, 70000]
      kex: strong
    kernel: basic
    break_glass: "Console\tP"
    persistence:
      ` + `
`
	dir := t.TempDir()
	text, err := schema.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"fleet.schema.json": string(text), "security.yaml": edited} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := startServer(t, dir)
	uri := "file://" + filepath.Join(dir, "security.yaml")
	s.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": uri, "languageId": "yaml", "version": 1, "text": edited,
	}})

	t.Run("diagnostics", func(t *testing.T) {
		want := map[int]string{7: "levle", 9: "70000", 10: "strict", 12: "", 13: ""} // by line from 0
		var got struct{ Diagnostics []diagnostic }
		s.wait("textDocument/publishDiagnostics", &got, func() bool { return len(got.Diagnostics) > 0 })
		for _, d := range got.Diagnostics {
			line := d.Range.Start.Line
			part, ok := want[line]
			if at := strings.Split(edited, "\n")[line][d.Range.Start.Character:]; !ok || !strings.Contains(d.Message+at, part) {
				t.Errorf("line %d: unexpected: %s", line, d.Message)
			}
			delete(want, line)
		}
		if len(want) > 0 {
			t.Errorf("lines without diagnostics: %v", want)
		}
	})
	t.Run("hover", func(t *testing.T) {
		var got struct{ Contents struct{ Value string } }
		s.call("textDocument/hover", at(uri, 8, 5), &got)
		if want := "The SSH server."; !strings.Contains(got.Contents.Value, want) {
			t.Errorf("hover over ssh: %q, want %q", got.Contents.Value, want)
		}
	})
	t.Run("completion", func(t *testing.T) {
		var got struct{ Items []struct{ Label string } }
		s.call("textDocument/completion", at(uri, 14, 6), &got)
		var labels []string
		for _, item := range got.Items {
			labels = append(labels, item.Label)
		}
		for _, want := range []string{"enable", "directories", "forget"} {
			if !slices.Contains(labels, want) {
				t.Errorf("completion below persistence lacks %s: %q", want, labels)
			}
		}
	})
}

type diagnostic struct {
	Message string
	Range   struct{ Start struct{ Line, Character int } }
}

func at(uri string, line, character int) map[string]any {
	return map[string]any{
		"textDocument": map[string]any{"uri": uri},
		"position":     map[string]any{"line": line, "character": character},
	}
}

// languageServer is a YAML language server at work, spoken to in JSON-RPC over
// its standard input and output.
type languageServer struct {
	t      *testing.T
	in     io.Writer
	out    *bufio.Reader
	lastID int
}

// startServer starts what .ci/language-server installed. Without it the test
// is skipped, or fails where it must not be: in CI.
func startServer(t *testing.T, dir string) *languageServer {
	t.Helper()
	skip := t.Skipf
	if os.Getenv("CI") != "" {
		skip = t.Fatalf
	}
	node, err := exec.LookPath("node")
	if err != nil {
		skip("no node, which runs the YAML language server: %v", err)
	}
	home, err := os.UserCacheDir()
	if err != nil {
		skip("no cache folder: %v", err)
	}
	cache := cmp.Or(os.Getenv("PANTHERCTL_CACHE"), filepath.Join(home, "pantherctl"))
	found, err := filepath.Glob(filepath.Join(cache, "language-server/[0-9]*/node_modules/yaml-language-server/bin/yaml-language-server"))
	if err != nil || len(found) == 0 {
		skip("no YAML language server: .ci/language-server installs it")
	}
	cmd := exec.Command(node, found[len(found)-1], "--stdio")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() }) // then reads end
	t.Cleanup(func() {
		deadline.Stop()
		cmd.Process.Kill()
		cmd.Wait()
	})
	s := &languageServer{t: t, in: in, out: bufio.NewReader(out)}
	s.call("initialize", map[string]any{
		"processId": os.Getpid(), "rootUri": "file://" + dir,
		"capabilities": map[string]any{
			"textDocument": map[string]any{"publishDiagnostics": map[string]any{}, "hover": map[string]any{"contentFormat": []string{"markdown"}}},
			"workspace":    map[string]any{"configuration": true},
		},
	}, nil)
	s.notify("initialized", map[string]any{})
	return s
}

type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  any             `json:"result,omitempty"`
}

func (s *languageServer) send(m message) {
	s.t.Helper()
	m.Version = "2.0"
	body, err := json.Marshal(m)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(s.in, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		s.t.Fatal(err)
	}
}

func (s *languageServer) notify(method string, params any) {
	s.t.Helper()
	s.send(message{Method: method, Params: params})
}

func (s *languageServer) call(method string, params, result any) {
	s.t.Helper()
	s.lastID++
	id := strconv.Itoa(s.lastID)
	s.send(message{ID: json.RawMessage(id), Method: method, Params: params})
	for {
		m := s.receive()
		if m.Method != "" || string(m.ID) != id {
			continue
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				s.t.Fatalf("%s: %v: %s", method, err, m.Result)
			}
		}
		return
	}
}

// wait reads notifications of a method into params until done says so.
func (s *languageServer) wait(method string, params any, done func() bool) {
	s.t.Helper()
	for !done() {
		if m := s.receive(); m.Method == method {
			if err := json.Unmarshal(m.Params, params); err != nil {
				s.t.Fatalf("%s: %v", method, err)
			}
		}
	}
}

type received struct {
	ID             json.RawMessage
	Method         string
	Params, Result json.RawMessage
}

// receive returns the next message, and answers the server's own questions:
// it asks for settings, which are all left to it.
func (s *languageServer) receive() received {
	s.t.Helper()
	header, err := textproto.NewReader(s.out).ReadMIMEHeader()
	if err != nil {
		s.t.Fatalf("the language server says no more: %v", err)
	}
	length, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		s.t.Fatal(err)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(s.out, body); err != nil {
		s.t.Fatal(err)
	}
	var m received
	if err := json.Unmarshal(body, &m); err != nil {
		s.t.Fatalf("%v: %s", err, body)
	}
	if m.Method != "" && m.ID != nil {
		s.send(message{ID: m.ID, Result: make([]any, 8)})
	}
	return m
}
