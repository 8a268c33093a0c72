package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/evaluate"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
	"github.com/pantherctl/pantherctl/testdata"
)

// realFlake has the hosts of pantheros on a real tree of NixOS modules, which
// it finds by the environment.
const realFlake = `{
  outputs =
    _:
    let
      nixpkgs = builtins.getEnv "PANTHERCTL_NIXPKGS";
      modules = builtins.getEnv "PANTHERCTL_MODULES";
      lib = import (nixpkgs + "/lib");
      pkgs = import nixpkgs { system = "x86_64-linux"; };
      fleet = import ./generated {
        agenix = modules + "/agenix/modules/age.nix";
        opnix = modules + "/opnix/nix/module.nix";
        secrets = "/secrets";
      };
      double = {
        nixpkgs.pkgs = pkgs;
        boot.loader.systemd-boot.enable = true;
        fileSystems."/" = { device = "/dev/disk/by-label/root"; fsType = "ext4"; };
        system.stateVersion = "24.11";
      };
    in
    {
      nixosConfigurations = builtins.mapAttrs (
        _: host:
        import (nixpkgs + "/nixos/lib/eval-config.nix") {
          inherit lib;
          system = "x86_64-linux";
          modulesLocation = "flake.nix";
          modules = [ host ./kernel.double.nix ./apps.double.nix double ];
        }
      ) fleet;
    };
}
`

