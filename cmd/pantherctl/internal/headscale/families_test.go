package headscale

import (
	"fmt"
	"strings"
	"testing"
)

const declared = `
	"groups": {"group:staff": ["ann@example.com", "bob@example.com"], "group:none": []},
	"hosts": {"box": "100.64.0.16", "far": "100.99.0.1", "lan": "10.0.0.0/16", "part": "10.0.1.0/24"},
	"tagOwners": {"tag:server": [], "tag:db": ["tag:server"], "tag:router": ["group:staff"], "tag:exit": [], "tag:idle": []},
	"autoApprovers": {"routes": {"10.0.0.0/8": ["tag:router"]}, "exitNode": ["tag:exit"]},`

// TestFamilies puts every kind of name, port, protocol, user and period into
// every place of a policy.
func TestFamilies(t *testing.T) {
	src := []string{"*", "ann@example.com", "nobody@example.com", "group:staff", "group:none", "group:gone", "tag:server", "tag:idle", "tag:gone", "box", "far", "lan", "gone", "100.64.0.10", "fd7a:115c:a1e0::a", "10.0.0.0/16", "10.1.0.0/16", "0.0.0.0/0", "autogroup:member", "autogroup:tagged", "autogroup:self", "autogroup:internet", "autogroup:danger-all", "autogroup:nonroot", "autogroup:bogus", " tag:server "}
	dst := append([]string{"part", "8.8.8.8", "8.8.8.0/24", "fd00:1::1", "[fd00:1::1]", "10.0.0.0/8", "::/0"}, src...)
	ports := []string{":*", ":22", ":80-90", ":22,80", "", ":0", ":65536", ":90-80", ":a", ":1-2-3", ":", ":-1", ":0-10", ":22,"}
	policies, knownOnes := 0, 0
	try := func(what, text string) {
		if !strings.Contains(text, `"acls"`) && !strings.Contains(text, `"grants"`) {
			text += `,"grants":[]`
		}
		policies++
		knownOnes += compare(t, what, "{"+declared+text+"}", fleet())
	}
	list := func(s string) string { return fmt.Sprintf("[%q]", s) }
	for _, s := range src {
		try("acl src "+s, `"acls":[{"action":"accept","src":`+list(s)+`,"dst":["*:22"]}]`)
		try("acl src self "+s, `"acls":[{"action":"accept","src":`+list(s)+`,"dst":["autogroup:self:22"]}]`)
		try("grant src "+s, `"grants":[{"src":`+list(s)+`,"dst":["*"],"ip":["22"]}]`)
		try("grant src self "+s, `"grants":[{"src":`+list(s)+`,"dst":["autogroup:self"],"ip":["22"]}]`)
		try("grant app src "+s, `"grants":[{"src":`+list(s)+`,"dst":["tag:server"],"app":{"tailscale.com/cap/drive":[{}]}}]`)
		try("ssh src "+s, `"ssh":[{"action":"accept","src":`+list(s)+`,"dst":["tag:server"],"users":["root"]}]`)
		try("ssh src lp "+s, `"ssh":[{"action":"accept","src":`+list(s)+`,"dst":["tag:server"],"users":["localpart:*@example.com"]}]`)
		try("ssh check src "+s, `"ssh":[{"action":"check","src":`+list(s)+`,"dst":["tag:server"],"users":["root"]}]`)
		try("ssh src self "+s, `"ssh":[{"action":"accept","src":`+list(s)+`,"dst":["autogroup:self"],"users":["root"]}]`)
		try("test src "+s, `"acls":[{"action":"accept","src":["*"],"dst":["*:22"]}],"tests":[{"src":"`+s+`","accept":["tag:server:22"]}]`)
		try("test src deny "+s, `"acls":[{"action":"accept","src":["*"],"dst":["*:22"]}],"tests":[{"src":"`+s+`","deny":["tag:server:23"]}]`)
		if wide := map[string]bool{"*": true, "autogroup:danger-all": true, "autogroup:internet": true, "lan": true, "0.0.0.0/0": true, "10.0.0.0/16": true, "10.1.0.0/16": true}; wide[s] {
			continue
		}
		try("sshtest src "+s, `"ssh":[{"action":"accept","src":["autogroup:member","autogroup:tagged"],"dst":["tag:server"],"users":["root"]}],"sshTests":[{"src":"`+s+`","dst":["tag:server"],"accept":["root"]}]`)
	}
	for _, s := range src {
		try("nodeattr "+s, `"nodeAttrs":[{"target":`+list(s)+`,"attr":["x"]}]`)
		try("owner "+s, `"tagOwners":{"tag:server":`+list(s)+`}`)
	}
	for _, s := range dst {
		try("acl dst "+s, `"acls":[{"action":"accept","src":["*"],"dst":["`+s+`:22"]}]`)
		try("grant dst "+s, `"grants":[{"src":["ann@example.com"],"dst":`+list(s)+`,"ip":["22"]}]`)
		try("grant app dst "+s, `"grants":[{"src":["ann@example.com"],"dst":`+list(s)+`,"app":{"example.com/x":[{}],"tailscale.com/cap/relay":[]}}]`)
		try("grant via dst "+s, `"grants":[{"src":["ann@example.com"],"dst":`+list(s)+`,"ip":["22"],"via":["tag:router"]}]`)
		try("grant via exit dst "+s, `"grants":[{"src":["*"],"dst":`+list(s)+`,"ip":["*"],"via":["tag:exit"]}]`)
		try("ssh dst "+s, `"ssh":[{"action":"accept","src":["ann@example.com"],"dst":`+list(s)+`,"users":["root"]}]`)
		try("ssh dst tagsrc "+s, `"ssh":[{"action":"accept","src":["tag:db"],"dst":`+list(s)+`,"users":["root"]}]`)
		try("test dst "+s, `"acls":[{"action":"accept","src":["*"],"dst":["*:22"]}],"tests":[{"src":"ann@example.com","accept":["`+s+`:22"]}]`)
		try("test dst deny "+s, `"acls":[{"action":"accept","src":["*"],"dst":["*:22"]}],"tests":[{"src":"ann@example.com","deny":["`+s+`:23"]}]`)
		try("sshtest dst "+s, `"ssh":[{"action":"accept","src":["ann@example.com"],"dst":["tag:server","autogroup:self"],"users":["root"]}],"sshTests":[{"src":"ann@example.com","dst":`+list(s)+`,"accept":["root"]}]`)
	}
	for _, p := range ports {
		try("acl port "+p, `"acls":[{"action":"accept","src":["*"],"dst":["tag:server`+p+`"]}]`)
		try("acl icmp port "+p, `"acls":[{"action":"accept","proto":"icmp","src":["*"],"dst":["tag:server`+p+`"]}]`)
		try("grant port "+p, `"grants":[{"src":["*"],"dst":["tag:server"],"ip":["`+strings.TrimPrefix(p, ":")+`"]}]`)
		try("grant tcp port "+p, `"grants":[{"src":["*"],"dst":["tag:server"],"ip":["tcp`+p+`"]}]`)
		try("grant icmp port "+p, `"grants":[{"src":["*"],"dst":["tag:server"],"ip":["icmp`+p+`"]}]`)
		try("test port "+p, `"acls":[{"action":"accept","src":["*"],"dst":["*:*"]}],"tests":[{"src":"ann@example.com","accept":["tag:server`+p+`"]}]`)
	}
	for _, p := range []string{"", "tcp", "TCP", "udp", "icmp", "icmpv6", "ipv6-icmp", "6", "06", "0", "1", "255", "256", "-1", "*", "bogus", "sctp", "132", "gre", "47", "fc", "dccp", "tsmp"} {
		try("acl proto "+p, `"acls":[{"action":"accept","proto":"`+p+`","src":["*"],"dst":["tag:server:*"]}]`)
		try("acl proto port "+p, `"acls":[{"action":"accept","proto":"`+p+`","src":["*"],"dst":["tag:server:22"]}]`)
		try("grant proto "+p, `"grants":[{"src":["*"],"dst":["tag:server"],"ip":["`+p+`:*"]}]`)
		try("grant proto port "+p, `"grants":[{"src":["*"],"dst":["tag:server"],"ip":["`+p+`:22"]}]`)
		try("test proto "+p, `"acls":[{"action":"accept","src":["*"],"dst":["*:*"]}],"tests":[{"src":"ann@example.com","proto":"`+p+`","accept":["tag:server:22"]}]`)
	}
	for _, u := range []string{"", "*", " ", "root", "ann", "autogroup:nonroot", "autogroup:member", "group:staff", "localpart:*@example.com", "localpart:*@EXAMPLE.COM", "localpart:*@", "localpart:a@b", "localpart:*", "localpart:*@a@b", "localpart:*@example.org", " root "} {
		try("ssh user "+u, `"ssh":[{"action":"accept","src":["autogroup:member"],"dst":["tag:server"],"users":["`+u+`"]}]`)
		try("ssh user+ "+u, `"ssh":[{"action":"check","src":["autogroup:member"],"dst":["tag:server","autogroup:self"],"users":["root","`+u+`"]}]`)
		for _, k := range []string{"accept", "deny", "check"} {
			try("sshtest "+k+" "+u, `"ssh":[{"action":"check","src":["ann@example.com"],"dst":["tag:server"],"users":["root","ann"]}],"sshTests":[{"src":"ann@example.com","dst":["tag:server"],"`+k+`":["`+u+`"]}]`)
		}
	}
	for _, c := range []string{"", "always", "1h", "0s", "0", "-1m", "168h", "169h", "7d", "90", "1h30m", " 1h "} {
		for _, a := range []string{"accept", "check"} {
			try("ssh period "+a+" "+c, `"ssh":[{"action":"`+a+`","checkPeriod":"`+c+`","src":["autogroup:member"],"dst":["tag:server"],"users":["root"]}]`)
		}
	}
	for _, a := range []string{"", "accept", "deny", "reject", "Accept", " accept ", "check"} {
		try("acl action "+a, `"acls":[{"action":"`+a+`","src":["*"],"dst":["*:*"]}]`)
		try("ssh action "+a, `"ssh":[{"action":"`+a+`","src":["autogroup:member"],"dst":["tag:server"],"users":["root"]}]`)
	}
	for _, c := range []string{"example.com/x", "x", "example.com", "https://example.com/x", "tailscale.com/cap/golink", "tailscale.com/x", "foo.tailscale.com/x", "/x", "example.com/", "tailscale.com/cap/drive-sharer", ""} {
		try("cap "+c, `"grants":[{"src":["*"],"dst":["*"],"app":{"`+c+`":[]}}]`)
	}
	for _, x := range []string{
		`"acls":[]`, `"grants":[]`, `"acls":[{}]`, `"acls":[{"action":"accept"}]`, `"grants":[{}]`, `"grants":[{"src":["*"],"dst":["*"]}]`,
		`"grants":[{"src":["*"],"dst":[],"ip":["*"]}]`, `"grants":[{"dst":["*"],"ip":["*"]}]`, `"bogus":1`, `"acls":[{"action":"accept","bogus":1}]`, `"grants":[{"src":["*"],"dst":["*"],"ip":[]}]`,
		`"grants":[{"src":["*"],"dst":["10.0.0.0/16"],"ip":["*"],"via":["tag:gone"]}]`, `"grants":[{"src":["*"],"dst":["10.0.0.0/16"],"ip":["*"],"via":["box"]}]`, `"grants":[{"src":["*"],"dst":["10.0.0.0/16"],"ip":["*"],"via":[]}]`,
		`"grants":[{"src":["*"],"dst":["10.0.0.0/16"],"app":{"example.com/x":[]},"via":["tag:router"]}]`,
		`"groups":{"bogus":[]}`, `"groups":{"group:x":["tag:server"]}`, `"groups":{"group:x":["autogroup:member"]}`, `"groups":{"group:x":["plain"]}`, `"groups":{"group:x":"ann@example.com"}`,
		`"hosts":{"x":"example.com"}`, `"hosts":{"x":"10.0.0.1/16"}`, `"hosts":{"a@b":"10.0.0.1"}`, `"hosts":{"tag:x":"10.0.0.1"}`,
		`"tagOwners":{"x":[]}`, `"tagOwners":{"tag:":[]}`, `"tagOwners":{"tag:1x":[]}`, `"tagOwners":{"tag:a_b":[]}`, `"tagOwners":{"tag:a":["tag:b"],"tag:b":["tag:a"]}`, `"tagOwners":{"tag:a":["tag:gone"]}`, `"tagOwners":{"tag:a":["group:gone"]}`, `"tagOwners":{"tag:a":["box"]}`, `"tagOwners":{"tag:a":["autogroup:admin"]}`,
		`"autoApprovers":{"exitNode":["tag:gone"]}`, `"autoApprovers":{"exitNode":["*"]}`, `"autoApprovers":{"routes":{"x":["tag:exit"]}}`, `"autoApprovers":{"routes":{"10.0.0.0/8":["group:gone"]}}`, `"autoApprovers":{"exitNode":["autogroup:member"]}`,
		`"tests":[{"src":"ann@example.com","accept":[]}]`, `"tests":[{"accept":["tag:server:22"]}]`, `"sshTests":[{}]`, `"sshTests":[{"src":"ann@example.com","dst":["tag:server"]}]`, `"sshTests":[{"src":"ann@example.com","dst":[],"accept":["root"]}]`,
		`"ssh":[{"action":"accept","src":["ann@example.com"],"dst":["tag:server"],"users":["root"],"acceptEnv":[""]}]`, `"ssh":[{"action":"accept","src":["ann@example.com"],"dst":["ann@example.com"],"users":["root"]}]`, `"ssh":[{"action":"accept","src":["ann@example.com","bob@example.com"],"dst":["ann@example.com"],"users":["root"]}]`, `"ssh":[{"action":"accept","src":["group:staff"],"dst":["ann@example.com"],"users":["root"]}]`, `"ssh":[{"action":"accept","src":[],"dst":["tag:server"],"users":["root"]}]`,
		`"nodeAttrs":[{"target":["*"],"ipPool":["10.0.0.0/24"]}]`, `"nodeAttrs":[{"target":["*"],"ipPool":["100.115.92.0/24"]}]`, `"nodeAttrs":[{}]`,
	} {
		try(x, x)
	}
	fmt.Printf("families             %5d policies, %d known differences\n", policies, knownOnes)
}
