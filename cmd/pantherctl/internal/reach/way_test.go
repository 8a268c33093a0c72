package reach

import (
	"fmt"
	"strings"
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

// TestServed: what tailscaled answers itself is reached by whom the tailnet's
// policy lets in, past the firewall, and by a funnel from the internet.
func TestServed(t *testing.T) {
	document := `version: 1
fleet: f
nixos: "25.11"
tailnet: t1.ts.net
services: { app: tcp/8443 }
access:
  - { from: desk, to: box, allow: app }
expect:
  - { from: desk, to: box, allow: vaultwarden, via: tailnet }
  - { from: internet, to: box, deny: vaultwarden }
  - { from: other, to: box, deny: vaultwarden }
hosts:
  box:
    system: x86_64-linux
    level: server
    interfaces: { eth0: lan }
    vaultwarden: { enable: true, domain: vault.example.org }
    tailscale: { enable: true, serve: { 8443: { to: vaultwarden, funnel: FUNNEL } } }
  desk: { system: x86_64-linux, level: workstation, tailscale: { enable: true } }
  other: { system: x86_64-linux, level: workstation, tailscale: { enable: true, tags: [other] } }
`
	closed := network(t, strings.Replace(document, "FUNNEL", "false", 1))
	open := network(t, strings.Replace(document, "FUNNEL", "true", 1))
	box := open.must(t, "box")
	for from, want := range map[string][]string{
		"internet": {"tunnel box.t1.ts.net:8443 funnel vaultwarden"},
		"desk":     {"tailnet box.t1.ts.net:8443 serve vaultwarden"},
		"other":    nil,
	} {
		t.Run(from, func(t *testing.T) {
			var got []string
			for _, l := range open.Links(open.must(t, from), box) {
				for _, w := range l.Ways {
					got = append(got, strings.Join(append([]string{string(l.Side), w.Name}, w.Hops()...), " "))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("ways (-want +got):\n%s", diff)
			}
		})
	}
	for _, tt := range []struct {
		n      *Network
		broken []bool
	}{{closed, []bool{false, false, false}}, {open, []bool{false, true, false}}} {
		var broken []bool
		for _, a := range tt.n.Expectations() {
			broken = append(broken, len(a.Broken) > 0)
		}
		if diff := cmp.Diff(tt.broken, broken); diff != "" {
			t.Errorf("expectations that do not hold (-want +got):\n%s", diff)
		}
	}
	if changes := Diff(closed, open); len(changes) != 1 || changes[0].Effect != Opens || changes[0].Side != Tunnel {
		t.Errorf("changes: %+v", changes)
	}
	var surface []string
	list, _ := open.Surface(box)
	for _, e := range list {
		if e.Side == Tunnel || strings.Contains(e.Note, "serve") || strings.Contains(e.Note, "tailscaled") {
			surface = append(surface, fmt.Sprintf("%s %s %s %s", e.Side, e.What, e.Ports, e.Who))
		}
	}
	want := []string{
		"tailnet app tcp/8443 [desk]",
		"tunnel vaultwarden box.t1.ts.net:8443 [the whole internet]",
		"tailnet vaultwarden box.t1.ts.net:8443 [whoever reaches tcp/8443 of the host]",
	}
	if diff := cmp.Diff(want, surface); diff != "" {
		t.Errorf("surface (-want +got):\n%s", diff)
	}
}
