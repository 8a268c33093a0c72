package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/evaluate"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// evaluated returns the facts of the hosts, from a file or from Nix, and notes
// which hosts have none.
func (o *labOptions) evaluated(ctx context.Context, s *system, found *labFindings) (map[string]*facts.Host, error) {
	known := map[string]*facts.Host{}
	missing := map[string]error{}
	var err error
	switch {
	case o.facts != "" && o.flake != "":
		return nil, hint(errors.New("--facts and --flake are two ways to say the same"), "leave one of them out")
	case o.facts != "":
		known, err = readFacts(o.facts)
	case o.flake != "":
		err = o.evaluate(ctx, s, found.fleet, func(host string, text []byte, err error) {
			var f *facts.Host
			if err == nil {
				f, err = facts.Decode(text)
			}
			if err != nil {
				missing[host] = err
				return
			}
			known[host] = f
		})
	default:
		err = hint(errors.New("the lab needs the evaluated facts of the hosts"), "--flake . has Nix evaluate them; pantherctl check --save-facts facts.json, then --facts facts.json")
	}
	if err != nil {
		return nil, err
	}
	for _, h := range found.fleet.Hosts {
		if err := missing[h.Name]; err != nil {
			found.add("Y3", h.Name, check.NotChecked, "it does not evaluate, so it was not probed: "+err.Error(), wayOut(err))
		} else if known[h.Name] == nil {
			found.add("Y3", h.Name, check.NotChecked, "there are no facts of it, so it was not probed", "")
		}
	}
	return known, nil
}

func readFacts(name string) (map[string]*facts.Host, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	known, err := facts.DecodeFleet(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return known, nil
}

// evaluate has Nix evaluate every host, as check does.
func (o *labOptions) evaluate(ctx context.Context, s *system, fleet *policy.Fleet, each func(host string, text []byte, err error)) error {
	e := &evaluate.Evaluator{
		Nix: run.Nix{Runner: run.System{}}, Flake: o.flake, Cache: (&checkOptions{}).cache(s),
		Version: versionName(), Jobs: runtime.NumCPU(), Timeout: o.timeout,
	}
	return withHint(e.Hosts(ctx, fleet, fleet.Hosts, func(r evaluate.Result) { each(r.Host, r.Facts, r.Err) }))
}
