package tailnet

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What is written is read back as it was, for every recorded policy.
func TestFormatParses(t *testing.T) {
	for name, raw := range readCaptures(t) {
		var c capture
		if err := json.Unmarshal(raw, &c); err != nil {
			t.Fatal(err)
		}
		p, err := Parse(c.Pol)
		if err != nil {
			continue
		}
		again, err := Parse(p.Format())
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, p.Format())
			continue
		}
		if diff := cmp.Diff(p, again, cmpopts.IgnoreTypes(Position{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if diff := cmp.Diff(string(p.Format()), string(again.Format())); diff != "" {
			t.Errorf("%s: formatted again:\n%s", name, diff)
		}
	}
}

func TestFormat(t *testing.T) {
	p := &Policy{
		Groups:        []Entry{{Name: Text{Value: "group:staff"}, Values: Texts("ann@example.com")}},
		TagOwners:     []Entry{{Comment: "fleet.yaml:3", Name: Text{Value: "tag:server"}, Values: []Text{}}},
		AutoApprovers: AutoApprovers{ExitNode: Texts("tag:exit")},
		Grants: []Grant{
			{Comment: "fleet.yaml:12: staff -> server (ssh, web)\nwhy not", Src: Texts("group:staff"), Dst: Texts("tag:server"), IP: Texts("tcp:22", "tcp:443")},
			{Src: Texts("group:staff"), Dst: Texts("tag:relay"), App: []Capability{{Text{Value: "tailscale.com/cap/relay"}, "[]"}}},
		},
		Tests: []Test{{Src: Text{Value: "group:staff"}, Proto: Text{Value: "tcp"}, Accept: Texts("tag:server:22"), Deny: Texts("tag:server:80")}},
	}
	want := `{
	"groups": {
		"group:staff": ["ann@example.com"],
	},
	"tagOwners": {
		// fleet.yaml:3
		"tag:server": [],
	},
	"autoApprovers": {
		"exitNode": ["tag:exit"],
	},
	"grants": [
		// fleet.yaml:12: staff -> server (ssh, web)
		// why not
		{
			"src": ["group:staff"],
			"dst": ["tag:server"],
			"ip":  ["tcp:22", "tcp:443"],
		},
		{
			"src": ["group:staff"],
			"dst": ["tag:relay"],
			"app": {"tailscale.com/cap/relay": []},
		},
	],
	"tests": [
		{
			"src":    "group:staff",
			"proto":  "tcp",
			"accept": ["tag:server:22"],
			"deny":   ["tag:server:80"],
		},
	],
}
`
	if diff := cmp.Diff(want, string(p.Format())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
