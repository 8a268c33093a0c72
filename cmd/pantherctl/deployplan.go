package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/plan"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
)

// planned returns the plan to carry out, nil without one. It holds for the
// document and the revision it was made from.
func (o *deployOptions) planned(ctx context.Context, s *system) (*plan.Plan, error) {
	if o.plan == "" {
		return nil, nil
	}
	f, err := os.Open(o.plan)
	if err != nil {
		return nil, hint(err, "pantherctl plan --out FILE writes one")
	}
	defer f.Close() // only read
	p, err := plan.Read(f)
	if err != nil {
		return nil, hint(fmt.Errorf("%s: %w", o.plan, err), "make another: pantherctl plan --out FILE")
	}
	now := plan.Binding{Document: p.Document} // as far as standard input is concerned
	if o.file != "-" {
		if now.Document, err = o.sum(s); err != nil {
			return nil, err
		}
	}
	if p.Revision != "" {
		m, err := run.Nix{Runner: o.runner}.Metadata(ctx, o.flake)
		if err != nil {
			return nil, withHint(err)
		}
		now.Revision = m.Identity()
	}
	return p, withHint(p.Check(now))
}
