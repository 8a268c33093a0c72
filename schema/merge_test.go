package schema_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pantherctl/pantherctl/schema"
)

// settings reads the settings of a layer, YAML as it stands below a role.
func settings(t rapid.TB, layer, yaml string) *schema.Settings {
	t.Helper()
	levels, ds := schema.LoadLevels(layer+".yaml", []byte(layer+":\n  "+strings.ReplaceAll(strings.TrimSpace(yaml), "\n", "\n  ")+"\n"))
	if len(ds) > 0 {
		t.Fatalf("%s:\n%s\n%s", layer, yaml, format(ds))
	}
	return levels[layer]
}

// said lists what settings say, a line each: path, value, and the file and line
// it came from.
func said(s *schema.Settings) []string {
	var lines []string
	for _, a := range s.All() {
		last := a.From[len(a.From)-1].Pos
		lines = append(lines, fmt.Sprintf("%s = %s, %s:%d", a.Path, a.Text, last.File, last.Line))
	}
	return lines
}

func TestOverlay(t *testing.T) {
	level := settings(t, "level", "ssh:\n  ports: [22]\n  sftp: true\n  max_sessions: 10\nkernel: { sysctl: { vm.a: 1, vm.b: 1 } }")
	role := settings(t, "role", "ssh:\n  ports: { append: 2222 }\n  sftp: false\nkernel: { sysctl: { vm.b: 2, vm.c: 2 } }")
	host := settings(t, "host", "ssh:\n  max_sessions: 4\n\n  ports: { append: [2200] }\nfirewall: { rate_limits: { ssh: 10/minute } }")
	got := *level
	got.Overlay(role)
	got.Overlay(host)

	if diff := cmp.Diff([]schema.Port{22, 2222, 2200}, got.SSH.Ports.Values()); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
	want := []string{
		"firewall.rate_limits.ssh.rate = 10/minute, host.yaml:6",
		"ssh.ports = [22, 2222, 2200], host.yaml:5",
		"ssh.max_sessions = 4, host.yaml:3",
		"ssh.sftp = false, role.yaml:4",
		`kernel.sysctl."vm.a" = 1, level.yaml:6`,
		`kernel.sysctl."vm.b" = 2, role.yaml:5`,
		`kernel.sysctl."vm.c" = 2, role.yaml:5`,
	}
	if diff := cmp.Diff(want, said(&got)); diff != "" {
		t.Errorf("origins (-want +got):\n%s", diff)
	}
	if items := got.SSH.Ports.Items; items[0].From.Pos.File != "level.yaml" || items[1].From.Pos.File != "role.yaml" {
		t.Errorf("origins of ports: %v", items)
	}
	if n := len(level.SSH.Ports.Items); n != 1 || level.Kernel.Sysctl.Entries[1].Value.V.Text != "1" {
		t.Error("the level itself has changed, which other hosts share")
	}
	if !host.Sets("ssh.max_sessions") || host.Sets("ssh.sftp") || host.Sets("ssh.ports") {
		t.Error("Sets: want max_sessions alone; a list that only appends settles nothing")
	}
}

