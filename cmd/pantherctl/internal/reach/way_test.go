package reach

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/schema"
)

// TestWays: what a tunnel brings is followed through the proxy and its guard to
// the service, and held against expectations.
func TestWays(t *testing.T) {
	n := network(t, `version: 1
fleet: home
nixos: "25.11"
access:
  - { from: lan, to: box, allow: https }
services:
  vaultwarden: tcp/8222
expect:
  - { from: internet, to: box, deny: any }
  - { from: internet, to: box, deny: any, except: vaultwarden }
  - { from: lan, to: box, deny: any, except: https }
  - { from: lan, to: box, deny: vaultwarden }
  - { from: internet, to: box, allow: vaultwarden, via: tunnel }
  - { from: lan, to: box, allow: vaultwarden, via: wan }
hosts:
  box: { system: x86_64-linux, level: server, interfaces: { eth0: lan } }
`)
	n.ways = map[string][]Way{"box": passage{
		ingress: []ingress{{name: "vault.example.org", service: "traefik"}},
		sites:   []site{{name: "vault.example.org", proxy: "traefik", service: "vaultwarden", guarded: true}},
		auth:    Stage{Name: "authelia", Demands: "demands two_factor"},
	}.ways()}
	box := n.must(t, "box")
	for _, tt := range []struct {
		from string
		side schema.Side
		want []string
	}{
		{"internet", Tunnel, []string{"tunnel", "traefik", "authelia", "vaultwarden"}},
		{"lan", schema.LAN, []string{"traefik", "authelia", "vaultwarden"}},
	} {
		t.Run(tt.from, func(t *testing.T) {
			var got []string
			for _, l := range n.Links(n.must(t, tt.from), box) {
				for _, w := range l.Ways {
					if l.Side == tt.side {
						got = append(got, w.Hops()...)
					}
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("hops (-want +got):\n%s", diff)
			}
		})
	}
	var broken []bool
	for _, a := range n.Expectations() {
		broken = append(broken, len(a.Broken) > 0)
	}
	if diff := cmp.Diff([]bool{true, false, false, true, false, true}, broken); diff != "" {
		t.Errorf("expectations that do not hold (-want +got):\n%s", diff)
	}
	if list, _ := n.Surface(box); list[1].Side != Tunnel {
		t.Errorf("the surface does not show the tunnel: %+v", list)
	}
	without := New(n.Fleet)
	if changes := Diff(without, n); len(changes) != 2 || !changes[0].Effect.Widens() {
		t.Errorf("changes: %+v", changes)
	}
}

// TestHomelabWays pins how the internet gets into the example with a tunnel.
func TestHomelabWays(t *testing.T) {
	n := network(t, example(t, "homelab"))
	got := map[string][]string{}
	for _, l := range n.Links(n.Internet, n.must(t, "server")) {
		for _, w := range l.Ways {
			got[string(l.Side)+" "+w.Name] = w.Hops()
		}
	}
	want := map[string][]string{
		"tunnel vault.home.example.org": {"tunnel", "traefik", "vaultwarden"},
		"tunnel files.home.example.org": {"tunnel", "traefik", "authelia", "files"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ways (-want +got):\n%s", diff)
	}
}
