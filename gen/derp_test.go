package gen_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const derpHost = `version: 1
fleet: t
nixos: "25.11"
users: { admin: { admin: true, keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOuk1z7AnAIYCxdqfVV5OYFfmbcOLyTduj6jJqd61bX } }
derp: { regions: { own: { id: 900, hosts: h } } }
access: [{ from: wan, to: h, allow: derp }]
hosts:
  h:
    system: x86_64-linux
    level: server
    interfaces: { eth0: wan }
    tailscale: { enable: true, relay: derp, derp: { domain: derp.example.org, email: a@example.org } }
`

// TestDERP wants a relay for members alone, with a certificate, whose ports
// the firewall opens where an access rule says so.
func TestDERP(t *testing.T) {
	f := parseFacts(t, evaluate(t, filesOf(t, derpHost), "kernel.double.nix", "options.double.nix"))["h"]
	if d := f.Derper; d.Domain != "derp.example.org" || d.OpenFirewall || !d.VerifyClients || !slices.Equal(d.Certificates, []string{"derp.example.org"}) {
		t.Errorf("the relay is %+v", d)
	}
	eth0 := f.Firewall.Interfaces["eth0"]
	if diff := cmp.Diff([]int{80, 443}, eth0.AllowedTCPPorts); diff != "" {
		t.Errorf("tcp (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]int{3478}, eth0.AllowedUDPPorts); diff != "" {
		t.Errorf("udp (-want +got)\n%s", diff)
	}
	for _, text := range f.Assertions {
		t.Error(text)
	}
}