func TestJoin(t *testing.T) {
	const none = ""
	tests := map[string]struct {
		roles     []string
		ports     []schema.Port
		conflicts string // path, first and second file with line
	}{
		"one":                        {[]string{"ssh: { ports: 22 }"}, []schema.Port{22}, none},
		"two agree":                  {[]string{"ssh: { ports: 22 }", "ssh: { ports: [22] }"}, []schema.Port{22}, none},
		"two differ":                 {[]string{"ssh: { ports: 22 }", "ssh:\n  ports: [23]"}, []schema.Port{23}, "ssh.ports r0.yaml:2 r1.yaml:3"},
		"order differs":              {[]string{"ssh: { ports: [1, 2] }", "ssh: { ports: [2, 1] }"}, []schema.Port{2, 1}, "ssh.ports r0.yaml:2 r1.yaml:2"},
		"append to none":             {[]string{"ssh: { ports: { append: 1 } }", "ssh: { ports: { append: 2 } }"}, []schema.Port{1, 2}, none},
		"append after":               {[]string{"ssh: { ports: 22 }", "ssh: { ports: { append: 1 } }"}, []schema.Port{22, 1}, none},
		"append before":              {[]string{"ssh: { ports: { append: 1 } }", "ssh: { ports: 22 }"}, []schema.Port{22, 1}, none},
		"agree around append":        {[]string{"ssh: { ports: 22 }", "ssh: { ports: { append: 1 } }", "ssh: { ports: 22 }"}, []schema.Port{22, 1}, none},
		"agree after append":         {[]string{"ssh: { ports: { append: 1 } }", "ssh: { ports: 22 }", "ssh: { ports: 22 }"}, []schema.Port{22, 1}, none},
		"differ by what is appended": {[]string{"ssh: { ports: 22 }", "ssh: { ports: { append: 1 } }", "ssh: { ports: [22, 1] }"}, []schema.Port{22, 1, 1}, "ssh.ports r0.yaml:2 r2.yaml:2"},
		"values":                     {[]string{"ssh: { sftp: true, kex: strict }", "ssh: { sftp: false, kex: strict }"}, nil, "ssh.sftp r0.yaml:2 r1.yaml:2"},
		"entries":                    {[]string{"kernel: { sysctl: { vm.a: 1, vm.b: 1 } }", "kernel: { sysctl: { vm.b: 2, vm.c: 1 } }"}, nil, `kernel.sysctl."vm.b" r0.yaml:2 r1.yaml:2`},
		"level":                      {[]string{"level: server", "kernel: basic", "level: workstation"}, nil, "level r0.yaml:2 r2.yaml:2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, conflicts := &schema.Settings{}, []string{}
			for i, role := range tt.roles {
				for _, c := range got.Join(settings(t, fmt.Sprintf("r%d", i), role)) {
					conflicts = append(conflicts, fmt.Sprintf("%s %s:%d %s:%d", c.Path, c.First.Pos.File, c.First.Pos.Line, c.Second.Pos.File, c.Second.Pos.Line))
				}
			}
			if diff := cmp.Diff(tt.conflicts, strings.Join(conflicts, "\n")); diff != "" {
				t.Errorf("conflicts (-want +got):\n%s", diff)
			}
			if tt.ports != nil && !slices.Equal(tt.ports, got.SSH.Ports.Values()) {
				t.Errorf("ports %v, want %v", got.SSH.Ports.Values(), tt.ports)
			}
		})
	}
}

// random draws a layer that appends nothing.
func random(t *rapid.T, layer string) *schema.Settings {
	choices := []string{
		"level: server", "ssh: { ports: [22, 2222], sftp: true }", "ssh: { ports: 22 }", "ssh: { sftp: false }", "kernel: basic",
		"kernel: { sysctl: { vm.a: 1 }, smt: off }", "kernel: { sysctl: { vm.a: 2, vm.b: 1 } }", "login: [alice]", "login: []",
		"secrets: { a: { owner: x, units: [u] } }", "secrets: { a: { file: a.age, units: [v, w] }, b: op://v/i/f }",
		"firewall: { rate_limits: { ssh: 1/second } }", "firewall: { rate_limits: { ssh: { burst: 5 }, dns: 2/minute } }",
	}
	keys, parts := map[string]bool{}, []string{}
	for _, c := range rapid.SliceOfN(rapid.SampledFrom(choices), 1, 5).Draw(t, layer) {
		if key, _, _ := strings.Cut(c, ":"); !keys[key] {
			keys[key], parts = true, append(parts, c)
		}
	}
	return settings(t, layer, strings.Join(parts, "\n"))
}

func TestOverlayIsAssociative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := random(t, "a"), random(t, "b"), random(t, "c")
		left, right, bc := *a, *a, *b
		left.Overlay(b)
		left.Overlay(c)
		bc.Overlay(c)
		right.Overlay(&bc)
		if diff := cmp.Diff(left, right, exported); diff != "" {
			t.Errorf("(a+b)+c and a+(b+c) differ:\n%s", diff)
		}
		// What the last layer says holds, and is said to come from there.
		for _, line := range said(c) {
			if !slices.Contains(said(&left), line) {
				t.Errorf("lost: %s", line)
			}
		}
	})
}

// exported compares lists by what others see of them.
var exported = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".added" }, cmp.Ignore())

func TestAllSpellsAsDocumentsDo(t *testing.T) {
	for _, d := range documents(t) {
		if d.name != "everything" {
			continue
		}
		fleet, _ := d.load()
		host, _ := fleet.Hosts.Get("vps")
		lines := strings.Split(string(d.src), "\n")
		settings := host.All()
		for _, s := range settings {
			// The place is that of the value, which stands there as it is spelled.
			found := strings.NewReplacer(`"`, "", "[", "", "]", "").Replace(lines[s.From[0].Pos.Line-1])
			if text := strings.Trim(s.Text, "[]"); !strings.Contains(found, text) {
				t.Errorf("%s is spelled %q, the document has %q", s.Path, text, found)
			}
		}
		if len(settings) < 60 {
			t.Errorf("only %d settings", len(settings))
		}
	}
}
