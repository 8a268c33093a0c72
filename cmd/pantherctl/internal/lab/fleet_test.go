package lab

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/nixos"
	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// fleets are the folders of the fleets that have facts.
func fleets() []string {
	return []string{"testdata/fleets/pantheros", "testdata/fleets/homelab", "gen/testdata/high-security"}
}

func TestFleets(t *testing.T) {
	for _, dir := range fleets() {
		t.Run(filepath.Base(dir), func(t *testing.T) { goesAsSaid(t, NewPlan(example(t, dir))) })
	}
}

// TestLAN: everybody on the LAN is on one link, whatever addresses they
// declare there.
func TestLAN(t *testing.T) {
	for name, address := range map[string]string{"another private network": "fdff:7::5", "a public address": "2001:db8:7::5"} {
		t.Run(name, func(t *testing.T) {
			document := strings.Replace(string(read(t, "gen/testdata/high-security", "security.yaml")), "fd00:7::5", address, 1)
			_, evaluated := example(t, "gen/testdata/high-security")
			goesAsSaid(t, NewPlan(resolve(t, []byte(document)), evaluated))
		})
	}
}

// TestLoneHost: a host that faces nobody is still one, and so is one that only
// has containers.
func TestLoneHost(t *testing.T) {
	fleet := resolve(t, []byte(`version: 1
fleet: lone
nixos: "25.11"
hosts:
  alone: { system: x86_64-linux, level: workstation }
  boxes: { system: x86_64-linux, level: workstation, interfaces: { ve-*: container } }
  web: { system: x86_64-linux, level: server, interfaces: { eth0: wan } }
access:
  - { from: wan, to: web, allow: https }
`))
	evaluated := map[string]*facts.Host{}
	for _, h := range fleet.Hosts {
		evaluated[h.Name] = double(t, h)
		evaluated[h.Name].Kernel.Sysctl["net.core.somaxconn"] = nil // left to the kernel
	}
	plan := NewPlan(fleet, evaluated)
	goesAsSaid(t, plan)
	for _, n := range plan.Topology.Nodes {
		if value, ok := n.Sysctl["net.core.somaxconn"]; ok {
			t.Errorf("%s: %q is written where nothing is to be", n.Name, value)
		}
	}
}

// goesAsSaid runs the lab of a plan and compares.
func goesAsSaid(t *testing.T, plan *Plan) {
	t.Helper()
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
	for _, s := range r.Sysctls {
		if s.Got != "" && s.Got != s.Want || s.Got == "" && strings.Contains(s.Key, "nf_conntrack_tcp_timeout") {
			t.Errorf("%s: %s reads %q, want %s", s.Node, s.Key, s.Got, s.Want)
		}
	}
	t.Logf("%d nodes, %d probes, %d floods: %v to build, %v to probe", len(w.Topology.Nodes), len(w.Probes), len(w.Floods), r.Setup, r.Probing)
}

// TestDoubles: without facts the lab is the same, to the last probe and login.
func TestDoubles(t *testing.T) {
	for _, dir := range fleets() {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			fleet, evaluated := example(t, dir)
			doubles := map[string]*facts.Host{}
			for _, h := range fleet.Hosts {
				doubles[h.Name] = double(t, h)
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
	fleet, evaluated := example(t, "testdata/fleets/homelab")
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

// double is what NixOS would make of a host's generated modules alone.
func double(t *testing.T, h *policy.Host) *facts.Host {
	t.Helper()
	d, err := nixos.Evaluate(gen.Trees(h))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// example reads the fleet of a folder and the facts beside it.
func example(t *testing.T, dir string) (*policy.Fleet, map[string]*facts.Host) {
	t.Helper()
	evaluated, err := facts.DecodeFleet(read(t, dir, "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	return resolve(t, read(t, dir, "security.yaml")), evaluated
}

func resolve(t *testing.T, document []byte) *policy.Fleet {
	t.Helper()
	loaded, problems := schema.Load("security.yaml", document, nil)
	fleet, more := policy.Resolve(loaded)
	if len(problems)+len(more) > 0 {
		t.Fatal(problems, more)
	}
	return fleet
}

// read reads a file of the repository.
func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
