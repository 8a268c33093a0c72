package gen_test

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen/policy"
)

// built is one host in all its forms: resolved, written, evaluated.
type built struct {
	*policy.Host
	facts   *facts
	modules map[string]string // texts by concern
	text    string            // of all of them
}

func buildAll(t *testing.T) []built {
	t.Helper()
	var hosts []built
	for _, e := range examples() {
		fleet, files := e.generate(t)
		all := e.facts(t)
		for _, h := range fleet.Hosts {
			b := built{Host: h, facts: all[h.Name], modules: map[string]string{}}
			for _, f := range files {
				if dir, name := path.Split(f.Path); dir == "hosts/"+h.Name+"/" {
					b.modules[strings.TrimSuffix(name, ".nix")] = string(f.Data)
					b.text += string(f.Data)
				}
			}
			hosts = append(hosts, b)
		}
	}
	return hosts
}

// trap is a known way to write NixOS modules that do something else than they
// say. wrong returns what a host does wrong, "" for nothing, and whether the
// trap lies in the host's way at all.
type trap struct {
	name  string
	wrong func(t *testing.T, b built) (problem string, applies bool)
}

// absent is a trap that lies in words nobody should write.
func absent(name string, words ...string) trap {
	return trap{name, func(_ *testing.T, b built) (string, bool) {
		for _, w := range words {
			if regexp.MustCompile(w).MatchString(b.text) {
				return "the text matches " + w, true
			}
		}
		return "", true
	}}
}

// onlyIf is the verdict "problem unless good".
func onlyIf(good bool, problem string, args ...any) string {
	if good {
		return ""
	}
	return fmt.Sprintf(problem, args...)
}

// elsewhere are the traps in things that no generated module does.
func elsewhere() map[string]string {
	return map[string]string{}
}

var trapID = regexp.MustCompile(`^T[0-9]{2} `)

func allTraps() []trap {
	return slices.Concat(firewallTraps(), intrusionTraps(), sshTraps(), stateTraps(), moduleTraps(), upkeepTraps(),
		observeTraps(), diskTraps(), isolationTraps(), appTraps(), webTraps(), incidentTraps(), hostTraps())
}

// TestTraps walks every host past every trap. One that no host comes near
// tests nothing, and fails.
func TestTraps(t *testing.T) {
	hosts := buildAll(t)
	seen := elsewhere()
	for _, trap := range allTraps() {
		t.Run(trap.name, func(t *testing.T) {
			id := trap.name
			if trapID.MatchString(id) {
				id, _, _ = strings.Cut(id, " ")
			}
			if why, ok := seen[id]; ok {
				t.Errorf("%s is already: %s", id, why)
			}
			seen[id] = trap.name
			near := false
			for _, b := range hosts {
				problem, applies := trap.wrong(t, b)
				near = near || applies
				if applies && problem != "" {
					t.Errorf("%s: %s", b.Name, problem)
				}
			}
			if !near {
				t.Error("no host comes near this trap")
			}
		})
	}
	for i := range 40 {
		if id := fmt.Sprintf("T%02d", i+1); seen[id] == "" {
			t.Errorf("%s has neither a test nor a reason", id)
		}
	}
}
