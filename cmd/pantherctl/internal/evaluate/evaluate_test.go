package evaluate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// fleetOf is a fleet of n like hosts, h0 and on.
func fleetOf(t *testing.T, n int) *policy.Fleet {
	t.Helper()
	var text strings.Builder
	text.WriteString("version: 1\nfleet: test\nnixos: \"25.11\"\nhosts:\n")
	for i := range n {
		fmt.Fprintf(&text, "  h%d: { system: x86_64-linux, level: server, break_glass: screen }\n", i)
	}
	document, problems := schema.Load("security.yaml", []byte(text.String()), func(string) ([]byte, error) { return nil, fs.ErrNotExist })
	fleet, more := policy.Resolve(document)
	for _, p := range append(problems, more...) {
		t.Fatal(p)
	}
	return fleet
}

// double is a Runner in the place of Nix, whose flake has hosts of which some
// are broken.
type double struct {
	lock    sync.Mutex
	hosts   []string
	broken  []string
	fails   error  // every run
	source  string // of the flake
	evals   int
	longest int // argument
	running int
	most    int // at once
}

func (d *double) Run(_ context.Context, c run.Command) ([]byte, error) {
	d.lock.Lock()
	d.running++
	d.most = max(d.most, d.running)
	defer func() { d.running--; d.lock.Unlock() }()
	if d.fails != nil {
		return nil, d.fails
	}
	if slices.Contains(c.Args, "metadata") {
		return fmt.Appendf(nil, `{"path":%q,"locks":{}}`, d.source), nil
	}
	d.evals++
	function := c.Args[slices.Index(c.Args, "--apply")+1]
	d.longest = max(d.longest, len(function))
	a := answer{Names: d.hosts, Hosts: map[string]json.RawMessage{}}
	for _, h := range d.hosts {
		if !strings.Contains(function, "\n"+h+" = {\n") {
			continue
		}
		if slices.Contains(d.broken, h) {
			return nil, &run.ExitError{Name: "nix", Code: 1, Stderr: "error: " + h + " is broken"}
		}
		a.Hosts[h] = fmt.Appendf(nil, `{"hostName":%q}`, h)
	}
	return json.Marshal(map[string]any{"names": a.Names, "hosts": a.Hosts})
}

func names(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint("h", i)
	}
	return all
}

// gather returns facts and errors by host.
func gather(t *testing.T, e *Evaluator, fleet *policy.Fleet) (map[string]string, error) {
	t.Helper()
	got := map[string]string{}
	err := e.Hosts(t.Context(), fleet, fleet.Hosts, func(r Result) {
		got[r.Host] = string(r.Facts)
		if r.Err != nil {
			got[r.Host] = r.Err.Error()
		}
	})
	return got, err
}

func TestBrokenHost(t *testing.T) {
	d := &double{hosts: names(4), broken: []string{"h2"}}
	got, err := gather(t, &Evaluator{Nix: run.Nix{Runner: d}, Jobs: 2}, fleetOf(t, 4))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"h0": `{"hostName":"h0"}`, "h1": `{"hostName":"h1"}`, "h2": "h2 is broken", "h3": `{"hostName":"h3"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if d.evals != 5 {
		t.Errorf("%d runs, want one for all and one for each", d.evals)
	}
}

func TestMissingHost(t *testing.T) {
	d := &double{hosts: []string{"h0", "h11"}}
	var missing *MissingHostError
	e := &Evaluator{Nix: run.Nix{Runner: d}, Jobs: 1}
	fleet := fleetOf(t, 2)
	err := e.Hosts(t.Context(), fleet, fleet.Hosts, func(r Result) {
		if r.Err != nil && !errors.As(r.Err, &missing) {
			t.Error(r.Err)
		}
	})
	if err != nil || missing == nil || missing.Host != "h1" || !strings.Contains(missing.Hint(), "did you mean h") {
		t.Errorf("got %v, %v", missing, err)
	}
}

func TestNoNix(t *testing.T) {
	d := &double{fails: run.ErrNotFound}
	got, err := gather(t, &Evaluator{Nix: run.Nix{Runner: d}, Jobs: 1}, fleetOf(t, 3))
	if e, ok := errors.AsType[*run.NixError](err); !ok || e.Kind != run.Missing || len(got) != 0 {
		t.Errorf("got %v, %v, want one error for all", got, err)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fleet := fleetOf(t, 3)
	err := (&Evaluator{Nix: run.Nix{Runner: &double{fails: context.Canceled}}, Jobs: 1}).Hosts(ctx, fleet, fleet.Hosts, func(Result) { t.Error("a result") })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestBatches wants few hosts in one process and many in several, none of them
// with a longer argument than Linux takes.
func TestBatches(t *testing.T) {
	for _, tt := range []struct{ hosts, jobs, runs int }{{1, 4, 1}, {8, 4, 1}, {9, 2, 2}, {40, 2, 5}, {40, 20, 20}} {
		d := &double{hosts: names(tt.hosts)}
		got, err := gather(t, &Evaluator{Nix: run.Nix{Runner: d}, Jobs: tt.jobs}, fleetOf(t, tt.hosts))
		if err != nil || len(got) != tt.hosts || d.evals != tt.runs {
			t.Errorf("%d hosts, %d jobs: %d results in %d runs, want %d (%v)", tt.hosts, tt.jobs, len(got), d.evals, tt.runs, err)
		}
		if d.longest > argumentSize {
			t.Errorf("%d hosts: an argument of %d bytes", tt.hosts, d.longest)
		}
	}
}

// TestCache wants Nix asked again when anything changes that a result depends
// on, and only then.
func TestCache(t *testing.T) {
	d := &double{hosts: names(3), source: "/nix/store/a"}
	e := &Evaluator{Nix: run.Nix{Runner: d}, Jobs: 1, Cache: t.TempDir(), Version: "1"}
	fleet := fleetOf(t, 3)
	asks := func(what string, want int) {
		t.Helper()
		before := d.evals
		got, err := gather(t, e, fleet)
		if err != nil || len(got) != 3 || slices.Contains(slices.Collect(maps.Values(got)), "") {
			t.Fatal(got, err)
		}
		if n := d.evals - before; n != want {
			t.Errorf("%s: %d runs, want %d", what, n, want)
		}
	}
	asks("first", 1)
	asks("unchanged", 0)
	d.source = "/nix/store/b"
	asks("other sources", 1)
	e.Version = "2"
	asks("other version", 1)
	e.Nix.Flags = []string{"--override-input", "a", "b"}
	asks("other flags", 1)
	asks("unchanged again", 0)
	fleet = fleetOf(t, 3)
	fleet.Hosts[0].SSH.MaxAuthTries.V++
	asks("other policy", 1)
	e.Nix.Flags = []string{"--impure"}
	asks("impure", 1)
	asks("impure again", 1)
	e.Nix.Flags, e.Cache = nil, ""
	asks("no cache", 1)
}

func TestNoFacts(t *testing.T) {
	for _, out := range []string{"", "null", "[]", "{", strings.Repeat("x", 1000)} {
		got, err := gather(t, &Evaluator{Nix: run.Nix{Runner: prints(out)}, Jobs: 1}, fleetOf(t, 2))
		if err != nil || len(got) != 2 || got["h0"] == "" {
			t.Errorf("%.10q: got %v, %v, want an error for each host", out, got, err)
		}
	}
}

// prints is a Runner whose program prints one text.
type prints string

func (p prints) Run(context.Context, run.Command) ([]byte, error) { return []byte(p), nil }
