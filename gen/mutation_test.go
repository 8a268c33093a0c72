package gen_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen"
)

// perProcess is how many hosts one run of Nix evaluates: what they share is
// read once, and their memory is not given back.
const perProcess = 8

// mutation evaluates hosts of the example fleets without some of their lines.
type mutation struct {
	*testing.T
	fleets []*mutable
	traps  []trap
}

func newMutation(t *testing.T) *mutation {
	t.Helper()
	if os.Getenv("PANTHERCTL_NIXPKGS") == "" || os.Getenv("PANTHERCTL_MODULES") == "" {
		t.Skip("nothing deleted: PANTHERCTL_NIXPKGS and PANTHERCTL_MODULES name no NixOS tree and no modules")
	}
	tool(t, "nix-instantiate")
	m := &mutation{T: t, fleets: mutables(t)}
	for _, trap := range allTraps() {
		good := true
		for _, f := range m.fleets {
			for host := range f.hosts {
				good = good && stumbles(trap, f.built(t, host, f.files, f.facts[host])) == ""
			}
		}
		if good { // else it asks a program, which it does in TestTraps alone
			m.traps = append(m.traps, trap)
		}
	}
	return m
}

// on is a mutation that reports to a subtest.
func (m *mutation) on(t *testing.T) *mutation {
	return &mutation{T: t, fleets: m.fleets, traps: m.traps}
}

// verdict is what one judge has against a host.
type verdict struct{ judge, words string }

func (v verdict) String() string { return v.judge + ": " + v.words }

// judge gives for every line what is said of its host without it.
func (m *mutation) judge(lines []line) iter.Seq2[line, []verdict] {
	return func(yield func(line, []verdict) bool) {
		for mutants, e := range m.evaluateAll(inGroups(lines, 1)) {
			if !yield(mutants[0], m.verdicts(mutants[0], e)) {
				return
			}
		}
	}
}

// evaluateAll evaluates hosts, each without the lines of one group.
func (m *mutation) evaluateAll(groups [][]line) iter.Seq2[[]line, evaluated] {
	return func(yield func([]line, evaluated) bool) {
		for batch := range slices.Chunk(groups, perProcess) {
			for i, e := range m.evaluate(batch) {
				if !yield(batch[i], e) {
					return
				}
			}
		}
	}
}

func (m *mutation) fleet(l line) *mutable {
	return m.fleets[slices.IndexFunc(m.fleets, func(f *mutable) bool { return f.name == l.example })]
}

// evaluated is what NixOS makes of a host: facts, or why there are none.
type evaluated struct {
	facts map[string]any
	wrong string
}

// theirFacts evaluates mutants in one process. One that throws does not stop
// the others.
const theirFacts = `{ evaluate, nixpkgs, modules, hosts }:
builtins.mapAttrs (
  _: facts:
  let
    text = builtins.tryEval (builtins.unsafeDiscardStringContext (builtins.toJSON facts));
  in
  if text.success then text.value else ""
) (import (/. + evaluate) { nixpkgs = /. + nixpkgs; modules = /. + modules; hosts = /. + hosts; secrets = "/secrets"; })
`

// evaluate evaluates hosts, each without lines of its own. Where one stops the
// whole process, the others are evaluated without it.
func (m *mutation) evaluate(lines [][]line) []evaluated {
	dir := m.TempDir()
	defer os.RemoveAll(dir)
	m.save(dir, lines)
	here, err := filepath.Abs("../nixmodules/evaluate.nix")
	if err != nil {
		m.Fatal(err)
	}
	text, err := run(m.T, tool(m.T, "nix-instantiate"), "--eval", "--strict", "--json", filepath.Join(dir, "facts.nix"),
		"--argstr", "evaluate", here, "--argstr", "nixpkgs", os.Getenv("PANTHERCTL_NIXPKGS"),
		"--argstr", "modules", os.Getenv("PANTHERCTL_MODULES"), "--argstr", "hosts", dir)
	if text == "" && err != nil {
		if strings.Contains(err.Error(), "syntax error") {
			m.Fatalf("a line is not one that can be deleted: %v", err)
		}
		if len(lines) == 1 {
			return []evaluated{{wrong: reason(err)}}
		}
		half := len(lines) / 2
		return append(m.evaluate(lines[:half]), m.evaluate(lines[half:])...)
	}
	var texts map[string]string
	if err := json.Unmarshal([]byte(text), &texts); err != nil {
		m.Fatal(err)
	}
	all := make([]evaluated, len(lines))
	for i := range lines {
		name := fmt.Sprintf("m%d", i)
		if texts[name] == "" {
			all[i].wrong = "does not evaluate"
			continue
		}
		facts := storePath.ReplaceAllString(strings.ReplaceAll(texts[name], filepath.Join(dir, name), ""), "/nix/store/…-")
		all[i].facts = untyped(m.T, facts)
	}
	return all
}

