package policy_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

const boxed = `
services: {vault: tcp/8200-8201, other: tcp/8200}
access:
  - {from: lan, to: b, allow: [ssh, https]}
  - {from: wan, to: b, allow: vault}
hosts:
  b:
    system: x86_64-linux
    level: server
    host_keys: ` + key + `
    interfaces: {eth0: lan, eth1: wan, ve-*: container}
    secrets: {token: {}}
`

// TestContainers wants the openings of what a container serves to lead there,
// and all others to the host.
func TestContainers(t *testing.T) {
	fleet, problems := resolve(t, boxed+`
    containers:
      web: {addresses: [10.233.1.2, "fd00:1::2"], serves: https, secrets: token, ephemeral: true, start: false}
      vault:
        addresses: 10.233.2.2
        serves: vault
        binds: {/var/lib/vault: {from: /srv/vault, write: true}, /srv/www: {}}
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	h := fleet.Hosts[0]
	got := map[string]string{}
	for _, o := range h.Openings {
		got[o.Service+" from "+string(o.Side)] = o.Container
	}
	if diff := cmp.Diff(map[string]string{"ssh from lan": "", "https from lan": "web", "vault from wan": "vault"}, got); diff != "" {
		t.Errorf("openings (-want +got)\n%s", diff)
	}
	want := []policy.Container{
		{
			Name: "web", Addresses: addrs("10.233.1.2", "fd00:1::2"), Gateways: addrs("10.233.1.1", "fd00:1::1"),
			Serves: []string{"https"}, Ports: []schema.Ports{{Protocol: "tcp", First: 443, Last: 443}}, Secrets: []string{"token"}, Ephemeral: true,
		},
		{
			Name: "vault", Addresses: addrs("10.233.2.2"), Gateways: addrs("10.233.2.1"),
			Serves: []string{"vault"}, Ports: []schema.Ports{{Protocol: "tcp", First: 8200, Last: 8201}}, Start: true,
			Binds: []policy.Bind{{Path: "/var/lib/vault", From: "/srv/vault", Write: true}, {Path: "/srv/www", From: "/srv/www"}},
		},
	}
	got2 := h.Containers
	for i := range got2 {
		got2[i].From = schema.Origin{}
	}
	if diff := cmp.Diff(want, got2, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("containers (-want +got)\n%s", diff)
	}
}

func addrs(texts ...string) []netip.Addr {
	var list []netip.Addr
	for _, s := range texts {
		list = append(list, netip.MustParseAddr(s))
	}
	return list
}

// TestContainersOfAny: whom every service of a host is open, what its
// containers serve is open too.
func TestContainersOfAny(t *testing.T) {
	fleet, problems := resolve(t, `
access:
  - {from: a, to: b, allow: any}
hosts:
  a: {system: x86_64-linux, level: workstation, tailscale: {enable: true}, addresses: 100.64.0.1}
  b: {system: x86_64-linux, level: server, tailscale: {enable: true}, interfaces: {ve-web: container}, containers: {web: {addresses: 10.233.1.2, serves: https}}}
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	b, _ := fleet.Host("b")
	var got []string
	for _, o := range b.Openings {
		got = append(got, o.Service+" "+o.Container+" "+o.Sources[0].String())
	}
	if diff := cmp.Diff([]string{"any  100.64.0.1", "https web 100.64.0.1"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestContainerWithoutAddress: a site that a container without an address is to
// serve is refused like the container.
func TestContainerWithoutAddress(t *testing.T) {
	_, problems := resolve(t, boxed+"    containers: {web: {serves: https}}\n    tailscale: {enable: true, serve: {8443: web}}\n")
	if len(problems) == 0 || problems[0].Path != "hosts.b.containers.web.addresses" {
		t.Error(problems)
	}
}

// TestIsolationProblems: sections that contradict each other are refused where
// they stand, and name each other.
func TestIsolationProblems(t *testing.T) {
	tests := map[string]struct{ lines, want string }{
		"whole":             {"containers: {web: {addresses: 10.233.1.2, serves: https}}", ""},
		"short":             {"containers: {web: 10.233.1.2}", ""},
		"secret bound":      {"containers: {web: {addresses: 10.233.1.2, binds: {/run/agenix/token: {}}}}", "hosts.b.containers.web.binds./run/agenix/token: the container cannot read the secret token (f.yaml:15:15)"},
		"all secrets bound": {"containers: {web: {addresses: 10.233.1.2, binds: {/s: /run/agenix}}}", "binds./s: the users of the container are not those of the host: it cannot read what lies in /run/agenix"},
		"their folder":      {"containers: {web: {addresses: 10.233.1.2, binds: {/s: /run}}}", "cannot read what lies in /run"},
		"all of it":         {"containers: {web: {addresses: 10.233.1.2, binds: {/s: /}}}", "all of / is more than"},
		"what survives":     {"persistence: {enable: true}\n    containers: {web: {addresses: 10.233.1.2, binds: {/s: /persist}}}", "/persist holds the host's keys"},
		"no such secret":    {"containers: {web: {addresses: 10.233.1.2, secrets: tokn}}", `hosts.b.containers.web.secrets[0]: host b has no secret called "tokn"`},
		"IPv6 off":          {"network: {ipv6: false}\n    containers: {web: {addresses: [10.233.1.2, 'fd00::2']}}", "hosts.b.containers.web.addresses[1]: fd00::2 is an IPv6 address, and IPv6 is off at f.yaml:16:21"},
		"public address":    {"containers: {web: 8.8.8.8}", "hosts.b.containers.web.addresses[0]: 8.8.8.8 is no private address"},
		"two of a kind":     {"containers: {web: [10.233.1.2, 10.233.2.2]}", "a container has one address of each kind"},
		"neighbours":        {"containers: {web: 10.233.1.2, dns: 10.233.1.3}", "hosts.b.containers.dns.addresses[0]: 10.233.1.2 is taken by container web already"},
		"no address":        {"containers: {web: {serves: https}}", "hosts.b.containers.web.addresses: the container has no address"},
		"long name":         {"containers: {a-name-of-13-c: 10.233.1.2}", "hosts.b.containers.a-name-of-13-c: the name of a container has at most 12 characters"},
		"no interface":      {"interfaces: {eth0: lan, eth1: wan, ve-dns: container}\n    containers: {web: 10.233.1.2}", "the firewall does not know its interface, ve-web"},
		"ssh":               {"containers: {web: {addresses: 10.233.1.2, serves: ssh}}", "ssh is the host's own way in"},
		"served twice":      {"containers: {a: {addresses: 10.233.1.2, serves: https}, c: {addresses: 10.233.2.2, serves: https}}", "hosts.b.containers.c.serves[0]: container a serves https already"},
		"a port twice":      {"containers: {a: {addresses: 10.233.1.2, serves: vault}, c: {addresses: 10.233.2.2, serves: other}}", "tcp/8200 of other is handed on to container a already"},
		"own firewall":      {"firewall: {mode: own}\n    containers: {web: {addresses: 10.233.1.2, serves: https}}", "hosts.b.containers.web.serves[0]: only the firewall that pantherctl writes hands services on, and the host has its own (f.yaml:16:22)"},
		"forwarding off":    {"kernel: {sysctl: {net.ipv4.ip_forward: 0}}\n    containers: {web: {addresses: 10.233.1.2, serves: https}}", "nothing reaches container web (f.yaml:17:55) with forwarding off"},
		"out of reach":      {"sandbox: {web: {exposure: 1.2, network: true}}", "hosts.b.sandbox.web.exposure: what the sandbox allows comes to an exposure of up to 1.6, more than 1.2"},
		"within reach":      {"sandbox: {web: {exposure: 1.6, network: true}, dns: 1.0}", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			document := boxed
			if strings.HasPrefix(test.lines, "interfaces:") {
				document = strings.Replace(document, "    interfaces: {eth0: lan, eth1: wan, ve-*: container}\n", "", 1)
			}
			_, problems := resolve(t, document+"    "+test.lines+"\n")
			switch {
			case test.want == "" && len(problems) > 0:
				t.Error(problems)
			case test.want != "" && (len(problems) != 1 || !strings.Contains(problems[0].Path+": "+problems[0].Message, test.want)):
				t.Errorf("got %q\nwant %q", problems, test.want)
			}
		})
	}
}
