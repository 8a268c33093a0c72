package gen_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pantherctl/pantherctl/gen"
)

// unitsFile has the units of an example's hosts as NixOS writes them, each as
// HOST/system/UNIT or HOST/initrd/UNIT.
const unitsFile = "units.txtar"

// TestFactsOfUnits keeps the committed units true to the committed text, as
// TestFacts does the facts.
func TestFactsOfUnits(t *testing.T) {
	for _, e := range examples() {
		t.Run(e.name, func(t *testing.T) {
			_, files := e.generate(t)
			text, err := evaluation{function: "units.nix"}.of(t, files, "kernel.double.nix")
			if err != nil {
				t.Fatal(err)
			}
			got := string(txtar.Format(unitsOf(t, text)))
			if *update {
				save(t, e.dir, []gen.File{{unitsFile, []byte(got)}})
			}
			if diff := cmp.Diff(lines(readText(t, e.dir, unitsFile)), lines(got)); diff != "" {
				t.Errorf("the committed units are not those of NixOS (-want +got)\n%s", diff)
			}
		})
	}
}

func unitsOf(t *testing.T, text string) *txtar.Archive {
	t.Helper()
	var hosts map[string]map[string]map[string]string
	if err := json.Unmarshal([]byte(text), &hosts); err != nil {
		t.Fatal(err)
	}
	a := &txtar.Archive{}
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		for _, stage := range []string{"initrd", "system"} {
			for _, name := range slices.Sorted(maps.Keys(hosts[host][stage])) {
				a.Files = append(a.Files, txtar.File{Name: path.Join(host, stage, name), Data: []byte(hosts[host][stage][name])})
			}
		}
	}
	return a
}

// namedUnit is a unit that a generated module writes or adds to.
var namedUnit = regexp.MustCompile(`(?m)^ *(?:boot\.initrd\.)?systemd\.(service|timer|path)s\."?([^". ]+)`)

// TestUnits has systemd read every unit that the generated modules write, extend
// or turn on. What they run lies in the store, which is not at hand: each such
// path of a command, and nothing else, is replaced, and counted.
func TestUnits(t *testing.T) {
	analyze := tool(t, "systemd-analyze")
	for _, e := range examples() {
		_, files := e.generate(t)
		stages := map[string]map[string]string{} // by host and stage, the text of each unit
		for _, f := range txtar.Parse([]byte(readText(t, e.dir, unitsFile))).Files {
			stage, name := path.Split(f.Name)
			if stages[stage] == nil {
				stages[stage] = map[string]string{}
			}
			stages[stage][name] = string(f.Data)
		}
		for _, f := range files {
			host, ok := strings.CutPrefix(path.Dir(f.Path), "hosts/")
			for _, m := range namedUnit.FindAllStringSubmatch(string(f.Data), -1) {
				unit := m[2] + "." + m[1]
				newer := strings.HasPrefix(unit, "acme-order-renew-") // than the release of the tree
				if ok && !newer && stages[host+"/system/"][unit] == "" && stages[host+"/initrd/"][unit] == "" {
					t.Errorf("%s: %s names %s, which %s lacks", e.name, f.Path, unit, unitsFile)
				}
			}
		}
		for _, stage := range slices.Sorted(maps.Keys(stages)) {
			t.Run(e.name+"/"+strings.TrimSuffix(stage, "/"), func(t *testing.T) { verify(t, analyze, stages[stage]) })
		}
	}
}

// verify has systemd-analyze read units together.
func verify(t *testing.T, analyze string, units map[string]string) {
	t.Helper()
	dir, replaced := t.TempDir(), 0
	args := []string{"verify", "--man=no", "--recursive-errors=no"}
	for _, name := range slices.Sorted(maps.Keys(units)) {
		text, n := withoutStore(units[name])
		if !strings.Contains(text, "\nExecStart=") { // a double of that of its package, to which NixOS adds this text
			text = strings.Replace(text, "[Service]\n", "[Service]\nExecStart=/bin/true\n", 1)
		}
		replaced += n
		save(t, dir, []gen.File{{name, []byte(text)}})
		args = append(args, filepath.Join(dir, name))
	}
	if _, err := run(t, analyze, args...); err != nil {
		t.Error(err)
	}
	t.Logf("%d units, %d programs of the store replaced", len(units), replaced)
}

var (
	command      = regexp.MustCompile(`(?m)^Exec\w+=.*$`)
	anyStorePath = regexp.MustCompile(`/nix/store/[^\s"]*`)
)

// withoutStore replaces the programs of the store that a unit runs by one that
// is at hand, and says how many it replaced.
func withoutStore(unit string) (string, int) {
	n := 0
	return command.ReplaceAllStringFunc(unit, func(line string) string {
		n += len(anyStorePath.FindAllString(line, -1))
		return anyStorePath.ReplaceAllString(line, "/bin/true")
	}), n
}

// TestOddUnits wants what systemd would not read to be told.
func TestOddUnits(t *testing.T) {
	analyze := tool(t, "systemd-analyze")
	for name, line := range map[string]string{
		"no such directive": "ProtectEverything=yes",
		"no such value":     "ProtectSystem=sometimes",
		"no such program":   "ExecStartPre=/bin/there-is-none",
	} {
		t.Run(name, func(t *testing.T) {
			unit := write(t, "odd.service", fmt.Sprintf("[Service]\nExecStart=/bin/true\n%s\n", line))
			if _, err := run(t, analyze, "verify", "--man=no", "--recursive-errors=no", unit); err == nil {
				t.Errorf("systemd takes %s", line)
			}
		})
	}
}
