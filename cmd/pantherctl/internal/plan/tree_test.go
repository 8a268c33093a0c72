package plan

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

const root = "../../../.."

// nixInstantiate evaluates a file with a real NixOS tree.
func nixInstantiate(t *testing.T, args ...string) []byte {
	t.Helper()
	program, err := exec.LookPath("nix-instantiate")
	nixpkgs, modules := os.Getenv("PANTHERCTL_NIXPKGS"), os.Getenv("PANTHERCTL_MODULES")
	if nixpkgs == "" || modules == "" || err != nil {
		t.Skip("not evaluated: PANTHERCTL_NIXPKGS and PANTHERCTL_MODULES name no NixOS tree and no modules, or Nix is missing")
	}
	cmd := exec.Command(program, append([]string{"--eval", "--strict", "--json", "--argstr", "nixpkgs", nixpkgs}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return out
}

// hosts is the default.nix around a generated folder.
const hosts = `args@{ agenix, impermanence, lanzaboote, opnix, preservation, secrets }:
let
  generated = import ./generated;
  doubles = [ ./kernel.double.nix ./containers.double.nix ./apps.double.nix ];
in
builtins.mapAttrs (_: host: { imports = [ host ] ++ doubles; }) (
  generated (builtins.intersectAttrs (builtins.functionArgs generated) (
    args // { preservation = import ./preservation.double.nix preservation; }
  ))
)
`

// evaluateDocument returns the fleet of a document and what NixOS makes of it.
func evaluateDocument(t *testing.T, document string) (*policy.Fleet, map[string]*facts.Host) {
	t.Helper()
	loaded, problems := schema.Load("security.yaml", []byte(document), func(string) ([]byte, error) { return nil, fs.ErrNotExist })
	fleet, more := policy.Resolve(loaded)
	for _, p := range append(problems, more...) {
		t.Fatal(p)
	}
	dir := t.TempDir()
	files, err := gen.Generate(fleet, "security.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		write(t, filepath.Join(dir, "generated", f.Path), f.Data)
	}
	// The tree lacks what these stand for.
	for name, from := range map[string]string{
		"kernel.double.nix": "kernel.double.nix", "containers.double.nix": "containers.double.nix", "apps.double.nix": "apps.double.nix",
		"preservation.double.nix": "preservation.double.nix", "container/nixos/lib/eval-config.nix": "eval-config.double.nix",
	} {
		double, err := os.ReadFile(root + "/gen/testdata/" + from)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), double)
	}
	write(t, filepath.Join(dir, "default.nix"), []byte(hosts))
	out := nixInstantiate(t, root+"/nixmodules/evaluate.nix", "--argstr", "modules", os.Getenv("PANTHERCTL_MODULES"),
		"--argstr", "hosts", dir, "--argstr", "secrets", "/secrets")
	evaluated, err := facts.DecodeFleet(out)
	if err != nil {
		t.Fatal(err)
	}
	return fleet, evaluated
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

// TestTree evaluates an example fleet and a changed one, and wants exactly the
// change told, in meaning.
func TestTree(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(fleets, "homelab", "security.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	document := string(src)
	_, old := evaluateDocument(t, document)
	for _, edit := range [][2]string{
		{"allow: [ssh, dns, http, https]\n\nexpect", "allow: [ssh, dns, https]\n\nexpect"},
		{"max_auth_tries: 3", "max_auth_tries: 5"},
		{"lock_modules: true", "lock_modules: false"},
		{"- ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM1iFn0lKMHQiTt8y/B9qsdQarbIHl4PTJIdwuRwp30A deploy", "- ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq again"},
	} {
		replace(t, &document, edit[0], edit[1])
	}
	fleet, new := evaluateDocument(t, document)
	compared := compareHosts(t, fleet, old, new, "laptop", "server")
	if compared[0].Differs() {
		t.Errorf("the laptop changes: %s", told(&compared[0]))
	}
	want := []string{
		"narrows network: lan, laptop, router to server over the lan: - tcp/80 (http)",
		"widens sshd: MaxAuthTries: 3 -> 5",
		"widens account: deploy: keys: + ssh-ed25519 …B83PlyZq again",
		"narrows account: deploy: keys: - ssh-ed25519 …wuRwp30A deploy",
		"widens kernel: modules locked after boot: on -> off",
		"neutral module: loaded at boot: - ext4, hid_generic, nf_log_syslog, nf_tables, nft_chain_nat, nft_connlimit, nft_ct, nft_fib_inet, nft_limit, nft_log, nft_masq, nft_nat and 3 more",
	}
	if diff := cmp.Diff(want, told(&compared[1])); diff != "" {
		t.Error(diff)
	}
}

// systems evaluates a host as it is built, and the same with a service changed.
const systems = `{ nixpkgs, system }:
let
  pkgs = import nixpkgs { system = "x86_64-linux"; };
  host = module: (import system) (import (nixpkgs + "/nixos/lib/eval-config.nix") {
    lib = import (nixpkgs + "/lib");
    system = "x86_64-linux";
    modules = [
      {
        nixpkgs.pkgs = pkgs;
        documentation.enable = false;
        boot.loader.systemd-boot.enable = true;
        environment.etc.terminfo.enable = false; # of packages that the tree has no terminfo of
        fileSystems."/" = { device = "/dev/x"; fsType = "ext4"; };
        system.stateVersion = "24.11";
        services.openssh.enable = true;
        systemd.services.a = { script = "true"; serviceConfig.NoNewPrivileges = true; };
      }
      module
    ];
  });
in
{
  old = host { };
  new = host (
    { lib, ... }:
    {
      boot.kernelModules = [ "extra" ];
      systemd.services.a.serviceConfig.NoNewPrivileges = lib.mkForce false;
    }
  );
}
`

// TestTreeSystem wants of two evaluated systems which units restart, and both
// of their paths.
func TestTreeSystem(t *testing.T) {
	file := filepath.Join(t.TempDir(), "systems.nix")
	if err := os.WriteFile(file, []byte(systems), 0o644); err != nil {
		t.Fatal(err)
	}
	code, err := filepath.Abs(root + "/nixmodules/system.nix")
	if err != nil {
		t.Fatal(err)
	}
	var built map[string]*facts.System
	if err := json.Unmarshal(nixInstantiate(t, file, "--argstr", "system", code), &built); err != nil {
		t.Fatal(err)
	}
	h := compareServer(t, func(old, new *facts.Host) { old.System, new.System = built["old"], built["new"] })
	want := []string{"widens sandbox: a: NoNewPrivileges: true -> false", "neutral unit: restart: a.service, systemd-modules-load.service"}
	if diff := cmp.Diff(want, told(&h)); diff != "" {
		t.Error(diff)
	}
	if h.Old == h.New || !IsStorePath(h.Old) || !IsStorePath(h.New) || !strings.HasSuffix(h.Derivation, ".drv") {
		t.Errorf("got %s, %s, %s", h.Old, h.New, h.Derivation)
	}
}