// reason is what Nix says of an error, without where.
func reason(err error) string {
	_, text, _ := strings.Cut(err.Error(), "error: ")
	if i := strings.LastIndex(text, "error: "); i >= 0 {
		text = text[i+len("error: "):]
	}
	text, _, _ = strings.Cut(text, "\n")
	return text
}

// save writes the fleets as they are, for the guard to hold hosts to, and beside
// them one for each group.
func (m *mutation) save(dir string, groups [][]line) {
	doubles := []string{"kernel.double.nix", "containers.double.nix", "apps.double.nix"}
	for _, name := range append(doubles, "preservation.double.nix") {
		save(m.T, dir, []gen.File{file(name, readText(m.T, "testdata", name))})
	}
	save(m.T, dir, []gen.File{
		file("container/nixos/lib/eval-config.nix", readText(m.T, "testdata/eval-config.double.nix")),
		file("facts.nix", theirFacts),
	})
	for _, f := range m.fleets {
		save(m.T, filepath.Join(dir, f.name), asFiles(f.files))
	}
	var hosts strings.Builder
	for i, lines := range groups {
		name, l := fmt.Sprintf("m%d", i), lines[0]
		save(m.T, filepath.Join(dir, name), asFiles(heldTo("../../../"+l.example, m.fleet(l).mutant(lines...))))
		fmt.Fprintf(&hosts, "  %s = host ./%s %q;\n", name, name, l.host)
	}
	save(m.T, dir, []gen.File{file("default.nix", fmt.Sprintf(`args@{ agenix, impermanence, lanzaboote, opnix, preservation, secrets }:
let
  host = folder: name: {
    imports = [ (import folder (builtins.intersectAttrs (builtins.functionArgs (import folder)) (
      args // { preservation = import ./preservation.double.nix preservation; }
    ))).${name} ./%s ];
  };
in
{
%s}
`, strings.Join(doubles, " ./"), hosts.String()))})
}

// mutant are the files of a fleet without some lines.
func (f *mutable) mutant(lines ...line) map[string]string {
	files, numbers := maps.Clone(f.files), map[string][]int{}
	for _, l := range lines {
		numbers[l.file] = append(numbers[l.file], l.number)
	}
	for name, gone := range numbers {
		files[name] = without(files[name], gone...)
	}
	return files
}

// heldTo has the guards of a fleet read the modules of another folder.
func heldTo(folder string, files map[string]string) map[string]string {
	held := map[string]string{}
	for name, text := range files {
		if dir := path.Dir(name); strings.HasPrefix(dir, "hosts/") {
			before, guard, ok := strings.Cut(text, "pantherctl.guard")
			if ok {
				guard = strings.ReplaceAll(guard, "../../modules/", folder+"/modules/")
				guard = strings.ReplaceAll(guard, " ./", " "+folder+"/"+dir+"/")
				text = before + "pantherctl.guard" + guard
			}
		}
		held[name] = text
	}
	return held
}

func asFiles(texts map[string]string) []gen.File {
	var files []gen.File
	for name, text := range texts {
		files = append(files, file(name, text))
	}
	return files
}

func untyped(t *testing.T, text string) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}