// realFleet writes pantheros and its flake to a new folder, and returns the
// document.
func realFleet(t testing.TB, dir string) []byte {
	t.Helper()
	if os.Getenv("PANTHERCTL_NIXPKGS") == "" || os.Getenv("PANTHERCTL_MODULES") == "" {
		t.Skip("not evaluated: PANTHERCTL_NIXPKGS and PANTHERCTL_MODULES name no NixOS tree and no modules")
	}
	document, err := testdata.Fleet("pantheros")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"flake.nix": realFlake, "security.yaml": string(document)}
	for _, name := range []string{"kernel.double.nix", "apps.double.nix"} {
		double, err := os.ReadFile(filepath.Join("../../gen/testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(double)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return document
}

// BenchmarkCheck takes the time of check for the four hosts of pantheros
// against that of the nix command with the same function, by turns.
func BenchmarkCheck(b *testing.B) {
	p := newProcess(b, b.TempDir())
	document := realFleet(b, filepath.Join(p.dir, "fleet"))
	p.run(b, "generate", "-f", "fleet/security.yaml", "-o", "fleet/generated")
	loaded, _ := schema.Load("security.yaml", document, nil)
	fleet, _ := policy.Resolve(loaded)
	function, err := evaluate.Function(fleet, fleet.Hosts)
	if err != nil {
		b.Fatal(err)
	}
	var raw, whole []time.Duration
	for b.Loop() {
		start := time.Now()
		eval := exec.Command("nix", "--extra-experimental-features", "nix-command flakes", "eval", "--json", "--impure", "--no-write-lock-file",
			"path:fleet#nixosConfigurations", "--apply", string(function))
		eval.Dir = p.dir
		if out, err := eval.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%.2000s", err, out)
		}
		raw = append(raw, time.Since(start))
		start = time.Now()
		p.run(b, "check", "-f", "fleet/security.yaml", "--flake", "path:fleet", "--", "--impure")
		whole = append(whole, time.Since(start))
	}
	slices.Sort(raw)
	slices.Sort(whole)
	nix, check := raw[len(raw)/2].Seconds(), whole[len(whole)/2].Seconds()
	b.ReportMetric(nix*1000, "ms-nix")
	b.ReportMetric(check*1000, "ms-check")
	b.ReportMetric(check/nix, "times")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkCheckCached takes the time of a check that has nothing to evaluate.
func BenchmarkCheckCached(b *testing.B) {
	p := newProcess(b, b.TempDir())
	if err := os.CopyFS(filepath.Join(p.dir, "fleet"), os.DirFS("../../testdata/flake/evaluated")); err != nil {
		b.Fatal(err)
	}
	b.Setenv("XDG_CACHE_HOME", filepath.Join(p.dir, "cache"))
	p.run(b, "generate", "-f", "fleet/security.yaml", "-o", "fleet/generated")
	p.run(b, "check", "-f", "fleet/security.yaml", "--flake", "path:fleet", "web")
	var times []time.Duration
	for b.Loop() {
		start := time.Now()
		p.run(b, "check", "-f", "fleet/security.yaml", "--flake", "path:fleet", "web")
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(times[len(times)/2].Seconds()*1000, "ms-median")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkCheckFacts takes time and memory of comparing the saved facts of
// 1,000 hosts, each with all that a server of pantheros has: half of them differ,
// as these are workstations. Formats that tell of every item may cost half as
// much again as text.
func BenchmarkCheckFacts(b *testing.B) {
	p := newProcess(b, b.TempDir())
	p.saveFacts(b, 1_000)
	for _, f := range []struct{ format, ofEachHost string }{
		{"text", " policy items hold"},
		{"markdown", "\n| host-"},
		{"junit", "<testsuite name="},
		{"html", "<details class=\"host\""},
		{"sarif", `"kind": "pass"`},
	} {
		b.Run(f.format, func(b *testing.B) {
			p.memory, p.cpu = 0, 0
			for b.Loop() {
				if out := p.try(b, "check", "--facts", "facts.json", "--format", f.format); bytes.Count(out, []byte(f.ofEachHost)) < 1_000 {
					b.Fatalf("not every host was compared:\n%.2000s", out)
				}
			}
			p.report(b)
		})
	}
}

// BenchmarkAuditFacts takes time and memory of an audit of 1,000 hosts with saved
// facts, none of which answers: what is held of each until the last was asked.
func BenchmarkAuditFacts(b *testing.B) {
	p := newProcess(b, b.TempDir())
	p.saveFacts(b, 1_000)
	if err := os.WriteFile(filepath.Join(p.dir, "ssh"), []byte("#!/bin/sh\nexit 255\n"), 0o755); err != nil {
		b.Fatal(err)
	}
	b.Setenv("PATH", p.dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	for b.Loop() {
		if out := p.try(b, "audit", "--facts", "facts.json"); !bytes.HasSuffix(out, []byte("\n1000 errors\n")) {
			b.Fatalf("not every host was asked:\n%.2000s", out)
		}
	}
	p.report(b)
	if megabytes := p.memory >> 10; megabytes > 400 {
		b.Errorf("%d MB were held", megabytes)
	}
}

// saveFacts puts a document of n hosts in place, and facts as if saved for it.
func (p *process) saveFacts(b *testing.B, n int) {
	b.Helper()
	text, err := os.ReadFile("../../testdata/fleets/pantheros/facts.json")
	if err != nil {
		b.Fatal(err)
	}
	var one map[string]json.RawMessage
	err = json.Unmarshal(text, &one)
	var server map[string]json.RawMessage
	if err := errors.Join(err, json.Unmarshal(one["ovh-vps"], &server)); err != nil {
		b.Fatal(err)
	}
	document := manyHosts(pantheros(b), n)
	p.write(b, document)
	f, err := os.Create(filepath.Join(p.dir, "facts.json"))
	if err != nil {
		b.Fatal(err)
	}
	w := facts.NewWriter(f)
	loaded, _ := schema.Load("security.yaml", []byte(document), nil)
	fleet, _ := policy.Resolve(loaded)
	wants := gen.NewWants(fleet)
	for _, h := range fleet.Hosts {
		server["digests"], _ = json.Marshal(wants.Digests(h))
		text, err := json.Marshal(server)
		if err != nil {
			b.Fatal(err)
		}
		w.Write(h.Name, text)
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		b.Fatal(err)
	}
}

// try is run for what may well find something.
func (p *process) try(b *testing.B, args ...string) []byte {
	cmd := exec.Command(p.program, args...)
	cmd.Dir = p.dir
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() > exitFindings {
		b.Fatalf("%s: %v\n%.2000s", cmd, err, out)
	}
	p.used(cmd)
	return out
}
