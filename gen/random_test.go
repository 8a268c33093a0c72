package gen_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pantherctl/pantherctl/gen"
	"github.com/pantherctl/pantherctl/schema"
)

// drawer draws documents from the JSON Schema of documents. Names that refer
// to something are drawn from the few names it gives things, so that most
// documents hold together.
type drawer struct{ defs map[string]any }

func newDrawer(t interface{ Fatal(...any) }) (drawer, map[string]any) {
	text, err := schema.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	return drawer{root["$defs"].(map[string]any)}, root
}

var (
	roleNames   = []string{"web", "base"}
	hostNames   = []string{"alpha", "beta"}
	userNames   = []string{"ann", "bob"}
	secretNames = []string{"key-a"} // an encrypted file, which every place accepts
	services    = []string{"ssh", "dns", "app"}
	sshKeys     = []string{
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOuk1z7AnAIYCxdqfVV5OYFfmbcOLyTduj6jJqd61bX one",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM07lYQhvrqOoFYEnXZK3YJ7WRzcPiyJE3uwRMN9Kphe",
		`no-pty,command="/bin/sh -c 'a ${b}'" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcE52xK9Z1cvfUjNMpk/W+wLVqGuZUuU/gXZSiXXFJQ a ''b''`,
	}
)

// known are the values that hold a document together, by the key they stand
// at; "KEY/*" are the names of a mapping.
func known() map[string][]string {
	return map[string][]string{
		"nixos": schema.Releases(), "fleet": {"f"},
		"users/*": userNames, "roles/*": roleNames, "hosts/*": hostNames, "devices/*": {"phone"}, "services/*": {"app"},
		"secrets/*": {"key-a", "key-b"}, "rate_limits/*": services, "interfaces/*": {"eth0", "wlan0", "ve-*", "br0.1"},
		"luks/*": {"cryptroot", "crypt-data"}, "mounts/*": {"/home", "/dev/shm", "/boot"}, "sftp_only/*": {"sftp-only"}, "directory": {"/srv/sftp"},
		"identity": sshKeys[:1], "public_key": sshKeys[1:2], "host_key": {"/etc/initrd/key"}, "pki_bundle": {"/var/lib/sbctl"},
		"domain": {"t1.ts.net"}, "forget/*": {"/var/log", "/var/lib/x"}, "sysctl/*": {"vm.swappiness", "net.ipv4.conf.eth0/1.rp_filter", "kernel.sysrq"},
		"roles": roleNames, "hosts": append(hostNames, roleNames...), "user": userNames, "login": userNames, "members": userNames,
		"allow_users": userNames, "password": secretNames, "root_password": secretNames, "auth_key": secretNames, "target": secretNames,
		"from": {"web", "alpha", "phone", "ann", "everyone", "lan", "wan"}, "to": {"web", "beta", "everyone", "internet"},
		"allow": append(services, "any"), "services": services, "use_exit_node": {"beta"}, "keys": sshKeys, "read_by": sshKeys[:2],
		"host_keys": sshKeys[:1], "routes": {"10.0.0.0/8", "fd00:1::/64"},
		"description": {"Ann", "", `"a" ${b} ''c'' \ # é`}, "console": {"screen"}, "device": {"/dev/mapper/crypt-root", "/dev/sda"},
		"uplink": {"eth0"}, "eth0": {"wan"}, "wlan0": {"lan"}, "ve-*": {"container"}, "br0.1": {"lan"}, "side": {"lan", "wan"},
		"dataset": {"rpool/a-b@blank", "r@b"}, "units": {"app", "a@b"}, "mode": {"0440"}, "app": {"tcp/8080", "udp/60000-60010"},
		"every":      {"15m", "2d"},
		"servers":    {"a.example.org", "b.example.org"},
		"repository": secretNames, "environment": secretNames, "ssh_key": secretNames, "service": {"ssh", "disk", "app"},
		"flake": {"github:a/b", "git+ssh://git@c.d/e?ref=main"}, "checkout": {"/home/ann/infra"}, "exclude": {"/var/lib/x"}, "paths": {"/srv", "/var/lib"},
		"databases/*": {"shop"}, "shop": secretNames, "credentials": secretNames, "tunnel": {"5c1a3ba7-70bd-4f9f-9f2c-0d4ad7f6a2c1"},
		"ingress/*": {"a.example.org"}, "blocklists/*": {"ads"}, "bootstrap": {"9.9.9.9"}, "upstreams": {"https://dns.example/q", "tls://dns.example", "192.0.2.53"},
		"token": secretNames, "jwt_secret": secretNames, "storage_key": secretNames, "session_secret": secretNames,
		"sites/*": {"a.t1.ts.net", "b.t1.ts.net"}, "domains/*": {"t1.ts.net"}, "names": {"*.t1.ts.net", "c.t1.ts.net"}, "portal": {"a.t1.ts.net"},
		"upstream": {"http://127.0.0.1:8080", "https://[fd00::1]:443"}, "email": {"ann@t1.ts.net"},
		"path": {"/persist", "/a.b/c"}, "directories": {"/var/lib/x", "/srv"}, "files": {"/etc/x"},
	}
}

