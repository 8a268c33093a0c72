package lab

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/nixos"
	"github.com/pantherctl/pantherctl/gen"
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

// TestDoubles: without facts the lab is the same, to the last probe and login.
func TestDoubles(t *testing.T) {
	for _, name := range testdata.Fleets() {
		t.Run(name, func(t *testing.T) {
			fleet, evaluated := example(t, name)
			doubles := map[string]*facts.Host{}
			for _, h := range fleet.Hosts {
				d, err := nixos.Evaluate(gen.Trees(h))
				if err != nil {
					t.Fatal(err)
				}
				doubles[h.Name] = d
			}
			if diff := cmp.Diff(NewPlan(fleet, evaluated), NewPlan(fleet, doubles), cmp.AllowUnexported(Limit{}), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
				t.Errorf("packets (-facts +double)\n%s", diff)
			}
			want, err := NewSSHPlan(fleet, evaluated)
			if err != nil {
				t.Fatal(err)
			}
			got, err := NewSSHPlan(fleet, doubles)
			if err != nil {
				t.Fatal(err)
			}
			// Keys are drawn for each plan; accounts that nobody may log in to are NixOS's.
			if diff := cmp.Diff(want.SSHDs, got.SSHDs, cmpopts.IgnoreFields(SSHD{}, "Passwd", "Group", "Authorized")); diff != "" {
				t.Errorf("sshds (-facts +double)\n%s", diff)
			}
			if diff := cmp.Diff(want.Expected, got.Expected); diff != "" {
				t.Errorf("logins (-facts +double)\n%s", diff)
			}
		})
	}
}

// TestRecover: after the time that a limit says, its source gets in again, and
// not before.
func TestRecover(t *testing.T) {
	fleet, evaluated := example(t, "homelab")
	plan := NewPlan(fleet, evaluated)
	plan.Recover(10 * time.Second)
	w := plan.Work()
	w.Probes = nil
	early := w.Floods[0]
	early.Source, early.Bystander, early.Recovers = early.Bystander, early.Source, 3*time.Second
	w.Floods = append(w.Floods[:1], early)
	// Each is the other's bystander, so it has one less.
	w.Floods[0].Bystander, w.Floods[1].Bystander = netip.Addr{}, netip.Addr{}
	r, err := Run(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Floods[0]; got.Recovered != Open || got.Through != plan.Limits[0].Through {
		t.Errorf("after %s: %+v, want it to have recovered", w.Floods[0].Recovers, got)
	}
	if got := r.Floods[1]; got.Recovered != Dropped || got.Through != plan.Limits[0].Through {
		t.Errorf("after 3 s: %+v, want it to be kept out", got)
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
