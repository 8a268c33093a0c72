package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLabFlake has Nix evaluate the hosts and sends packets between what came of
// them, without a network. Facts that were saved before must lead to the same.
func TestLabFlake(t *testing.T) {
	if ok, _ := condition("tool:nft"); !ok {
		t.Skip("nft is not in PATH")
	}
	t.Run("a double for nixpkgs", func(t *testing.T) {
		evaluated(t)
		if code, out, err := pantherctl("check", "--flake", "path:.", "--save-facts", "facts.json"); code != exitFindings {
			t.Fatal(code, out, err)
		}
		out := labsOf(t, exitFindings, "facts.json")
		// The double knows tables of nftables and nothing of NixOS's own firewall.
		for text, want := range map[string]bool{
			"web gets through to internet":                              false,
			"alone gets through to internet, tcp/22, tcp/8080":          true,
			"lan gets through to web, tcp/22, tcp/53, tcp/80, tcp/8080": true,
			"it does not evaluate, so it was not probed: no name":       true,
			"not probed: the flake has no nixosConfigurations.abse":     true,
		} {
			if strings.Contains(out, text) != want {
				t.Errorf("%q is in it: %v, want %v\n%s", text, !want, want, out)
			}
		}
	})
	t.Run("NixOS", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "fleet")
		realFleet(t, dir)
		known, err := filepath.Abs("../../testdata/fleets/pantheros/facts.json")
		if err != nil {
			t.Fatal(err)
		}
		t.Chdir(dir)
		if code, out, err := pantherctl("generate"); code != exitFine {
			t.Fatal(code, out, err)
		}
		labsOf(t, exitFine, known, "--", "--impure") // the flake reads the environment
	})
}

// labsOf runs the lab of the flake in this folder and that of the facts, compares
// what they say and returns it.
func labsOf(t *testing.T, want int, facts string, nix ...string) string {
	t.Helper()
	code, flake, err := pantherctl(append([]string{"lab", "--flake", "path:."}, nix...)...)
	if code != want || !strings.Contains(flake, " probes, ") {
		t.Fatalf("lab --flake ended with %d, want %d\n%s%s", code, want, flake, err)
	}
	saved, out, err := pantherctl("lab", "--facts", facts)
	if saved != want {
		t.Fatalf("lab --facts ended with %d, want %d\n%s%s", saved, want, out, err)
	}
	// How long it took, and why there are no facts of a host.
	differs := regexp.MustCompile(`; built in .*|, in \d+ ms|it does not evaluate.*|there are no facts.*`)
	if diff := cmp.Diff(differs.ReplaceAllString(out, ""), differs.ReplaceAllString(flake, "")); diff != "" {
		t.Errorf("what the lab says (-facts +flake)\n%s\n%s", diff, flake)
	}
	return flake
}
