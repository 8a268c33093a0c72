package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/evaluate"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// evaluation is where the facts of hosts come from: a file, or what Nix says of
// a flake.
type evaluation struct {
	flake             string
	readFacts, saveTo string // files, "" for none
	builders, store   string
	options, nixFlags []string
	noCache           bool
	jobs              int // 0 for one for each processor
	timeout           time.Duration
	built             bool // also what the hosts are built as
	runner            run.Runner
}

// flag are the flags that say how Nix is run.
func (e *evaluation) flag(cmd *cobra.Command, timeout time.Duration) {
	f := cmd.Flags()
	f.StringVar(&e.flake, "flake", ".", "the flake that has the hosts")
	f.BoolVar(&e.noCache, "no-cache", false, "evaluate even if nothing has changed")
	f.IntVarP(&e.jobs, "jobs", "j", runtime.NumCPU(), "evaluate this many batches of hosts at once")
	f.DurationVar(&e.timeout, "timeout", timeout, "how long one run of Nix may take")
	f.StringArrayVar(&e.options, "option", nil, "a setting for Nix, NAME=VALUE")
	f.StringVar(&e.builders, "builders", "", "machines that build for Nix, as nix takes them")
	f.StringVar(&e.store, "eval-store", "", "the store to evaluate in")
}

// hostFacts is what came of one host.
type hostFacts struct {
	host  *policy.Host
	text  []byte      // as Nix or the file has it
	facts *facts.Host // nil if err is not
	err   error       // a [*noFactsError] if the file does not have the host
}

// gather hands over what comes of each host once it is there, and writes it to
// the file to save to. The error says that there is nothing of any, or that ctx
// ended.
func (e *evaluation) gather(ctx context.Context, s *system, fleet *policy.Fleet, hosts []*policy.Host, each func(hostFacts)) error {
	debug.SetGCPercent(100) // facts come host by host, and are much of what a run holds
	if e.saveTo == "" {
		return e.ask(ctx, s, fleet, hosts, each)
	}
	return writeWhole(e.saveTo, 0o600, func(file io.Writer) error {
		w := facts.NewWriter(file)
		err := e.ask(ctx, s, fleet, hosts, func(r hostFacts) {
			if r.err == nil {
				w.Write(r.host.Name, r.text)
			}
			each(r)
		})
		return errors.Join(err, w.Close(), ctx.Err())
	})
}

func (e *evaluation) ask(ctx context.Context, s *system, fleet *policy.Fleet, hosts []*policy.Host, each func(hostFacts)) error {
	if e.readFacts != "" {
		return saved("--facts", e.readFacts, hosts, each)
	}
	n, err := e.nix()
	if err != nil {
		return err
	}
	cache := cacheDir(s)
	if e.noCache {
		cache = ""
	}
	done := 0
	progress := func() {
		if s.progress {
			fmt.Fprintf(s.err, "\r\x1b[Kevaluating: %d of %d hosts", done, len(hosts))
		}
	}
	progress()
	nixos := &evaluate.Evaluator{
		Nix: n, Flake: e.flake, Cache: cache, Version: versionName(),
		Jobs: cmp.Or(e.jobs, runtime.NumCPU()), Timeout: e.timeout, System: e.built,
	}
	err = nixos.Hosts(ctx, fleet, hosts, func(r evaluate.Result) {
		h, _ := fleet.Host(r.Host)
		each(decoded(h, r.Facts, r.Err))
		done++
		progress()
	})
	if s.progress {
		fmt.Fprint(s.err, "\r\x1b[K")
	}
	return withHint(err)
}

func decoded(h *policy.Host, text []byte, err error) hostFacts {
	r := hostFacts{host: h, text: text, err: err}
	if err == nil {
		r.facts, r.err = facts.Decode(text)
	}
	return r
}

// savingFacts is the way to a file of facts.
const savingFacts = "pantherctl check --save-facts FILE writes one, and so does plan"

// saved hands over the facts of hosts in a file that a flag names.
func saved(flag, name string, hosts []*policy.Host, each func(hostFacts)) error {
	f, err := os.Open(name)
	if err != nil {
		return hint(err, savingFacts)
	}
	defer f.Close() // only read
	left := slices.Clone(hosts)
	err = facts.Each(f, func(host string, text []byte) {
		i := slices.IndexFunc(left, func(h *policy.Host) bool { return h.Name == host })
		if i < 0 {
			return // nobody asked, or it was there before
		}
		h := left[i]
		left = slices.Delete(left, i, i+1)
		each(decoded(h, text, nil))
	})
	if err != nil {
		return hint(fmt.Errorf("%s %s: %w", flag, name, err), savingFacts)
	}
	for _, h := range left {
		each(hostFacts{host: h, err: &noFactsError{name}})
	}
	return nil
}

// A noFactsError says that a file of facts does not have a host.
type noFactsError struct{ file string }

func (e *noFactsError) Error() string { return e.file + " has no facts of it" }

// Hint is the way out.
func (e *noFactsError) Hint() string { return "name the hosts that it has, or save them anew" }

// collected are the facts of hosts, for those who need them of every one.
type collected struct {
	hosts map[string]*facts.Host
	wrong []error
}

func (c *collected) add(r hostFacts) {
	switch {
	case r.err != nil:
		c.wrong = append(c.wrong, withHint(fmt.Errorf("%s: %w", r.host.Name, r.err)))
	case c.hosts == nil:
		c.hosts = map[string]*facts.Host{r.host.Name: r.facts}
	default:
		c.hosts[r.host.Name] = r.facts
	}
}

// end returns them all, or why there are none, or what is wrong with some.
func (c *collected) end(err error) (map[string]*facts.Host, error) {
	if err == nil {
		err = errors.Join(c.wrong...)
	}
	return c.hosts, err
}

// nix is Nix with the flags of every run.
func (e *evaluation) nix() (run.Nix, error) {
	n := run.Nix{Runner: e.runner, Flags: slices.Clone(e.nixFlags)}
	for _, option := range e.options {
		name, value, ok := strings.Cut(option, "=")
		if !ok {
			return n, hint(fmt.Errorf("--option %q has no value", option), "write --option NAME=VALUE")
		}
		n.Flags = append(n.Flags, "--option", name, value)
	}
	if e.builders != "" {
		n.Flags = append(n.Flags, "--builders", e.builders)
	}
	if e.store != "" {
		n.Flags = append(n.Flags, "--eval-store", e.store)
	}
	return n, nil
}

// cacheDir returns where facts are kept, see the XDG base directories; "" for
// nowhere.
func cacheDir(s *system) string {
	switch {
	case s.getenv("XDG_CACHE_HOME") != "":
		return filepath.Join(s.getenv("XDG_CACHE_HOME"), "pantherctl")
	case s.getenv("HOME") != "":
		return filepath.Join(s.getenv("HOME"), ".cache", "pantherctl")
	}
	return ""
}
