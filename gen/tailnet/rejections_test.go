package tailnet

import "testing"

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
		{"tailscale/tailscale#9660", `"ssh": [{"action": "check", "src": ["tag:a"], "dst": ["tag:a"], "users": ["root"]}]`, "internal server error"},
		{"tailscale/tailscale#12370", `"tests": [{"src": "autogroup:member", "accept": ["tag:a:22"]}]`, "test(s) failed"},
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
