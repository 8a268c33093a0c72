package main

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nix-community/go-nix/pkg/nar"
	"github.com/nix-community/go-nix/pkg/nixhash"
)

// flakeFolder returns a copy of what the flake reads. The repository itself
// would not do: Nix does not see files that Git does not track.
func flakeFolder(t *testing.T) string {
	t.Helper()
	root, dir := filepath.Join("..", ".."), t.TempDir()
	for _, name := range []string{"flake.nix", "flake.lock"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"nixmodules", "testdata"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(root, name))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// nix runs Nix without a network and returns its standard output.
func nix(t *testing.T, args ...string) []byte {
	t.Helper()
	needs(t, "nix")
	args = append(args, "--extra-experimental-features", "nix-command flakes", "--offline")
	cmd := exec.Command("nix", args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, stderr.String())
	}
	return out
}

// TestFlakeLock has Nix complete the lock file. A missing or superfluous input
// would change it, and most would ask for the network.
func TestFlakeLock(t *testing.T) {
	dir := flakeFolder(t)
	before, err := os.ReadFile(filepath.Join(dir, "flake.lock"))
	if err != nil {
		t.Fatal(err)
	}
	nix(t, "flake", "lock", "path:"+dir)
	after, err := os.ReadFile(filepath.Join(dir, "flake.lock"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("flake.lock is not what Nix makes of flake.nix:\n%s", diff)
	}
}

// overridden are the arguments that put doubles in the place of all inputs.
func overridden(dir string) []string {
	args := []string{"path:" + dir, "--no-write-lock-file"}
	for input, double := range map[string]string{"nixpkgs": "nixpkgs", "agenix": "module", "impermanence": "module", "lanzaboote": "module", "opnix": "module"} {
		args = append(args, "--override-input", input, "path:"+filepath.Join(dir, "testdata", "flake", double))
	}
	return args
}

// TestFlakeCheck evaluates every output of the flake, with doubles for its
// inputs, and has Nix judge that each is what its name promises.
func TestFlakeCheck(t *testing.T) {
	nix(t, append([]string{"flake", "check", "--no-build", "--all-systems"}, overridden(flakeFolder(t))...)...)
}

func TestFlakeOutputs(t *testing.T) {
	out := nix(t, append([]string{"flake", "show", "--json", "--all-systems"}, overridden(flakeFolder(t))...)...)
	var outputs map[string]map[string]json.RawMessage
	if err := json.Unmarshal(out, &outputs); err != nil {
		t.Fatal(err)
	}
	names := func(output, system string) []string {
		var set map[string]json.RawMessage
		if err := json.Unmarshal(outputs[output][system], &set); err != nil {
			t.Fatalf("%s.%s: %v", output, system, err)
		}
		var names []string
		for name := range set {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	for _, system := range []string{"aarch64-linux", "x86_64-linux"} {
		for output, want := range map[string][]string{
			"apps":      {"default", "pantherctl"},
			"packages":  {"default", "pantherctl"},
			"devShells": {"default"},
			"checks": {
				"format", "homelab-laptop", "homelab-server", "package", "pantheros-hetzner-vps",
				"pantheros-ovh-vps", "pantheros-yoga", "pantheros-zephyrus",
			},
		} {
			if diff := cmp.Diff(want, names(output, system)); diff != "" {
				t.Errorf("%s.%s:\n%s", output, system, diff)
			}
		}
	}
	for _, output := range []string{"checks", "packages"} {
		if _, ok := outputs["hydraJobs"][output]; !ok {
			t.Errorf("hydraJobs.%s is missing", output)
		}
	}
	if _, ok := outputs["nixosModules"]["kernel-gates"]; !ok {
		t.Error("nixosModules.kernel-gates is missing")
	}
}

// hosts are those of a user's flake: one that its guard refuses among them.
const hosts = `jobs:
let
  host = system: toplevel: {
    pkgs.stdenv.hostPlatform.system = system;
    config.system.build.toplevel = toplevel;
  };
  built = system: name: derivation { inherit name system; builder = "/bin/sh"; };
  all = jobs {
    web = host "x86_64-linux" (built "x86_64-linux" "web");
    board = host "aarch64-linux" (built "aarch64-linux" "board");
    drifted = host "x86_64-linux" (throw "pantherctl: it has drifted");
  };
  state = _: job: let tried = builtins.tryEval job.name; in if tried.success then tried.value else "refused";
in
{
  checks = builtins.mapAttrs (_: builtins.mapAttrs state) all.checks;
  hydraJobs = builtins.mapAttrs state all.hydraJobs.hosts;
}`

// TestFlakeJobs wants each host of a flake as a job of its own, so that one that
// is refused takes no other with it.
func TestFlakeJobs(t *testing.T) {
	args := overridden(flakeFolder(t))
	args[0] += "#lib.jobs"
	var got any
	if err := json.Unmarshal(nix(t, append([]string{"eval", "--json", "--apply", hosts}, args...)...), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"checks": map[string]any{
			"aarch64-linux": map[string]any{"host-board": "board"},
			"x86_64-linux":  map[string]any{"host-web": "web", "host-drifted": "refused"},
		},
		"hydraJobs": map[string]any{"board": "board", "web": "web", "drifted": "refused"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("jobs (-want +got)\n%s", diff)
	}
}

// TestVendorHash wants the flake to name the hash of the vendored modules, as
// its build would else stop. That it is this very hash that nixpkgs compares
// has been read, not tried.
func TestVendorHash(t *testing.T) {
	flake, err := os.ReadFile(filepath.Join("..", "..", "flake.nix"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`vendorHash = "(.*)";`).FindSubmatch(flake)
	if found == nil {
		t.Fatal("flake.nix has no vendorHash")
	}
	vendor := filepath.Join(t.TempDir(), "vendor")
	cmd := exec.Command("go", "mod", "vendor", "-o", vendor)
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	sum := sha256.New()
	if err := nar.DumpPath(sum, vendor); err != nil {
		t.Fatal(err)
	}
	want := nixhash.MustNewHashWithEncoding(nixhash.SHA256, sum.Sum(nil), nixhash.SRI, true).String()
	if got := string(found[1]); got != want {
		t.Errorf("vendorHash in flake.nix is stale:\n got %s\nwant %s", got, want)
	}
}