// value draws what may stand at a key.
func (d drawer) value(t *rapid.T, key string, s map[string]any) any {
	if ref, ok := s["$ref"].(string); ok {
		return d.value(t, key, d.defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any))
	}
	if all, ok := s["allOf"].([]any); ok { // the short form of a section, anything but a mapping
		s = all[0].(map[string]any)
		if forms, ok := s["anyOf"].([]any); ok {
			s = forms[0].(map[string]any)
		}
		return d.value(t, key, s)
	}
	if forms, ok := s["anyOf"].([]any); ok {
		return d.value(t, key, rapid.SampledFrom(forms).Draw(t, "form").(map[string]any))
	}
	switch s["type"] {
	case "object":
		return d.object(t, key, s)
	case "array":
		least := 0
		if key == "host_keys" {
			least = 1
		}
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) any {
			return d.value(t, key, s["items"].(map[string]any))
		}), least, 3).Draw(t, key)
	}
	if words := known()[key]; words != nil && takes(s, words[0]) {
		return rapid.SampledFrom(words).Draw(t, key)
	}
	if form := map[string]string{
		"tailnet": `100\.64\.[0-9]\.[1-9]`, "addresses": `fd7a:115c:a1e0::[1-9a-f]{4}`, "lan": `192\.168\.[1-9]\.[1-9]|fd00::[1-9a-f]{3}`, "wan": `192\.0\.2\.[1-9]`,
	}[key]; form != "" && s["type"] == "string" {
		return rapid.StringMatching(form).Draw(t, key)
	}
	switch enum, _ := s["enum"].([]any); {
	case s["const"] != nil:
		return s["const"]
	case enum != nil:
		return rapid.SampledFrom(enum).Draw(t, key)
	case s["type"] == "boolean":
		return rapid.Bool().Draw(t, key)
	case s["type"] == "integer":
		return rapid.IntRange(int(s["minimum"].(float64)), int(s["maximum"].(float64))).Draw(t, key)
	case s["pattern"] != nil:
		return rapid.StringMatching(s["pattern"].(string)).Draw(t, key)
	}
	return "text"
}

// takes reports whether a word may stand where a shape is asked for: one name
// can be that of a service and of its limit.
func takes(s map[string]any, word string) bool {
	if enum, ok := s["enum"].([]any); ok {
		return slices.Contains(enum, any(word))
	}
	pattern, _ := s["pattern"].(string)
	return s["type"] == "string" && regexp.MustCompile(pattern).MatchString(word)
}

