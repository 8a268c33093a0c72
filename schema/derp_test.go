package schema

import (
	"errors"
	"strings"
	"testing"
)

// TestRelay: the word has several meanings, so a flag is answered with them.
func TestRelay(t *testing.T) {
	for _, test := range []struct{ tag, text, hint string }{
		{"!!str", "none", ""},
		{"!!str", "peer-relay", ""},
		{"!!str", "derp", ""},
		{"!!bool", "true", "exit_node: true"},
		{"!!bool", "false", "relay: none"},
		{"!!str", "leaf", "relay: none"},
		{"!!str", "exit-node", "exit_node: true"},
		{"!!str", "subnet", "routes"},
	} {
		var r Relay
		err := r.parse(test.tag, test.text)
		var p problem
		switch {
		case test.hint == "" && (err != nil || string(r) != test.text):
			t.Errorf("%s: %q, %v", test.text, r, err)
		case test.hint != "" && (!errors.As(err, &p) || !strings.Contains(p.hint, test.hint)):
			t.Errorf("%s: %v has no way out %q", test.text, err, test.hint)
		}
	}
}
