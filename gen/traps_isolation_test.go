package gen_test

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func isolationTraps() []trap {
	return []trap{
		{"T10 no Docker beside the ruleset", func(_ *testing.T, b built) (string, bool) {
			return onlyIf(strings.Contains(b.modules["firewall"], "virtualisation.docker.enable = false;"), "a module could turn Docker on"), true
		}},
		{"containers have a network of their own and see nothing they need not", containersApart},
		{"containers guard themselves", containersGuarded},
		{"only access rules hand ports on", handedOn},
		{"containers have users of their own wherever NixOS can", func(_ *testing.T, b built) (string, bool) {
			tests := strings.Count(b.modules["containers"], `lib.optionalAttrs ((options.containers.type.getSubOptions [ ]) ? privateUsers) {`)
			return onlyIf(tests == 1 && strings.Count(b.text, `.privateUsers = "pick";`) == len(b.Containers), "not every container has"), len(b.Containers) > 0
		}},
		absent("no port is handed on to everybody", `forwardPorts`, `allowedDevices`, `additionalCapabilities`),
		{"containers survive a wiped root unless they are to forget", func(_ *testing.T, b built) (string, bool) {
			kept, has := false, false
			for _, c := range b.Containers {
				has = has || !c.Ephemeral
			}
			for _, p := range b.facts.Persistence {
				kept = kept || slices.Contains(p.Directories, "/var/lib/nixos-containers")
			}
			return onlyIf(kept == has, "kept %t, needed %t", kept, has), b.Settings.Persistence.Enable.V && len(b.Containers) > 0
		}},
		{"every host with services to hand on forwards", func(_ *testing.T, b built) (string, bool) {
			return onlyIf(b.facts.sysctls()["net.ipv4.conf.all.forwarding"] == "1", "net.ipv4.conf.all.forwarding is off"), b.HandsOn()
		}},
	}
}

// containersApart wants what NixOS makes of each container to be what the
// document says, and secrets to come as credentials only.
func containersApart(_ *testing.T, b built) (string, bool) {
	if len(b.facts.Containers) != len(b.Containers) {
		return fmt.Sprintf("%d containers, want %d", len(b.facts.Containers), len(b.Containers)), true
	}
	for _, c := range b.Containers {
		f := b.facts.Containers[c.Name]
		ends := []string{f.LocalAddress, f.HostAddress, f.LocalAddress6, f.HostAddress6}
		var want []string
		for _, family := range []int{4, 6} {
			own, gateway := "", ""
			if a, ok := c.Address(family); ok {
				own, gateway = a.String(), a.Prev().String()
			}
			want = append(want, own, gateway)
		}
		switch {
		case !f.PrivateNetwork || f.AutoStart != c.Start || f.Ephemeral != c.Ephemeral || !slices.Equal(ends, want):
			return fmt.Sprintf("%s is %+v", c.Name, f), true
		case len(f.Binds) != len(c.Binds) || len(f.ExtraFlags) != len(c.Secrets):
			return fmt.Sprintf("%s sees %v and gets %v", c.Name, f.Binds, f.ExtraFlags), true
		}
		for _, bind := range c.Binds {
			if got := f.Binds[bind.Path]; got.HostPath != bind.From || got.IsReadOnly == bind.Write {
				return fmt.Sprintf("%s sees %s as %v", c.Name, bind.Path, got), true
			}
		}
		for i, s := range c.Secrets {
			path, file := b.facts.Age.Secrets[s].Path, b.facts.Age.Secrets[s].File
			if path == "" {
				path = "/run/opnix-secrets/" + s
				if !slices.Contains(f.After, "opnix-secrets.service") {
					return c.Name + " starts before its secrets are fetched", true
				}
			} else if !slices.Contains(f.RestartTriggers, file) {
				return fmt.Sprintf("%s goes on with the old %s", c.Name, s), true
			}
			if f.ExtraFlags[i] != "--load-credential="+s+":"+path {
				return fmt.Sprintf("%s gets %s", c.Name, f.ExtraFlags[i]), true
			}
		}
	}
	return "", len(b.Containers) > 0
}

