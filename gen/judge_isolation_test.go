package gen_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/bits"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// TestSandbox has systemd count how exposed the sandboxed services of every
// host are, as NixOS makes them, and wants the target to hold.
func TestSandbox(t *testing.T) {
	units := 0
	for _, e := range examples() {
		fleet, _ := e.generate(t)
		all := e.facts(t)
		for _, h := range fleet.Hosts {
			for _, s := range h.Sandbox.Entries {
				units++
				service, ok := all[h.Name].Sandboxed[s.Key]
				if !ok {
					t.Errorf("%s/%s: nothing confines %s", e.name, h.Name, s.Key)
					continue
				}
				got := unitExposure(t, s.Key, service)
				t.Logf("%s/%s: %s has an exposure of %s, at most %s is wanted", e.name, h.Name, s.Key, got, s.Value.Exposure.V)
				if got > s.Value.Exposure.V {
					t.Errorf("%s/%s: %s has an exposure of %s, more than %s", e.name, h.Name, s.Key, got, s.Value.Exposure.V)
				}
			}
		}
	}
	if units == 0 {
		t.Error("no host has a sandbox")
	}
}

// TestExposure compares the exposure that is worked out from the allowances of
// a sandbox with what systemd counts: it is never less, and not much more.
func TestExposure(t *testing.T) {
	allowances := []string{"network: true", "home: true", "devices: /dev/null", "processes: true", "jit: true", "capabilities: CAP_SYS_ADMIN"}
	var lines []string
	for set := range 1 << len(allowances) {
		line := fmt.Sprintf("u%d: {", set)
		for rest := set; rest != 0; rest &= rest - 1 {
			line += allowances[bits.TrailingZeros(uint(rest))] + ", "
		}
		lines = append(lines, strings.TrimSuffix(line, ", ")+"}")
	}
	for _, c := range []string{"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_NET_BIND_SERVICE", "CAP_NET_ADMIN", "CAP_SETUID", "CAP_SYS_PTRACE", "CAP_SYS_RAWIO", "CAP_KILL"} {
		lines = append(lines, strings.ToLower(c)+": {capabilities: "+c+"}")
	}
	document := "version: 1\nfleet: t\nnixos: '25.11'\nhosts:\n  box:\n    system: x86_64-linux\n    level: server\n    sandbox:\n      " +
		strings.Join(lines, "\n      ") + "\n"
	fleet, problems := resolve(document)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	services := written(t, texts(filesOf(t, document))["hosts/box/sandbox.nix"])
	for _, s := range fleet.Hosts[0].Sandbox.Entries {
		got, most := unitExposure(t, s.Key, services[s.Key]), policy.Exposure(s.Value)
		if got > most || most > got+8 {
			t.Errorf("%s: systemd counts %s, and %s was worked out", lines[slices.Index(fleet.Hosts[0].Sandbox.Keys(), s.Key)], got, most)
		}
	}
}

// written returns the settings of the services of a module, by the name of the
// unit. The module asks lib for nothing but mkOverride.
func written(t *testing.T, module string) map[string]map[string]any {
	t.Helper()
	name := write(t, "sandbox.nix", module)
	text, err := run(t, tool(t, "nix-instantiate"), "--eval", "--strict", "--json", "--expr",
		"builtins.mapAttrs (_: u: u.serviceConfig) (import "+name+" { lib.mkOverride = _: value: value; }).systemd.services")
	if err != nil {
		t.Fatal(err)
	}
	var services map[string]map[string]any
	if err := json.Unmarshal([]byte(text), &services); err != nil {
		t.Fatal(err)
	}
	return services
}

var overall = regexp.MustCompile(`Overall exposure level for \S+: ([0-9]+)\.([0-9]) `)

// unitExposure asks systemd-analyze about a service, whose program is replaced.
func unitExposure(t *testing.T, name string, service map[string]any) schema.Exposure {
	t.Helper()
	analyze := tool(t, "systemd-analyze")
	text := "[Service]\nExecStart=/bin/true\n"
	for _, key := range slices.Sorted(maps.Keys(service)) {
		if strings.HasPrefix(key, "Exec") {
			continue
		}
		values, ok := service[key].([]any)
		if !ok {
			values = []any{service[key]}
		}
		for _, v := range values {
			text += fmt.Sprintf("%s=%v\n", key, v)
		}
	}
	out, err := run(t, analyze, "security", "--offline=true", "--no-pager", "--threshold=100", write(t, name+".service", text))
	if err != nil {
		t.Fatal(err)
	}
	m := overall.FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("systemd-analyze counts nothing for %s:\n%s", filepath.Base(name), out)
	}
	var whole, tenths int
	fmt.Sscan(m[1], &whole)
	fmt.Sscan(m[2], &tenths)
	return schema.Exposure(10*whole + tenths)
}
