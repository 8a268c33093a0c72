package drift_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/drift"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

const root = "../../../.."

// fleets are where the example fleets lie.
var fleets = map[string]string{
	"pantheros":     root + "/testdata/fleets/pantheros",
	"homelab":       root + "/testdata/fleets/homelab",
	"high-security": root + "/gen/testdata/high-security",
}

// fleet resolves the document of an example.
func fleet(t testing.TB, name string) *policy.Fleet {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(fleets[name], "security.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	document, problems := schema.Load("security.yaml", src, func(string) ([]byte, error) { return nil, fs.ErrNotExist })
	f, more := policy.Resolve(document)
	for _, p := range append(problems, more...) {
		t.Fatal(p)
	}
	return f
}

// hostsWith is the default.nix around a generated folder that adds modules to
// its hosts.
const hostsWith = `args@{ agenix, impermanence, lanzaboote, opnix, preservation, secrets }:
let
  generated = import ./generated;
  fleet = generated (builtins.intersectAttrs (builtins.functionArgs generated) (
    args // { preservation = import ./preservation.double.nix preservation; }
  ));
  doubles = [ ./kernel.double.nix ./containers.double.nix ./apps.double.nix ];
  added = { %s };
in
builtins.mapAttrs (name: host: { imports = [ host ] ++ doubles ++ added.${name} or [ ]; }) fleet
`

// evaluate returns the facts of an example whose hosts have further modules, by
// name of the host and of the module's file.
func evaluate(t *testing.T, f *policy.Fleet, added map[string]map[string]string) map[string]*facts.Host {
	t.Helper()
	nixpkgs, modules := os.Getenv("PANTHERCTL_NIXPKGS"), os.Getenv("PANTHERCTL_MODULES")
	program, err := exec.LookPath("nix-instantiate")
	if nixpkgs == "" || modules == "" || err != nil {
		t.Skip("not evaluated: PANTHERCTL_NIXPKGS and PANTHERCTL_MODULES name no NixOS tree and no modules, or Nix is missing")
	}
	dir := t.TempDir()
	files, err := gen.Generate(f, "security.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		write(t, filepath.Join(dir, "generated", file.Path), file.Data)
	}
	policies, err := gen.Modules(f, f.Hosts)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "policies.nix"), policies)
	for to, from := range map[string]string{
		"kernel.double.nix": "kernel.double.nix", "containers.double.nix": "containers.double.nix", "apps.double.nix": "apps.double.nix",
		"preservation.double.nix": "preservation.double.nix", "container/nixos/lib/eval-config.nix": "eval-config.double.nix",
	} {
		text, err := os.ReadFile(root + "/gen/testdata/" + from)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, to), text)
	}
	var imports strings.Builder
	for host, modules := range added {
		fmt.Fprintf(&imports, "%q = [", host)
		for _, name := range slices.Sorted(maps.Keys(modules)) {
			write(t, filepath.Join(dir, name), []byte(modules[name]))
			fmt.Fprintf(&imports, " ./%s", name)
		}
		imports.WriteString(" ]; ")
	}
	write(t, filepath.Join(dir, "default.nix"), fmt.Appendf(nil, hostsWith, imports.String()))
	cmd := exec.Command(program, "--eval", "--strict", "--json", root+"/nixmodules/evaluate.nix",
		"--argstr", "nixpkgs", nixpkgs, "--argstr", "modules", modules, "--argstr", "hosts", dir, "--argstr", "secrets", "/secrets",
		"--argstr", "policies", filepath.Join(dir, "policies.nix"))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	hosts, err := facts.DecodeFleet(bytes.ReplaceAll(out, jsonText(dir+"/"), nil))
	if err != nil {
		t.Fatal(err)
	}
	return hosts
}

// jsonText is a text as it stands within a JSON string.
func jsonText(s string) []byte {
	text, _ := json.Marshal(s)
	return text[1 : len(text)-1]
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestClean wants every policy item of the example fleets to hold, and nothing
// to be reported.
func TestClean(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(fleets)) {
		t.Run(name, func(t *testing.T) {
			f := fleet(t, name)
			hosts := evaluate(t, f, nil)
			for _, h := range f.Hosts {
				c := drift.Compare(h, hosts[h.Name])
				passed := 0
				for _, i := range c.Items {
					switch {
					case i.Status == drift.Fail:
						t.Errorf("%s: %s fails", h.Name, i.Option)
					case i.Status == drift.Pass:
						passed++
					}
				}
				if passed < 50 {
					t.Errorf("%s: only %d items pass", h.Name, passed)
				}
				for _, f := range c.Findings {
					t.Errorf("%s: %s: %s", h.Name, f.Rule, f.Message)
				}
			}
		})
	}
}
