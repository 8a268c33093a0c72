package plan

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// silent are facts whose change is told by another fact, or means nothing to
// those who approve a plan.
func silent() []string {
	return []string{
		"sshd.settings",                                                  // are in sshd.config
		"sshd.openFirewall",                                              // is in the ruleset
		"nftables.tables",                                                // are in the ruleset
		"sudo.extraRules",                                                // are in sudo.config
		"fail2ban.jails",                                                 // of comments
		"state",                                                          // of units
		"kernel.systemdSysctl",                                           // what lies below the sysctls
		"upgrade.script",                                                 // is made of the other settings
		"users.accounts.admin.isSystemUser", "users.accounts.admin.name", // say what others say
		"firewall", // its lists make the ruleset
	}
}

// TestComplete changes every fact of a host by itself, and wants all but the
// silent ones told.
func TestComplete(t *testing.T) {
	if testing.Short() {
		t.Skip("not run: a comparison for every fact takes half a minute")
	}
	fleet, _ := example(t, "homelab")
	text, err := os.ReadFile(filepath.Join(fleets, "homelab", "facts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var hosts map[string]map[string]any
	if err := json.Unmarshal(text, &hosts); err != nil {
		t.Fatal(err)
	}
	host := hosts["server"]
	delete(host, "options")
	host["tailscale"].(map[string]any)["enable"] = true // what is off has no settings that count
	seen := map[string]bool{}
	old := decoded(t, host)
	each(host, "", func(path string, undo func()) {
		defer undo()
		if slices.ContainsFunc(silent(), func(s string) bool { return path == s || strings.HasPrefix(path, s+".") }) || seen[path] {
			return
		}
		if !differs(t, fleet, old, decoded(t, host)) {
			t.Errorf("%s changes, and nothing is told", path)
		}
		seen[path] = true
	})
	if len(seen) < 60 {
		t.Errorf("only %d facts were changed", len(seen))
	}
}

func differs(t *testing.T, fleet *policy.Fleet, old, new *facts.Host) bool {
	t.Helper()
	before, after := map[string]*facts.Host{"server": old}, map[string]*facts.Host{"server": new}
	return compareHosts(t, fleet, before, after, "server")[0].Differs()
}

func decoded(t *testing.T, host map[string]any) *facts.Host {
	t.Helper()
	text, err := json.Marshal(host)
	if err != nil {
		t.Fatal(err)
	}
	h, err := facts.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// each changes one value below a set after the other; of like members of a set
// the first is changed.
func each(set map[string]any, at string, f func(path string, undo func())) {
	for i, name := range slices.Sorted(maps.Keys(set)) {
		path := strings.TrimPrefix(at+"."+name, ".")
		if many := strings.HasSuffix(at, "accounts") || strings.HasSuffix(at, "groups") || strings.HasSuffix(at, "secrets") || strings.HasSuffix(at, "sysctl") || strings.HasSuffix(at, "serviceConfig") || at == "units" || at == "timers" || at == "sandboxed"; many && i > 0 {
			continue
		}
		old := set[name]
		undo := func() { set[name] = old }
		switch v := old.(type) {
		case bool:
			set[name] = !v
		case float64:
			set[name] = v + 1
		case string:
			set[name] = v + "\nchanged yes\n"
		case []any:
			if strings.HasSuffix(name, "PortRanges") || name == "devices" { // of sets
				continue
			}
			if len(v) > 0 {
				if _, ok := v[0].(string); !ok {
					continue
				}
			}
			set[name] = append(slices.Clone(v), "changed")
			if strings.HasSuffix(strings.ToLower(name), "ports") {
				set[name] = append(slices.Clone(v), float64(9))
			}
		case map[string]any:
			each(v, path, f)
			continue
		default:
			continue
		}
		f(path, undo)
	}
}
