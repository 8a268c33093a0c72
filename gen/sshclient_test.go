package gen_test

import (
	"strings"
	"testing"
)

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
