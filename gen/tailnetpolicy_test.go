package gen_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/tailscale/hujson"

	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/tailnet"
)

// A fleet for what the example fleets do not have.
const meshed = `version: 1
fleet: f
nixos: "25.11"
users:
  ann: { tailnet_login: ann@example.org, admin: true, keys: KEY }
  bob: { keys: KEY }
devices:
  phone: { user: ann, addresses: [100.64.9.1, "fd7a:115c:a1e0::9"] }
  tablet: { user: bob }
  nas: { tags: [store, phone] } # a tag that is called like a device is not the device
roles:
  web: { level: server }
  desk: { level: workstation, ssh: { enable: true } }
  old: { level: server, ssh: { ports: 2222 } }
derp:
  regions: { own: { id: 900, name: Ours, hosts: relay } }
access:
RULES
hosts:
  a: { system: x86_64-linux, roles: [web], break_glass: console, tailscale: { enable: true, routes: [10.0.0.0/8] } }
  b: { system: x86_64-linux, roles: [web], break_glass: console, tailscale: { enable: true, ssh: true, tags: [web, shell] } }
  c: { system: x86_64-linux, roles: [old, web], break_glass: console, ssh: { ports: 2222 }, tailscale: { enable: true } }
  d: { system: x86_64-linux, roles: [desk], break_glass: console, addresses: 100.64.1.4, tailscale: { enable: true, identity: user } }
  relay: { system: x86_64-linux, roles: [desk], break_glass: console, interfaces: { eth0: wan }, addresses: { wan: 192.0.2.7 }, tailscale: { enable: true, relay: derp, tags: [derp], serve: { 8443: { to: http://127.0.0.1:80, funnel: true } }, derp: { domain: derp.example.org, email: ann@example.org } } }
`

// TestTailnetPolicy looks at what single access rules become. Whatever they
// do, the service would take it with its tests, and its ETag is the hash of
// the file.
func TestTailnetPolicy(t *testing.T) {
	tests := []struct {
		name, rules string
		want        []string // in the text, white space aside
		not         []string
	}{
		{"no rule allows nothing", "  []", []string{`"grants": [],`}, []string{`"accept"`}},
		{
			"a role is its tag, and ports of ssh are each host's own",
			"  - { from: desk, to: web, allow: ssh }",
			[]string{
				`"src": ["tag:derp", "d"],`,
				`"d": "100.64.1.4",`, `// security.yaml:18: desk to web, ssh`,
			},
			nil,
		},
		{"a login stands for a person's devices", "  - { from: ann, to: web, allow: https }", []string{`"src": ["ann@example.org"], "dst": ["tag:web"], "ip": ["tcp:443"],`}, nil},
		{"a device by its addresses", "  - { from: phone, to: web, allow: https }", []string{`"src": ["phone", "fd7a:115c:a1e0::9"],`, `"phone": "100.64.9.1",`}, nil},
		{"who has no name is left out", "  - { from: [bob, ann], to: web, allow: https }", []string{`// security.yaml:18 does not hold for tablet, which`, `"src": ["ann@example.org"],`}, nil},
		{"the internet is no machine", "  - { from: ann, to: internet, allow: any }", []string{`"dst": ["autogroup:internet"], "ip": ["*"],`}, nil},
		{"another side is not the tailnet's", "  - { from: wan, to: relay, allow: derp }", []string{`"grants": [],`}, nil},
		{
			"Tailscale SSH lets a person in as himself",
			"  - { from: ann, to: b, allow: ssh }",
			[]string{`"action": "accept", "src": ["ann@example.org"], "dst": ["tag:shell"], "users": ["ann"],`, `"dst": ["tag:shell"], "accept": ["ann"], "deny": ["bob", "root"],`},
			nil,
		},
		{"who uses Funnel, and nobody else", "  []", []string{`{ "target": ["tag:derp"], "attr": ["funnel"], },`}, nil},
		{"routes and relays", "  []", []string{`"10.0.0.0/8": ["tag:web"],`, `tag:web approves more than a as the way to 10.0.0.0/8`, `"derpMap": {`, `"HostName": "derp.example.org"`, `"IPv4": "192.0.2.7"`}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			document := strings.ReplaceAll(strings.Replace(meshed, "access:\nRULES", "access:\n"+test.rules, 1), "KEY", sshKeys[0])
			fleet, problems := resolve(strings.Replace(document, "access:\n  []", "access: []", 1))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			text := gen.TailnetPolicy(fleet, "security.yaml").Format()
			flat := strings.Join(strings.Fields(string(text)), " ")
			for _, w := range test.want {
				if !strings.Contains(flat, w) {
					t.Errorf("no %s in\n%s", w, text)
				}
			}
			for _, w := range test.not {
				if strings.Contains(flat, w) {
					t.Errorf("%s in\n%s", w, text)
				}
			}
			p, err := tailnet.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Validate(gen.TailnetNetwork(fleet)); err != nil {
				t.Errorf("%v %+v\n%s", err, err.(*tailnet.Rejection).Failures, text)
			}
			formatted, err := hujson.Format(text)
			if err != nil || fmt.Sprintf("%x", sha256.Sum256(formatted)) != fmt.Sprintf("%x", sha256.Sum256(text)) {
				t.Errorf("hujson lays it out otherwise (%v)", err)
			}
		})
	}
}
