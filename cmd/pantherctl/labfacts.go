package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/nixos"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/run"
	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// evaluated returns the facts of the hosts, from a file, from Nix or from the
// double of NixOS, and notes which hosts have none.
func (o *labOptions) evaluated(ctx context.Context, s *system, found *labFindings) (map[string]*facts.Host, error) {
	switch {
	case o.facts != "" && o.flake != "":
		return nil, hint(errors.New("--facts and --flake are two ways to say the same"), "leave one of them out")
	case o.flake == "" && len(o.nix) > 0:
		return nil, hint(errors.New("without --flake nothing is asked of Nix, and its flags are for nobody"), "name the flake: --flake .")
	case o.facts == "" && o.flake == "":
		return found.doubles(), nil
	}
	known := map[string]*facts.Host{}
	var wrong error
	e := evaluation{flake: o.flake, readFacts: o.facts, nixFlags: o.nix, timeout: o.timeout, runner: run.System{}}
	err := e.gather(ctx, s, found.fleet, found.fleet.Hosts, func(r hostFacts) {
		switch _, missing := errors.AsType[*noFactsError](r.err); {
		case missing:
			found.add("Y3", r.host.Name, check.NotChecked, "there are no facts of it, so it was not probed", "")
		case r.err != nil && o.facts != "":
			wrong = errors.Join(wrong, fmt.Errorf("--facts %s: the facts of %s: %w", o.facts, r.host.Name, r.err))
		case r.err != nil:
			found.add("Y3", r.host.Name, check.NotChecked, "it does not evaluate, so it was not probed: "+r.err.Error(), wayOut(r.err))
		default:
			known[r.host.Name] = r.facts
		}
	})
	if err == nil && wrong != nil {
		err = hint(wrong, savingFacts)
	}
	return known, err
}

// doubles returns what the facts of the hosts would say if nothing but the
// generated modules were set, and notes what that leaves out.
func (f *labFindings) doubles() map[string]*facts.Host {
	const way = "--flake . has Nix evaluate the hosts; --facts FILE reads what it said"
	f.add("Y3", schema.Everyone, check.NotChecked, "the rulesets and sshd_configs are a double of what NixOS renders of the generated modules alone, not evaluated", way)
	known := map[string]*facts.Host{}
	for _, h := range f.fleet.Hosts {
		if others := notGenerated(h); others != "" {
			f.add("Y3", h.Name, check.NotChecked, "its "+others+" module is not generated, so without facts it was not probed", way)
			continue
		}
		d, err := nixos.Evaluate(gen.Trees(h))
		if err != nil {
			f.add("Y3", h.Name, check.NotChecked, "without facts it was not probed: "+err.Error(), way)
			continue
		}
		if h.Settings.Accounts.Mode.V != schema.Generate && d.SSHD.Enable {
			f.add("Y6", h.Name, check.NotChecked, "its accounts are not generated, so without facts nobody tried to log in", way)
			d.SSHD = facts.SSHD{}
		}
		known[h.Name] = d
	}
	return known
}

// notGenerated names a module that decides about packets and is the user's own,
// "" if there is none.
func notGenerated(h *policy.Host) string {
	switch {
	case h.Firewall.Mode.V != schema.Generate:
		return "firewall"
	case h.Network.Mode.V != schema.Generate:
		return "network"
	case h.Tailscale.Enable.V && h.Tailscale.Mode.V != schema.Generate:
		return "tailscale"
	}
	return ""
}
