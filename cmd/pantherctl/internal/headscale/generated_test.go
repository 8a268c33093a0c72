package headscale

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// resolve reads a document of one file.
func resolve(document string) (*policy.Fleet, schema.Diagnostics) {
	read := func(name string) ([]byte, error) { return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist) }
	fleet, problems := schema.Load("security.yaml", []byte(document), read)
	if len(problems) > 0 {
		return nil, problems
	}
	return policy.Resolve(fleet)
}

// generated compares what the two make of a fleet's generated policy, which
// headscale must take with its tests passing.
func generated(t *testing.T, what string, fleet *policy.Fleet) (written bool) {
	t.Helper()
	p := gen.TailnetPolicy(fleet, "security.yaml")
	if p == nil {
		return false
	}
	p.Extra = nil // headscale has the map of relays in a file of its own
	text, net := string(p.Format()), gen.TailnetNetwork(fleet)
	if theirs := askHeadscale(t, []byte(text), net); theirs.rejected != "" {
		t.Errorf("%s: %s\n%s", what, theirs.rejected, text)
		return true
	}
	compare(t, what, text, net)
	if len(p.Grants) == 0 || len(p.Tests) == 0 {
		return true
	}
	// Were its tests not run, they would pass here too.
	for i := range p.Tests {
		p.Tests[i].Accept, p.Tests[i].Deny = p.Tests[i].Deny, p.Tests[i].Accept
	}
	if askHeadscale(t, p.Format(), net).rejected == "" {
		t.Errorf("%s: headscale takes it with every test turned round", what)
	}
	return true
}

// TestGenerated asks headscale of the generated policies of the examples.
func TestGenerated(t *testing.T) {
	root := filepath.Join("..", "..", "..", "..")
	for _, dir := range []string{"testdata/fleets/pantheros", "gen/testdata/high-security"} {
		text, err := os.ReadFile(filepath.Join(root, dir, "security.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		fleet, problems := resolve(string(text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if !generated(t, dir, fleet) {
			t.Errorf("%s has no policy", dir)
		}
	}
}

// TestGeneratedRandom asks it of those of random fleets. The seed is fixed.
func TestGeneratedRandom(t *testing.T) {
	const fleets = 200
	random := rand.New(rand.NewPCG(7, 7))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	tried, skipped := 0, 0
	for tried < fleets {
		document := "version: 1\nfleet: random\nnixos: \"25.11\"\nusers:\n" +
			"  ann: { " + pick("", "tailnet_login: ann@example.org, ") + "admin: true, keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOuk1z7AnAIYCxdqfVV5OYFfmbcOLyTduj6jJqd61bX }\n" +
			"services: { app: [tcp/443, udp/443-446] }\n" +
			"devices:\n  phone: { user: ann, addresses: [100.64.9.1, \"fd7a:115c:a1e0::9\"] }\n  probe: { tags: [red], addresses: 100.64.9.3 }\n" +
			"roles:\n  red: { level: workstation, ssh: { enable: true } }\n  blue: { level: server }\n  green: {}\nhosts:\n"
		names := []string{"red", "blue", "green", "everyone"}
		for i := range 1 + random.IntN(4) {
			name := fmt.Sprint("h", i)
			names = append(names, name)
			document += fmt.Sprintf("  %s:\n    system: x86_64-linux\n    roles: [%s]\n    break_glass: console\n    interfaces: { wan0: wan }\n    addresses: [100.64.1.%d, \"fd7a:115c:a1e0::%d\"]\n    ssh: { ports: %s }\n    tailscale: { enable: true%s%s%s%s }\n",
				name, pick("red", "blue", "red, green"), 2*i+2, 2*i+2, pick("22", "[22, 2222]"),
				pick("", ", exit_node: true", ", routes: [10.0.0.0/8]"), pick("", "", ", tags: [red]", ", tags: [own, other]", ", identity: user"), pick("", ", relay: peer-relay"), pick("", ", ssh: true"))
		}
		document += "access:\n"
		from := append([]string{"phone", "probe", "ann"}, names...)
		for range 1 + random.IntN(4) {
			document += fmt.Sprintf("  - { from: [%s, %s], to: [%s, %s], allow: [%s] }\n", pick(from...), pick(from...), pick(names...), pick(append(names, "internet")...), pick("ssh", "dns", "app", "ssh, https", "any"))
		}
		fleet, problems := resolve(document)
		if len(problems) > 0 {
			if skipped++; skipped > 50*fleets {
				t.Fatal(problems)
			}
			continue
		}
		tried++
		if generated(t, strings.TrimSpace(document), fleet); t.Failed() {
			return
		}
	}
	fmt.Printf("generated            %5d policies\n", tried)
}
