package policy_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen/policy"
)

// TestDERPMap wants the relays that the document names, by number, with the
// addresses that it declares.
func TestDERPMap(t *testing.T) {
	fleet, problems := resolve(t, `derp:
  regions:
    south: { id: 901, name: The south, hosts: [b, a] }
    north: { id: 900, hosts: a }
hosts:
  a: {system: x86_64-linux, level: server, addresses: {wan: [192.0.2.1, "2001:db8::1"]}, tailscale: {enable: true, relay: derp, derp: {domain: a.example.org, email: a@example.org}}}
  b: {system: x86_64-linux, level: server, tailscale: {enable: true, exit_node: true, relay: derp, derp: {domain: b.example.org, email: a@example.org}}, interfaces: {eth0: wan}}
  c: {system: x86_64-linux, level: server, tailscale: {enable: true}}
`)
	for _, p := range problems {
		t.Error(p)
	}
	a := policy.DERPNode{
		Name: "a", HostName: "a.example.org", DERPPort: 443, STUNPort: 3478,
		IPv4: netip.MustParseAddr("192.0.2.1"), IPv6: netip.MustParseAddr("2001:db8::1"),
	}
	b := policy.DERPNode{Name: "b", HostName: "b.example.org", DERPPort: 443, STUNPort: 3478}
	want := []policy.DERPRegion{
		{ID: 900, Code: "north", Name: "north", Nodes: []policy.DERPNode{a}},
		{ID: 901, Code: "south", Name: "The south", Nodes: []policy.DERPNode{b, a}},
	}
	same := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	if diff := cmp.Diff(want, fleet.Relays, same); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
