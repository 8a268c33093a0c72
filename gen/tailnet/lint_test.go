package tailnet

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTooDeep: text that would use up the parser's stack is refused, however
// many closing brackets stand where they close nothing.
func TestTooDeep(t *testing.T) {
	open, closed := strings.Repeat("[", 250), strings.Repeat("]", 250)
	for name, test := range map[string]struct {
		text string
		deep bool
	}{
		"nested": {`{"derpMap": ` + open + closed + "}", true},
		"closed in a comment": {"// " + closed + `
			{"derpMap": ` + open + closed + "}", true},
		"closed in comments":    {`{"derpMap": ` + strings.Repeat("/*]*/[", 250) + closed + "}", true},
		"closed in strings":     {`{"derpMap": ` + strings.Repeat(`["\"]", `, 250) + "1" + closed + "}", true},
		"open in a comment":     {"// " + open + "\n{}", false},
		"open in a string":      {`{"oneCGNATRoute": "\"` + open + `"}`, false},
		"a string without end":  {`{"` + open, false},
		"a comment without end": {`/*` + open, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(test.text))
			if deep := err != nil && strings.Contains(err.Error(), "nested too deeply"); deep != test.deep {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestHostOfNothing: a policy that is built may hold what no text can.
func TestHostOfNothing(t *testing.T) {
	p := &Policy{
		Hosts: []Entry{{Name: Text{Value: "h"}}}, Tests: []Test{{Src: Text{Value: "h"}, Deny: Texts("h:22")}},
		Grants: []Grant{{Src: Texts("h"), Dst: Texts("h"), IP: Texts("*")}}, SSHTests: []SSHTest{{Src: Text{Value: "h"}, Dst: Texts("h")}},
	}
	p.Evaluate(Network{})
	if err := p.Validate(Network{}); err == nil {
		t.Error("a host without an address is taken")
	}
}

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
			"a domain in another case", `{"grants": [{"src": ["user:*@Example.com"], "dst": ["ann@Example.com"], "ip": ["*"]}], "tests": [{"src": "ann@example.com", "deny": ["ann@example.com:22"]}]}`,
			[]string{`1:98 rejected test(s) failed: ann@example.com: [acl test error]: address "ann@example.com:22": want: Drop, got: Accept`},
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
