package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// factsOf writes the facts of a host of the homelab, with texts replaced, each
// of which must be there. With -alone they are not below the host's name.
//
//	facts [-alone] HOST FILE [OLD NEW]...
func factsOf(ts *testscript.TestScript, _ bool, args []string) {
	alone := args[0] == "-alone"
	if alone {
		args = args[1:]
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "fleets", "homelab", "facts.json"))
	ts.Check(err)
	var hosts map[string]json.RawMessage
	ts.Check(json.Unmarshal(text, &hosts))
	var compact bytes.Buffer
	ts.Check(json.Compact(&compact, hosts[args[0]]))
	facts := compact.String()
	for i := 2; i+1 < len(args); i += 2 {
		if !strings.Contains(facts, args[i]) {
			ts.Fatalf("the facts of %s do not hold %q", args[0], args[i])
		}
		facts = strings.Replace(facts, args[i], args[i+1], 1)
	}
	if !alone {
		facts = `{"` + args[0] + `":` + facts + `}`
	}
	file := ts.MkAbs(args[1])
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	ts.Check(os.WriteFile(file, []byte(facts), 0o644))
}
