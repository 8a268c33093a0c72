package tailnet

import (
	"fmt"
	"testing"
)

// TestRejections holds the messages that are known from elsewhere than the
// recordings, each with where it was published.
func TestRejections(t *testing.T) {
	const declared = `"tagOwners": {"tag:a": []}, "groups": {"group:g": ["ann@example.com"]}, "hosts": {"h": "100.64.0.4", "net": "10.0.0.0/16"}, `
	for _, test := range []struct {
		source, rules, want string
	}{
		{"juanfont/headscale#2605", `"acls": [{"action": "accept", "src": ["*"], "dst": ["100.64.0.1"]}]`, `dst="100.64.0.1": hostport must contain a colon (":")`},
		{"juanfont/headscale#2605", `"acls": [{"action": "accept", "src": ["*"], "dst": ["100.64.0.1:0"]}]`, `dst="100.64.0.1:0": port range "0": first port must be >0, or use '*' for wildcard`},
		{"tailscale/terraform-provider-tailscale#89", `"tests": [{"dst": "tag:a:22"}]`, `json: unknown field "dst"`},
		{"tailscale/tailscale#5084", `"ssh": [{"action": "accept", "src": ["ann@example.com"], "dst": ["100.64.0.4"], "users": ["root"]}]`, `invalid dst "100.64.0.4"`},
		{"tailscale/tailscale#5084", `"ssh": [{"action": "accept", "src": ["ann@example.com"], "dst": ["h"], "users": ["root"]}]`, `invalid dst "h"`},
		{"juanfont/headscale#3010", `"ssh": [{"action": "accept", "src": ["tag:a"], "dst": ["ann@example.com"], "users": ["root"]}]`, "users in dst are only allowed from the same user"},
		{"tailscale/tailscale#14102", `"sshTests": [{"src": "autogroup:admin", "dst": ["tag:a"], "accept": ["root"]}]`, `SSH tests src contains disallowed element "autogroup:admin"`},
		{"tailscale/tailscale#9660, #5027", `"ssh": [{"action": "check", "src": ["tag:a"], "dst": ["tag:a"], "users": ["root"]}]`, `[ssh] "check" action does not support tags in src`},
		{"quoted by users", `"ssh": [{"action": "accept", "src": ["server"], "dst": ["tag:a"], "users": ["root"]}]`, `[ssh] "server" is not allowed in src`},
		{"quoted by users", `"ssh": [{"action": "accept", "src": ["*"], "dst": ["tag:a"], "users": ["root"]}]`, `[ssh] "*" is not allowed in src`},
		{"quoted by users", `"ssh": [{"action": "accept", "src": ["ann@example.com"], "dst": ["tag:gone"], "users": ["root"]}]`, `tag not found: "tag:gone"`},
		{"quoted by users", `"grants": [{"src": ["*"], "dst": ["tag:a:22"], "ip": ["*"]}]`, `dst="tag:a:22": tag not found: "tag:a:22"`},
		{"quoted by users", `"tagOwners": {"tag:b": ["client:x"]}`, `tagOwners["tag:b"]: "client:x": only tag:name, group:name, role autogroups, or user@domain are allowed`},
		{"quoted by users", `"tagOwners": {"tag:b": ["autogroup:internet"]}`, `tagOwners["tag:b"]: "autogroup:internet": only tag:name, group:name, role autogroups, or user@domain are allowed`},
		{"quoted by users", `"grants": [{"src": ["*"], "dst": ["*"], "app": {"tailscale.com/cap/service-proxy": [{}]}}]`, "capability name must not be in the tailscale.com domain"},
		{"tailscale/tailscale#12370", `"tests": [{"src": "autogroup:member", "accept": ["tag:a:22"]}]`, "test(s) failed"},
		{"tailscale.com/docs/reference/syntax/policy-file#hosts", `"hosts": {"ann@work": "100.64.0.1"}`, "hosts[\"ann@work\"]: host names cannot contain '@'"},
		{"tailcfg.CheckTag", `"tagOwners": {"tag:a_b": []}`, `tagOwners["tag:a_b"]: tag names can only contain numbers, letters, or dashes`},
		{"tailcfg.ParseProtoPortRanges", `"grants": [{"src": ["*"], "dst": ["*"], "ip": ["tcp:80-79"]}]`, `port range "80-79": first port must be >= last port`},
		{"tailcfg.ParseProtoPortRanges", `"grants": [{"src": ["*"], "dst": ["*"], "ip": ["53/UDP"]}]`, `port range "53/udp": invalid first integer`},
		{"tailcfg.ParseProtoPortRanges", `"grants": [{"src": ["*"], "dst": ["*"], "ip": ["22,80"]}]`, `port range "22,80": invalid first integer`},
		{"tailcfg.ParseProtoPortRanges", `"grants": [{"src": ["*"], "dst": ["*"], "ip": ["1-2-3"]}]`, `port range "1-2-3": too many dashes(-)`},
		{"ipproto.Proto", `"grants": [{"src": ["*"], "dst": ["*"], "ip": ["icmpx:*"]}]`, `proto name "icmpx" not known; use protocol number 0-255`},
	} {
		t.Run(test.want, func(t *testing.T) {
			p, err := Parse([]byte("{" + declared + test.rules + "}"))
			if err == nil {
				err = p.Validate(smallNetwork())
			}
			if err == nil || err.Error() != test.want {
				t.Errorf("%s: got %v", test.source, err)
			}
			if r, ok := err.(*Rejection); ok && r.At.Line != 1 {
				t.Errorf("at %v", r.At)
			}
		})
	}
}

