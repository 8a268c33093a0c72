package reach

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rules returns the final rules of an example fleet, as NixOS evaluated them.
func rules(t *testing.T, name string) map[string]*Ruleset {
	t.Helper()
	r, err := ReadFacts([]byte(factsOf(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func factsOf(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../../testdata/fleets", name, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFactsAgree: what the policy says and what the evaluated firewalls do is
// the same for every pair of members, on every side and every port.
func TestFactsAgree(t *testing.T) {
	for _, name := range []string{"pantheros", "homelab"} {
		t.Run(name, func(t *testing.T) {
			n := network(t, example(t, name))
			if diff := cmp.Diff([]Disagreement(nil), Compare(n, WithRules(n.Fleet, rules(t, name)))); diff != "" {
				t.Errorf("policy and facts differ (-want +got):\n%s", diff)
			}
		})
	}
}
