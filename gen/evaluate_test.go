package gen_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen"
)

// hostsWith is the default.nix around a generated folder that adds modules to
// every host, doubles for what the tree at hand does not have.
const hostsWith = `args@{ agenix, impermanence, lanzaboote, opnix, preservation, secrets }:
let
  generated = import ./generated;
  fleet = generated (builtins.intersectAttrs (builtins.functionArgs generated) (
    args // { preservation = import ./preservation.double.nix preservation; }
  ));
in
builtins.mapAttrs (_: host: { imports = [ host %s ]; }) fleet
`

var storePath = regexp.MustCompile(`/nix/store/[0-9a-z]{32}-`)

// evaluate returns the facts of generated hosts as text, with doubles of
// testdata in each of them. Store paths lose their hashes, which depend on the
// tree's packages.
func evaluate(t *testing.T, files []gen.File, doubles ...string) string {
	t.Helper()
	text, err := tryEvaluate(t, files, doubles...)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// tryEvaluate is evaluate for hosts that NixOS may refuse.
func tryEvaluate(t *testing.T, files []gen.File, doubles ...string) (string, error) {
	t.Helper()
	return evaluation{}.of(t, files, doubles...)
}

// evaluation is what is asked of hosts.
type evaluation struct {
	system   string // x86_64-linux if empty
	policies []byte // what modules set: then the facts tell who set it
	function string // a file of testdata that is asked in place of the facts
}

func (e evaluation) of(t *testing.T, files []gen.File, doubles ...string) (string, error) {
	t.Helper()
	nixpkgs, modules := os.Getenv("PANTHERCTL_NIXPKGS"), os.Getenv("PANTHERCTL_MODULES")
	if nixpkgs == "" || modules == "" {
		t.Skip("not evaluated: PANTHERCTL_NIXPKGS and PANTHERCTL_MODULES name no NixOS tree and no modules")
	}
	dir, doubles := t.TempDir(), append(slices.Clone(doubles), "containers.double.nix", "apps.double.nix")
	save(t, filepath.Join(dir, "container/nixos/lib"), []gen.File{{"eval-config.nix", []byte(readText(t, "testdata/eval-config.double.nix"))}})
	const keeper = "preservation.double.nix"
	save(t, dir, []gen.File{{keeper, []byte(readText(t, "testdata", keeper))}})
	save(t, filepath.Join(dir, "generated"), files)
	for i, name := range doubles {
		save(t, dir, []gen.File{{name, []byte(readText(t, "testdata", name))}})
		doubles[i] = "./" + name
	}
	save(t, dir, []gen.File{{"default.nix", fmt.Appendf(nil, hostsWith, strings.Join(doubles, " "))}})
	args := []string{
		"--eval", "--strict", "--json", "../nixmodules/evaluate.nix",
		"--argstr", "nixpkgs", nixpkgs, "--argstr", "modules", modules, "--argstr", "hosts", dir, "--argstr", "secrets", "/secrets",
		"--argstr", "system", cmp.Or(e.system, "x86_64-linux"),
	}
	if e.policies != nil {
		save(t, dir, []gen.File{{"policies.nix", e.policies}})
		args = append(args, "--argstr", "policies", filepath.Join(dir, "policies.nix"))
	}
	if e.function != "" {
		args = append(args, "--arg", "facts", "import ./testdata/"+e.function)
	}
	text, err := run(t, tool(t, "nix-instantiate"), args...)
	if err != nil {
		return "", err
	}
	root, err := filepath.Abs("..")
	if err != nil {
		return "", err
	}
	for _, folder := range []string{dir, nixpkgs, modules, root} {
		text = strings.ReplaceAll(text, folder+"/", "")
	}
	var indented bytes.Buffer
	err = json.Indent(&indented, []byte(storePath.ReplaceAllString(text, "/nix/store/…-")), "", "  ")
	return indented.String(), err
}