// TestFailureTexts holds what the service says of a test that failed.
func TestFailureTexts(t *testing.T) {
	const policy = `{"tagOwners": {"tag:server": []}, "grants": [],
		"ssh": [{"action": "check", "src": ["autogroup:member"], "dst": ["autogroup:self"], "users": ["root"]}], `
	for _, test := range []struct {
		source, tests, want string
	}{
		{"tailscale/tailscale#8377", `"tests": [{"src": "bob@example.com", "accept": ["tag:server:80"]}]`, `[acl test error]: address "tag:server:80": want: Accept, got: Drop`},
		{"tailscale/tailscale#16688", `"tests": [{"src": "bob@example.com", "proto": "tcp", "accept": ["tag:server:443"]}]`, `[acl test error]: address "tag:server:443" (protocol "tcp"): want: Accept, got: Drop`},
		{"tailscale/tailscale#14222", `"sshTests": [{"src": "bob@example.com", "dst": ["bob@example.com"], "check": ["root"]}]`, `[ssh test error]: src "bob@example.com" at "100.64.0.3", dst "bob@example.com" at "100.64.0.3", ssh user "root": want: "check" got: "deny"`},
	} {
		t.Run(test.source, func(t *testing.T) {
			p, err := Parse([]byte(policy + test.tests + "}"))
			if err != nil {
				t.Fatal(err)
			}
			r, ok := p.Validate(smallNetwork()).(*Rejection)
			if !ok || len(r.Failures) != 1 || len(r.Failures[0].Errors) != 1 || r.Failures[0].Errors[0] != test.want {
				t.Errorf("got %+v", r)
			}
		})
	}
}

// TestViaIsTested: what may be reached through tagged machines only is reached
// where one of them serves it.
func TestViaIsTested(t *testing.T) {
	for dst, want := range map[string]bool{"10.0.1.2": true, "10.1.0.1": false, "tag:server": false} {
		p, err := Parse(fmt.Appendf(nil, `{
			"tagOwners": {"tag:server": [], "tag:router": []},
			"grants": [{"src": ["ann@example.com"], "dst": [%[1]q], "ip": ["tcp:22"], "via": ["tag:router"]}],
			"tests": [{"src": "ann@example.com", "accept": ["%[1]s:22"]}]}`, dst))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Validate(smallNetwork()); (err == nil) != want {
			t.Errorf("%s: got %v", dst, err)
		}
	}
}