// containersGuarded wants the inside of each container to refuse all but what
// it serves.
func containersGuarded(_ *testing.T, b built) (string, bool) {
	for _, c := range b.Containers {
		in, tcp := b.facts.Containers[c.Name].Inside, 0
		if !in.Firewall || len(in.Assertions) > 0 || in.StateVersion == "" {
			return fmt.Sprintf("%s is %+v inside", c.Name, in), true
		}
		if _, six := c.Address(6); in.EnableIPv6 != six {
			return fmt.Sprintf("%s speaks IPv6: %t", c.Name, in.EnableIPv6), true
		}
		for _, p := range c.Ports {
			single := map[string][]int{"tcp": in.AllowedTCPPorts, "udp": in.AllowedUDPPorts}[p.Protocol]
			if p.First == p.Last && !slices.Contains(single, int(p.First)) {
				return fmt.Sprintf("%s refuses %s", c.Name, p), true
			}
			if p.Protocol == "tcp" {
				tcp++
			}
		}
		if len(in.AllowedTCPPorts)+len(in.AllowedTCPPortRanges) > tcp {
			return fmt.Sprintf("%s lets in %v", c.Name, in.AllowedTCPPorts), true
		}
	}
	return "", len(b.Containers) > 0
}

var dnat = regexp.MustCompile(`dnat ip6? to (\S+)$`)

// handedOn compares the rules that hand on with the openings that lead to
// containers, and wants none of those in what the host lets in itself.
func handedOn(_ *testing.T, b built) (string, bool) {
	table := b.facts.NFTables.Tables["pantherctl-containers"].Content
	rest := strings.Replace(b.facts.NFTables.Ruleset, table, "", 1)
	led := map[string]bool{}
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		to := dnat.FindStringSubmatch(line)
		if to == nil {
			continue
		}
		led[to[1]] = true
		if !strings.HasPrefix(line, "iifname ") || !strings.Contains(line, " dport ") {
			return "this hands on what nobody let in: " + line, true
		}
		if strings.Contains(line, " limit rate ") && !regexp.MustCompile(`add @\S+ \{ ip6? saddr (& ffff:ffff:ffff:ffff:: )?limit`).MatchString(line) {
			return "one source can use up the limit of all: " + line, true
		}
	}
	want := map[string]bool{}
	for _, o := range b.Openings {
		c, ok := b.Container(o.Container)
		if !ok {
			continue
		}
		for _, a := range c.Addresses {
			if o.Sources == nil || slices.ContainsFunc(o.Sources, func(s netip.Addr) bool { return s.Is4() == a.Is4() }) {
				want[a.String()] = true
			}
		}
		for _, p := range o.Ports {
			if regexp.MustCompile(fmt.Sprintf(`%s dport [^\n]*\b%d\b[^\n]*accept`, p.Protocol, p.First)).MatchString(after(rest, "chain input-allow")) {
				return fmt.Sprintf("the host itself lets %s in", p), true
			}
		}
	}
	if !maps.Equal(led, want) {
		return fmt.Sprintf("rules lead to %v, access to %v", led, want), true
	}
	return onlyIf(table == "" || strings.Contains(table, "fib daddr type != local return"), "what only passes through is handed on too"), table != ""
}

// checkPrivateUsers wants the root of a container to be nobody on the host
// wherever NixOS can have it so.
func checkPrivateUsers(t *testing.T, host string, f *facts, isNew bool) {
	t.Helper()
	want := map[bool]string{true: "pick", false: "no"}[isNew]
	for name, c := range f.Containers {
		if c.PrivateUsers != want {
			t.Errorf("%s: container %s has privateUsers = %q, want %q", host, name, c.PrivateUsers, want)
		}
	}
}

// TestDocker: a module that turns Docker on beside the firewall is refused, and
// NixOS names both places.
func TestDocker(t *testing.T) {
	files := filesOf(t, `version: 1
fleet: t
nixos: "24.11"
hosts:
  box: {system: x86_64-linux, level: server}
`)
	_, err := tryEvaluate(t, files, "docker.double.nix")
	for _, want := range []string{"virtualisation.docker.enable' has conflicting definition values", "hosts/box/firewall.nix", "docker.double.nix"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("got %v\nwant %q", err, want)
		}
	}
}

// TestHandOnFamilies: a source reaches the container's address of its own
// family, and nobody's rule names what the host does not speak.
func TestHandOnFamilies(t *testing.T) {
	text := texts(filesOf(t, `version: 1
fleet: t
nixos: "25.11"
access:
  - {from: far, to: box, allow: https, over: wan}
  - {from: lan, to: box, allow: https}
devices:
  far: {addresses: {wan: [203.0.113.7, "2001:db8::7"]}}
hosts:
  box:
    system: x86_64-linux
    level: server
    interfaces: {eth0: wan, eth1: lan, ve-web: container}
    containers: {web: {addresses: 10.233.1.2, serves: https}}
`))["hosts/box/containers.nix"]
	var got []string
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "dnat") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	want := []string{
		`iifname "eth0" ip saddr 203.0.113.7 tcp dport 443 dnat ip to 10.233.1.2`,
		`iifname "eth1" meta nfproto ipv4 tcp dport 443 dnat ip to 10.233.1.2`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
