package main

import (
	"fmt"
	"os"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/plan"
)

// planned returns the store paths of a plan's systems by host, nil without a
// plan. A plan holds for the document it was made from.
func (o *deployOptions) planned(s *system) (map[string]string, error) {
	if o.plan == "" {
		return nil, nil
	}
	const again = "make another: pantherctl plan --out FILE"
	f, err := os.Open(o.plan)
	if err != nil {
		return nil, hint(err, "pantherctl plan --out FILE writes one")
	}
	defer f.Close() // only read
	p, err := plan.Read(f)
	if err != nil {
		return nil, hint(fmt.Errorf("%s: %w", o.plan, err), again)
	}
	sum, err := o.sum(s)
	if err != nil {
		return nil, err
	}
	if p.Document != sum && o.file != "-" {
		return nil, hint(fmt.Errorf("the plan is stale: %s has changed since", o.name()), again)
	}
	systems := map[string]string{}
	for _, h := range p.Hosts {
		systems[h.Name] = h.New
	}
	return systems, nil
}
