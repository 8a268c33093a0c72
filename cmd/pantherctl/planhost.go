package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/plan"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// compare says what changes on the hosts, what with, and how much. The facts of
// a host are held only while it is compared.
func (o *planOptions) compare(ctx context.Context, s *system, fleet *policy.Fleet, hosts []*policy.Host) ([]plan.Host, error) {
	nix, err := o.nix()
	if err != nil {
		return nil, err
	}
	old, done, err := o.before(ctx, s, hosts)
	if err != nil {
		return nil, err
	}
	defer done()
	changes, failed := &plan.Comparison{Fleet: fleet}, []error(nil)
	err = o.gather(ctx, s, fleet, hosts, func(is hostFacts) {
		var was *facts.Host
		err := is.err
		if err == nil {
			o.take(s, is)
			was, err = old(is.host)
		}
		if err != nil {
			failed = append(failed, withHint(fmt.Errorf("%s: %w", is.host.Name, err)))
			return
		}
		changes.Add(is.host.Name, was, is.facts).Closure = closure(ctx, nix, was.System, is.facts.System)
	})
	switch {
	case ctx.Err() != nil:
		return nil, errors.New("interrupted: nothing was planned")
	case err != nil:
		return nil, err
	case len(failed) > 0:
		return nil, errors.Join(failed...)
	}
	if o.readFacts == "" {
		if o.metadata, err = nix.Metadata(ctx, o.flake); err != nil {
			return nil, withHint(err)
		}
	}
	planned := changes.Hosts(hosts)
	return planned, o.activate(planned)
}

// take keeps new facts, and looks at the system that they are of.
func (o *planOptions) take(s *system, is hostFacts) {
	if is.facts.System == nil {
		return
	}
	if o.readFacts == "" {
		keepFacts(s, is.facts.System.Toplevel, is.text)
	}
	readSystem(o.root, is.facts.System.Toplevel, is.facts.System)
}

// before is how to find what a host is compared with. What it opens, done closes.
func (o *planOptions) before(ctx context.Context, s *system, hosts []*policy.Host) (of func(*policy.Host) (*facts.Host, error), done func(), err error) {
	if o.from != fromCurrent {
		return o.saved()
	}
	running := map[string]string{}
	for _, h := range hosts {
		if running[h.Name], err = o.running(ctx, h); err != nil {
			return nil, nil, err
		}
	}
	return func(h *policy.Host) (*facts.Host, error) {
		f, err := keptFacts(s, running[h.Name])
		if err == nil && o.local {
			readSystem(o.root, running[h.Name], f.System)
		}
		return f, err
	}, func() {}, nil
}

// saved finds the hosts in the file of --from.
func (o *planOptions) saved() (of func(*policy.Host) (*facts.Host, error), done func(), err error) {
	f, err := os.Open(o.from)
	if err != nil {
		return nil, nil, hint(err, savingFacts)
	}
	file, err := openFacts(f)
	if err != nil {
		f.Close()
		return nil, nil, hint(fmt.Errorf("--from %s: %w", o.from, err), savingFacts)
	}
	return func(h *policy.Host) (*facts.Host, error) {
		if !file.Has(h.Name) {
			return nil, &noFactsError{o.from}
		}
		old, err := file.Host(h.Name)
		if err != nil {
			err = fmt.Errorf("its facts in %s: %w", o.from, err)
		}
		return old, err
	}, func() { f.Close() }, nil
}

// openFacts finds the hosts in a file. What is no file, as a pipe, is read whole.
func openFacts(f *os.File) (*facts.File, error) {
	info, err := f.Stat()
	if err != nil || info.Mode().IsRegular() {
		return facts.Open(f)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return facts.Open(bytes.NewReader(text))
}

// activate lets what switch-to-configuration said count.
func (o *planOptions) activate(planned []plan.Host) error {
	if o.dryRun == "" {
		return nil
	}
	text, err := readRegular(o.dryRun)
	if err == nil {
		planned[0].Activate(plan.ParseDryRun(string(text)))
	}
	return err
}
