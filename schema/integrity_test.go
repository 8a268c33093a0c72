package schema

import (
	"errors"
	"strings"
	"testing"
)

// TestScanner: whoever asks for a rootkit scanner is told what there is instead.
func TestScanner(t *testing.T) {
	for text, want := range map[string]string{
		"store":      "",
		"rkhunter":   "not packaged",
		"chkrootkit": "does not have",
		"aide":       "every switch",
		"lynis":      "is not a scanner (store)",
	} {
		var s Scanner
		err := s.parse("!!str", text)
		if want == "" {
			if err != nil || s != "store" {
				t.Errorf("%s: %q, %v", text, s, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
			continue
		}
		var p problem
		if known := text != "lynis"; errors.As(err, &p) != known || known && p.hint == "" {
			t.Errorf("%s: no way out: %v", text, err)
		}
	}
}