// object draws a mapping: of names, or a section of which it leaves out most.
func (d drawer) object(t *rapid.T, key string, s map[string]any) any {
	object, always := map[string]any{}, []string{"users", "roles", "hosts", "services", "devices", "secrets", "level", "host_keys", "device", "dataset", "target", "flake"}
	if of, ok := s["additionalProperties"].(map[string]any); ok {
		names := known()[key+"/*"]
		for _, name := range names {
			if slices.Contains(always, key) || rapid.Bool().Draw(t, "has "+name) {
				object[name] = d.value(t, name, of)
				if name == "key-a" {
					object[name] = map[string]any{}
				}
			}
		}
		return object
	}
	required, _ := s["required"].([]any)
	sections := s["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		must := slices.Contains(required, any(name)) || slices.Contains(always, name)
		left := []string{"include", "waivers", "by", "checkout", "uplink", "authelia", "confirm", "drill"}
		if slices.Contains(left, name) || !must && rapid.IntRange(0, max(3, len(sections)/3)).Draw(t, "with "+name) > 0 {
			continue
		}
		at := name
		switch {
		case key == "egress" && name == "allow":
			at = "services"
		case name == "append":
			at = key
		case name == "tailnet" && key == "":
			at = "domain" // of the fleet; other tailnets are addresses
		}
		object[name] = d.value(t, at, sections[name].(map[string]any))
	}
	for this, other := range map[string]string{
		"file": "reference", "user": "tags", "identity": "tags", "exit_node": "use_exit_node",
		"ping": "ping_limit", "caddy": "traefik", "ban_time": "max_ban_time",
	} {
		if object[this] != nil {
			delete(object, other)
		}
	}
	delete(object, "auth") // as nobody has an Authelia
	if object["caddy"] != nil || object["traefik"] != nil {
		object["certificates"] = map[string]any{"enable": true, "email": "ann@t1.ts.net", "token": secretNames[0]}
	}
	switch key {
	case "swap":
		delete(object, "device")
		object["by"] = rapid.SampledFrom([]string{"none", "zram"}).Draw(t, "by")
	case "tpm2":
		object["enable"] = true
	}
	return object
}

// documents draws documents as text; JSON is YAML.
func documents(t *testing.T) *rapid.Generator[string] {
	d, root := newDrawer(t)
	return rapid.Custom(func(t *rapid.T) string {
		text, err := json.MarshalIndent(d.value(t, "", root), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	})
}

// TestRandomDocuments generates random documents. A document without problems
// gives modules that set nothing but options that exist to values they take,
// and the same bytes again.
func TestRandomDocuments(t *testing.T) {
	documents := documents(t)
	drawn, good := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		document := documents.Draw(t, "document")
		drawn++
		var runs [2][]gen.File
		for i := range runs {
			fleet, problems := resolve(document)
			if len(problems) > 0 {
				return
			}
			files, err := gen.Generate(fleet, "security.yaml", nil)
			if err != nil {
				t.Fatal(err)
			}
			runs[i] = files
		}
		good++
		if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
			t.Fatalf("another run gives another text\n%s", diff)
		}
	})
	if good*25 < drawn { // between 9 and 30 of a hundred were
		t.Errorf("only %d of %d documents were without problems", good, drawn)
	}
	t.Logf("%d of %d documents were without problems", good, drawn)
}

// TestRandomHosts evaluates random documents, and has nft and sshd judge what
// becomes of them.
func TestRandomHosts(t *testing.T) {
	documents, check := documents(t), nftCheck(t)
	for seed, good := 0, 0; good < randomHosts; seed++ {
		document := documents.Example(seed)
		fleet, problems := resolve(document)
		if len(problems) > 0 {
			continue
		}
		good++
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			files, err := gen.Generate(fleet, "security.yaml", nil)
			if err != nil {
				t.Fatal(err)
			}
			for name, f := range parseFacts(t, evaluate(t, files, "kernel.double.nix")) {
				for _, text := range f.Assertions {
					if !ruled(text) {
						t.Errorf("%s: %s", name, text)
					}
				}
				if err := check(t, f.NFTables.Ruleset); f.NFTables.Enable && err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if f.SSHD.Enable {
					effectiveServer(t, f.SSHD.Config)
				}
			}
			if t.Failed() {
				t.Log(document)
			}
		})
	}
}

const randomHosts = 4 // a few seconds each

// ruled reports whether NixOS complains of something that the document asks
// for, and that rules find in the document.
func ruled(complaint string) bool {
	return strings.HasPrefix(complaint, "You should specify at least one authorized key for initrd SSH") ||
		strings.HasPrefix(complaint, "Neither the root account nor any wheel user has a password") ||
		strings.Contains(complaint, "conflicts with `!security.allowUserNamespaces`")
}
