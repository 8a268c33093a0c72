// Package evaluate has Nix evaluate the hosts of a flake, and keeps what it
// said for as long as nothing changes that it depends on.
package evaluate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/nixmodules"
	"github.com/pantherctl/pantherctl/schema/suggest"
)

// An Evaluator evaluates hosts of one flake.
type Evaluator struct {
	Nix     run.Nix
	Flake   string        // a reference, as nix takes it
	Cache   string        // the folder of results, "" for none
	Version string        // of pantherctl, whose results these are
	Jobs    int           // processes at once, at least 1
	Timeout time.Duration // of one process
	System  bool          // also what the hosts are built as, which takes far longer
}

// A Result is what came of one host: its facts as JSON, or why there are none.
type Result struct {
	Host  string
	Facts []byte
	Err   error
}

// Small fleets are evaluated by one process: that shares nixpkgs, and each
// further host costs 85 MB. Larger ones go in batches of this many hosts.
const batchSize = 8

// argumentSize is as long as Linux lets an argument be, MAX_ARG_STRLEN of
// include/uapi/linux/binfmts.h, less room for what surrounds it.
const argumentSize = 128<<10 - 1<<10

// Hosts evaluates hosts of a fleet and hands over each result once it is there,
// one at a time. A batch that fails is evaluated again host by host, so that
// one broken host does not hide the others. The error says that none could be
// evaluated, as when there is no Nix, or that ctx ended.
func (e *Evaluator) Hosts(ctx context.Context, fleet *policy.Fleet, hosts []*policy.Host, each func(Result)) error {
	cache, err := e.open(ctx, fleet, hosts)
	if err != nil {
		return err
	}
	var (
		lock    sync.Mutex
		wg      sync.WaitGroup
		fatal   error
		slots   = make(chan struct{}, max(1, e.Jobs))
		deliver = func(r Result) {
			lock.Lock()
			defer lock.Unlock()
			if isFatal(r.Err) {
				fatal = r.Err
				return
			}
			each(r)
		}
	)
	var missing []*policy.Host
	for _, h := range hosts {
		if text, ok := cache.get(h.Name); ok {
			deliver(Result{Host: h.Name, Facts: text})
			continue
		}
		missing = append(missing, h)
	}
	for _, batch := range batches(missing, e.size(len(missing))) {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			for _, r := range e.batch(ctx, fleet, batch) {
				if r.Err == nil {
					cache.put(r.Host, r.Facts)
				}
				deliver(r)
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return fatal
}

// isFatal reports whether an error is the same for every host.
func isFatal(err error) bool {
	e, ok := errors.AsType[*run.NixError](err)
	if !ok {
		return errors.Is(err, context.Canceled)
	}
	switch e.Kind {
	case run.Missing, run.TooOld, run.Features, run.NoAttribute, run.NoFlake:
		return true
	}
	return false
}

func (e *Evaluator) size(hosts int) int {
	if hosts <= batchSize {
		return max(1, hosts)
	}
	return max(1, min(batchSize, (hosts+e.Jobs-1)/max(1, e.Jobs)))
}

func batches(hosts []*policy.Host, size int) [][]*policy.Host {
	var all [][]*policy.Host
	for len(hosts) > 0 {
		n := min(size, len(hosts))
		all = append(all, hosts[:n])
		hosts = hosts[n:]
	}
	return all
}

// batch evaluates hosts by one process, or if that fails by one each. A batch
// whose policies are too long for an argument is split.
func (e *Evaluator) batch(ctx context.Context, fleet *policy.Fleet, hosts []*policy.Host) []Result {
	function, err := e.function(fleet, hosts)
	if err == nil && len(function) > argumentSize && len(hosts) > 1 {
		half := len(hosts) / 2
		return append(e.batch(ctx, fleet, hosts[:half]), e.batch(ctx, fleet, hosts[half:])...)
	}
	if err == nil {
		var results []Result
		if results, err = e.eval(ctx, function, hosts); err == nil {
			return results
		}
	}
	if len(hosts) == 1 || isFatal(err) || ctx.Err() != nil {
		return []Result{{Host: hosts[0].Name, Err: err}}
	}
	var results []Result
	for _, h := range hosts {
		results = append(results, e.batch(ctx, fleet, []*policy.Host{h})...)
	}
	return results
}

// answer is what [Function] gives.
type answer struct {
	Names []string // of all hosts of the flake
	Hosts map[string]json.RawMessage
}

func (e *Evaluator) eval(ctx context.Context, function []byte, hosts []*policy.Host) ([]Result, error) {
	if e.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, e.Timeout)
		defer cancel()
	}
	out, err := e.Nix.Eval(ctx, e.Flake+"#nixosConfigurations", string(function))
	if err != nil {
		return nil, err
	}
	var a answer
	if err := json.Unmarshal(out, &a); err != nil {
		return nil, fmt.Errorf("nix eval does not answer with facts: %w", err)
	}
	results := make([]Result, len(hosts))
	for i, h := range hosts {
		results[i] = Result{Host: h.Name, Facts: a.Hosts[h.Name]}
		if results[i].Facts == nil {
			results[i].Err = &MissingHostError{h.Name, suggest.Nearest(h.Name, a.Names), len(a.Names)}
		}
	}
	return results, nil
}

// A MissingHostError says that the flake has no configuration of a name.
type MissingHostError struct {
	Host    string
	Nearest string // one that it has, "" if none is near
	Known   int    // how many it has
}

func (e *MissingHostError) Error() string {
	return fmt.Sprintf("the flake has no nixosConfigurations.%s; others that it has: %d", e.Host, e.Known)
}

// Hint is a way out.
func (e *MissingHostError) Hint() string {
	if e.Nearest == "" {
		return "name it in the flake as in the document"
	}
	return "did you mean " + e.Nearest + "? Hosts are named alike in both"
}

// Function returns the text of a Nix function from nixosConfigurations to the
// facts of hosts and the names of all. It is text because pure evaluation reads
// no file outside of the flake.
func Function(fleet *policy.Fleet, hosts []*policy.Host) ([]byte, error) {
	return (&Evaluator{}).function(fleet, hosts)
}

func (e *Evaluator) function(fleet *policy.Fleet, hosts []*policy.Host) ([]byte, error) {
	modules, err := gen.Modules(fleet, hosts)
	if err != nil {
		return nil, err
	}
	also := ""
	if e.System {
		also = fmt.Sprintf(" // {\n  system = (\n%s\n  ) configurations.${name}; }", code(nixmodules.System))
	}
	var b, digests bytes.Buffer
	wants := gen.NewWants(fleet)
	for _, h := range hosts {
		of := wants.Digests(h)
		for _, concern := range slices.Sorted(maps.Keys(of)) {
			fmt.Fprintf(&digests, "%s = %q;\n", nix.AttrPath{h.Name, concern}, of[concern])
		}
	}
	fmt.Fprintf(&b, `configurations:
let
facts =
%s;
definitions =
%s;
policies =
%s;
digests = {
%s};
in
{
  names = builtins.attrNames configurations;
  hosts = builtins.mapAttrs (
    name: policy:
    facts configurations.${name}
    // {
      options = definitions configurations.${name} policy;
      digests = digests.${name} or { };
    }%s
  ) (builtins.intersectAttrs configurations policies);
}
`, code(nixmodules.Facts()), code(nixmodules.Definitions), modules, digests.Bytes(), also)
	return b.Bytes(), nil
}

// code returns Nix without the lines that are comments; no text in it has lines
// that begin with #.
func code(text []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			b.Write(line)
		}
	}
	return bytes.TrimSpace(b.Bytes())
}
