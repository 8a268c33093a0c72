package drift_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/drift"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/nix"
)

// TestForced forces generated values, drawn at random at each run, to something
// else, each by a file of its own, and wants every one of them reported with
// that file and priority 50.
func TestForced(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 0))
	for _, name := range []string{"pantheros", "homelab"} {
		f := fleet(t, name)
		clean := evaluate(t, f, nil)
		added, options := map[string]map[string]string{}, map[string]string{}
		for _, h := range f.Hosts {
			added[h.Name] = map[string]string{}
			drawn := map[string]bool{}
			for _, i := range draw.Perm(len(clean[h.Name].Options)) {
				o := clean[h.Name].Options[i]
				other, ok := otherwise(o)
				if !ok || len(drawn) == perHost || drawn[nix.AttrPath(o.Path).String()] {
					continue
				}
				drawn[nix.AttrPath(o.Path).String()] = true
				file := fmt.Sprintf("forced-%s-%d.nix", h.Name, i)
				added[h.Name][file] = fmt.Sprintf("{ lib, ... }:\n{\n  %s = lib.mkForce %s;\n}\n", nix.AttrPath(o.Path), other)
				options[file] = nix.AttrPath(o.Path).String()
			}
		}
		hosts := evaluate(t, f, added)
		for _, h := range f.Hosts {
			found := map[string]bool{}
			for _, finding := range drift.Compare(h, hosts[h.Name]).Findings {
				if finding.Priority == 50 && strings.Contains(finding.Message, options[finding.File]) {
					found[finding.File] = true
				}
			}
			for file, text := range added[h.Name] {
				if !found[file] {
					t.Errorf("%s: not reported:\n%s", h.Name, text)
				}
			}
		}
	}
}

// perHost is how many values of a host are forced at once.
const perHost = 60

// unsafe are options whose other value NixOS itself refuses, so that nothing is
// evaluated at all.
var unsafe = []string{"age.identityPaths", "boot.lanzaboote", "boot.specialFileSystems", "fileSystems", "pantherctl.lockdown"}

// otherwise returns another value of the same type, as Nix. Words are left out:
// most of them are one of a few that only the option knows.
func otherwise(o facts.Option) (string, bool) {
	path := strings.Join(o.Path, ".")
	if o.Concern == "" || !o.Declared || *o.Priority <= 50 || slices.ContainsFunc(unsafe, func(p string) bool { return strings.HasPrefix(path, p) }) {
		return "", false
	}
	switch want := o.Want.(type) {
	case bool:
		return fmt.Sprint(!want), true
	case json.Number:
		n, err := want.Int64()
		return fmt.Sprint(n + 1), err == nil
	case []any:
		if len(want) == 0 {
			return "", false
		}
		text, err := json.Marshal(want[1:])
		return "(builtins.fromJSON " + strings.ReplaceAll(strconv.Quote(string(text)), "${", `\${`) + ")", err == nil
	case string:
		return `"# nothing of it is left"`, strings.Contains(want, "\n")
	}
	return "", false
}
