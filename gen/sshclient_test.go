package gen_test

import (
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen"
)

// TestFleetSSH looks at what ssh is told of fleets that the examples are not.
func TestFleetSSH(t *testing.T) {
	tests := []struct {
		name, hosts string
		want, not   []string // in fleet-ssh.nix and the modules sshclient
	}{
		{
			"a host that is called like another's second key",
			"  a: { system: x86_64-linux, level: server, break_glass: screen, host_keys: [KEY0, KEY1], ssh_client: { enable: true } }\n" +
				"  a-2: { system: x86_64-linux, level: server, break_glass: screen, host_keys: KEY1 }",
			[]string{"a = {", "a-2-key = {", "a-2 = {"},
			nil,
		},
		{
			"a host that is called like the fleet's authority",
			"  host-ca-1: { system: x86_64-linux, level: server, break_glass: screen, host_keys: KEY0, ssh_client: { enable: true }, " +
				"ssh: { certificates: { host_cas: KEY1, host_certificate: /etc/ssh/cert.pub } } }",
			[]string{"host-ca-1 = {", "host-ca-1-key = {"},
			nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			document := "version: 1\nfleet: f\nnixos: '25.11'\nusers: { ann: { admin: true, keys: KEY0 } }\nhosts:\n" + test.hosts
			fleet, problems := resolve(strings.NewReplacer("KEY0", sshKeys[0], "KEY1", sshKeys[1]).Replace(document))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			files, err := gen.Generate(fleet, "security.yaml", nil)
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for name, module := range texts(files) {
				if strings.HasSuffix(name, "/fleet-ssh.nix") || strings.HasSuffix(name, "/sshclient.nix") {
					text += module
				}
			}
			for _, w := range test.want {
				if !strings.Contains(text, w) {
					t.Errorf("no %s in\n%s", w, text)
				}
			}
			for _, n := range test.not {
				if strings.Contains(text, n) {
					t.Errorf("%s in\n%s", n, text)
				}
			}
		})
	}
}

// TestNobodyToGoTo: where no host runs an SSH server and no key is known, ssh is
// told nothing of the fleet, and all else is written.
func TestNobodyToGoTo(t *testing.T) {
	const document = `version: 1
fleet: example
nixos: "25.11"
hosts:
  box:
    system: x86_64-linux
    level: workstation
    ssh_client: { CLIENT }
`
	const identity = "identity: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK31j0ODfiyxDA9ORbc5RYnVa0/Ufp86nEZGB83PlyZq"
	for client, says := range map[string]bool{"": false, "agent: 1password": true, identity: false} {
		files := texts(filesOf(t, strings.ReplaceAll(document, "CLIENT", client)))
		if _, ok := files["hosts/box/sshclient.nix"]; ok != says {
			t.Errorf("ssh_client: { %s }: a module %t", client, ok)
		}
		for name, text := range files {
			if strings.Contains(text, "fleet-ssh.nix") {
				t.Errorf("ssh_client: { %s }: %s imports what is not there", client, name)
			}
		}
	}
}
