package lab

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
	"github.com/pantherctl/pantherctl/testdata"
)

func TestFleets(t *testing.T) {
	for _, name := range []string{"pantheros", "homelab"} {
		t.Run(name, func(t *testing.T) {
			fleet, evaluated := example(t, name)
			plan := NewPlan(fleet, evaluated)
			w := plan.Work()
			r, err := Run(t.Context(), w)
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range r.Results {
				if e := plan.Expected[i]; (got.Outcome == Open) != e.Open {
					t.Errorf("%s: %s, and reach says open is %v", got.Probe, got.Outcome, e.Open)
				}
			}
			for i, l := range plan.Limits {
				if wrong := l.Exceeds(r.Floods[i]); wrong != "" {
					t.Errorf("%s: %s", l.Flood, wrong)
				}
			}
			for _, f := range r.Faults {
				t.Error(f)
			}
			t.Logf("%d nodes, %d probes, %d floods: %v to build, %v to probe", len(w.Topology.Nodes), len(w.Probes), len(w.Floods), r.Setup, r.Probing)
		})
	}
}

// example reads an example fleet and the facts beside it.
func example(t *testing.T, name string) (*policy.Fleet, map[string]*facts.Host) {
	t.Helper()
	document, err := testdata.Fleet(name)
	if err != nil {
		t.Fatal(err)
	}
	loaded, problems := schema.Load("security.yaml", document, nil)
	fleet, more := policy.Resolve(loaded)
	if len(problems)+len(more) > 0 {
		t.Fatal(problems, more)
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "testdata", "fleets", name, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	evaluated, err := facts.DecodeFleet(text)
	if err != nil {
		t.Fatal(err)
	}
	return fleet, evaluated
}
