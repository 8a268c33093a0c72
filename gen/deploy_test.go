package gen_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen"
)

const deployDocument = `version: 1
fleet: small
nixos: "25.11"
tailnet: tail1234.ts.net
users:
  alice: { admin: true, keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHTn17cM3Bv/+0k8C/VSpJrA/zwZW52GSopMGODZpJJT alice"] }
  deploy: { deploy: true, hosts: [vps, lan-only, glass, odd], keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGE6rcP5VAPZ0IjV/GDi5DQ3oDv/EtCdLghjDnL8Xk/g deploy"] }
roles:
  vps: { level: server, tailscale: { enable: true } }
  web: {}
deploy: %s
access:
  - { from: everyone, to: vps, allow: ssh }
  - { from: lan, to: lan-only, allow: ssh }
hosts:
  one: { system: x86_64-linux, roles: [vps, web], addresses: 100.64.0.7, break_glass: screen }
  two: { system: x86_64-linux, roles: [vps], break_glass: screen }
  lan-only:
    system: aarch64-linux
    level: server
    interfaces: { eth0: lan }
    addresses: { lan: ["2001:db8::1", 192.168.1.4] }
    ssh: { ports: [2222] }
    break_glass: screen
  glass: # its one way in from the WAN is the second port
    system: x86_64-linux
    level: server
    interfaces: { eth0: wan }
    addresses: { wan: 192.0.2.9 }
    break_glass: { console: screen, port: 2222 }
  odd: { system: x86_64-linux, level: server, ssh: { enable: false }, break_glass: screen }
  laptop: { system: x86_64-linux, level: workstation }
`

// deployFile returns the deploy.nix of the document for some deployers.
func deployFile(t *testing.T, emit string) (string, bool) {
	t.Helper()
	fleet, problems := resolve(fmt.Sprintf(deployDocument, emit))
	for _, p := range problems {
		t.Fatal(p)
	}
	files, err := gen.Generate(fleet, "security.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Path == "deploy.nix" {
			return string(f.Data), true
		}
	}
	return "", false
}

func TestDeployGolden(t *testing.T) {
	got, _ := deployFile(t, "{ emit: [colmena, deploy-rs] }")
	golden := filepath.Join("testdata", "deploy.nix")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(readText(t, "testdata", "deploy.nix"), got, byLine); diff != "" {
		t.Error(diff)
	}
	if text, ok := deployFile(t, "{}"); ok {
		t.Errorf("nobody asked for\n%s", text)
	}
}

// TestDeployValues has Nix read what each deployer is given.
func TestDeployValues(t *testing.T) {
	nix := tool(t, "nix-instantiate")
	text, _ := deployFile(t, "deploy-rs")
	file := filepath.Join(t.TempDir(), "deploy.nix")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, nix, "--eval", "--strict", "--json", file)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	node := func(address, port string) map[string]any {
		return map[string]any{
			"hostname": address, "sshUser": "deploy", "sshOpts": []any{"-p", port},
			"profiles": map[string]any{"system": map[string]any{"user": "root"}},
		}
	}
	want := map[string]map[string]any{"deploy-rs": {
		"one": node("100.64.0.7", "22"), "two": node("two.tail1234.ts.net", "22"), "lan-only": node("192.168.1.4", "2222"),
		"glass": node("192.0.2.9", "2222"),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
