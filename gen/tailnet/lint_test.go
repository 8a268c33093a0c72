package tailnet

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLint(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"syntax", "{\n  \"grants\": [}\n}", []string{"2:14 rejected"}},
		{"unknown field", "{\n\t\"grant\": [],\n}", []string{`2:2 rejected json: unknown field "grant"; did you mean "grants"?`}},
		{"a field of another product", `{"aclRules": []}`, []string{`1:2 rejected json: unknown field "aclRules"; did you mean "acls"?`}},
		{"nothing at all", "{}", []string{`1:1 neither grants nor acls: everything is allowed; write "grants": [] to allow nothing`}},
		{"nothing allowed", `{"grants": []}`, nil},
		{
			"unknown tag", "{\"tagOwners\": {\"tag:server\": []}, \"tests\": [{\"src\": \"a@b.example\", \"deny\": [\"tag:server:22\"]}],\n\"grants\": [{\"src\": [\"a@b.example\"], \"dst\": [\"tag:sever\"], \"ip\": [\"22\"]}]}",
			[]string{
				`2:45 rejected dst="tag:sever": tag not found: "tag:sever"; did you mean "tag:server"?`,
				`2:66 22 without a protocol is open for TCP, UDP and ICMP; write "tcp:22" or "udp:22"`,
			},
		},
		{
			"failing test", `{"tagOwners": {"tag:a": []}, "grants": [], "tests": [{"src": "tag:a", "accept": ["tag:a:22"]}]}`,
			[]string{`1:54 rejected test(s) failed: tag:a: [acl test error]: address "tag:a:22": want: Accept, got: Drop`},
		},
		{
			"open to all", `{"grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}]}`,
			[]string{"1:1 no tests: nothing guards against a wrong rule; the service runs tests before it takes a change", "1:13 everyone may reach everything; name who needs what"},
		},
		{
			"exit nodes", `{"tagOwners": {"tag:x": []}, "grants": [], "autoApprovers": {"routes": {"0.0.0.0/0": ["tag:x"]}, "exitNode": ["tag:x"]}}`,
			[]string{
				"1:73 approving 0.0.0.0/0 as a route approves no exit node; list the approvers in autoApprovers.exitNode",
				"1:111 exit nodes are approved, and nobody may use them; a rule must let someone reach autogroup:internet",
			},
		},
		{
			"unused and doubled", `{"grants": [], "groups": {"group:a": []}, "hosts": {"h": "10.0.0.1", "h": "10.0.0.2"}}`,
			[]string{`1:27 group "group:a" is used nowhere`, `1:53 host "h" is used nowhere`, `1:70 host "h" is defined twice; the last one counts`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range Lint([]byte(test.text)) {
				line := fmt.Sprintf("%d:%d", f.At.Line, f.At.Column)
				if f.Rejected {
					line += " rejected"
				}
				if test.name != "syntax" {
					line += " " + f.Message
				}
				if f.Hint != "" {
					line += "; " + f.Hint
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(strings.Join(test.want, "\n"), strings.Join(got, "\n")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
