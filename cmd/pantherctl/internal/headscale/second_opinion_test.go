// Package headscale asks another implementation of the policy language, that
// of the headscale project, what it makes of the same policies. It is a module
// of its own so that nothing else depends on it:
//
//	cd cmd/pantherctl/internal/headscale && go test ./...
package headscale

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/juanfont/headscale/hscontrol/policy"
	"github.com/juanfont/headscale/hscontrol/policy/policyutil"
	"github.com/juanfont/headscale/hscontrol/types"
	"github.com/pantherctl/pantherctl/gen/tailnet"
	"github.com/rs/zerolog"
	"tailscale.com/tailcfg"
)

// fleet is a small network with every kind of node.
func fleet() tailnet.Network {
	addr := netip.MustParseAddr
	node := func(i int, name, user string, tags []string, routes ...string) tailnet.Node {
		n := tailnet.Node{Name: name, User: user, Tags: tags, Addrs: []netip.Addr{
			addr(fmt.Sprintf("100.64.0.%d", i)), addr(fmt.Sprintf("fd7a:115c:a1e0::%x", i)),
		}}
		for _, r := range routes {
			n.Advertised = append(n.Advertised, netip.MustParsePrefix(r))
		}
		return n
	}
	net := tailnet.Network{
		Users: []tailnet.User{{Name: "ann@example.com"}, {Name: "bob@example.com"}, {Name: "eve@example.org"}},
		Nodes: []tailnet.Node{
			node(10, "ann-laptop", "ann@example.com", nil),
			node(12, "ann-phone", "ann@example.com", nil),
			node(14, "bob-laptop", "bob@example.com", nil),
			node(16, "server", "", []string{"tag:server"}),
			node(18, "db", "", []string{"tag:db", "tag:server"}),
			node(20, "router", "", []string{"tag:router"}, "10.0.0.0/16", "fd00:1::/64"),
			node(22, "exit", "", []string{"tag:exit"}, "0.0.0.0/0", "::/0"),
		},
	}
	net.Nodes[5].Approved = net.Nodes[5].Advertised
	return net
}

// theirs is the network in headscale's types.
func theirs(net tailnet.Network) ([]types.User, types.Nodes) {
	var users []types.User
	byName := map[string]*types.User{}
	for i, u := range net.Users {
		user := types.User{Name: u.Name, Email: u.Name}
		user.ID = uint(i + 1)
		users = append(users, user)
		byName[u.Name] = &user
	}
	var nodes types.Nodes
	for i, n := range net.Nodes {
		m := &types.Node{
			ID: types.NodeID(i + 1), Hostname: n.Name, GivenName: n.Name, Tags: n.Tags,
			Hostinfo:       &tailcfg.Hostinfo{RoutableIPs: n.Advertised},
			ApprovedRoutes: n.Approved,
		}
		for _, a := range n.Addrs {
			if a.Is4() {
				m.IPv4 = &a
			} else {
				m.IPv6 = &a
			}
		}
		if u := byName[n.User]; u != nil && len(n.Tags) == 0 {
			m.UserID, m.User = &u.ID, u
		}
		nodes = append(nodes, m)
	}
	return users, nodes
}

// opinion is what an implementation makes of a policy, in comparable texts.
type opinion struct {
	rejected string
	rules    map[string]bool // NODE: SOURCES -> DESTINATION and what is open
	ssh      map[string][]string
}

// quiet: headscale logs to standard error as it resolves names.
func TestMain(m *testing.M) {
	zerolog.SetGlobalLevel(zerolog.Disabled)
	os.Exit(m.Run())
}

func askHeadscale(t testing.TB, text []byte, net tailnet.Network) (o opinion) {
	t.Helper()
	users, nodes := theirs(net)
	pm, err := policy.NewPolicyManager([]byte(`{"grants": []}`), users, nodes.ViewSlice())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pm.SetPolicy(text); err != nil {
		return opinion{rejected: err.Error()}
	}
	for _, n := range nodes {
		for _, r := range n.Hostinfo.RoutableIPs {
			if r.Bits() == 0 && pm.NodeCanApproveRoute(n.View(), r) {
				n.ApprovedRoutes = append(n.ApprovedRoutes, r)
			}
		}
	}
	if pm, err = policy.NewPolicyManager(text, users, nodes.ViewSlice()); err != nil {
		t.Fatal(err)
	}
	o.rules, o.ssh = map[string]bool{}, map[string][]string{}
	for _, n := range nodes {
		rules, err := pm.FilterForNode(n.View())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range policyutil.ReduceFilterRules(n.View(), rules) {
			addRule(o.rules, n.Hostname, r)
		}
		ssh, err := pm.SSHPolicy("https://example.com", n.View())
		if err != nil {
			t.Fatal(err)
		}
		if ssh == nil {
			continue
		}
		for _, r := range ssh.Rules {
			var from []string
			for _, p := range r.Principals {
				from = append(from, p.NodeIP)
			}
			o.ssh[n.Hostname] = append(o.ssh[n.Hostname], login(from, r.SSHUsers, r.Action.HoldAndDelegate != ""))
		}
	}
	return o
}

func login(from []string, users map[string]string, check bool) string {
	slices.Sort(from)
	return fmt.Sprint(slices.Compact(from), users, check)
}

// addRule writes a filter rule as openings of single destinations.
func addRule(into map[string]bool, node string, r tailcfg.FilterRule) {
	from := tailnet.ParseAddrSet(r.SrcIPs...).Strings()
	if len(from) == 0 {
		return
	}
	open := func(to []string, what string) {
		for _, a := range to {
			into[fmt.Sprintf("%s: %s -> %s %s", node, strings.Join(from, " "), a, what)] = true
		}
	}
	for _, d := range r.DstPorts {
		ports := tailnet.PortRange{First: d.Ports.First, Last: d.Ports.Last}
		open(tailnet.ParseAddrSet(d.IP).Strings(), fmt.Sprint(r.IPProto, ports))
	}
	for _, g := range r.CapGrant {
		for _, d := range g.Dsts {
			for _, name := range slices.Sorted(maps.Keys(g.CapMap)) {
				open(tailnet.ParseAddrSet(d.String()).Strings(), string(name))
			}
		}
	}
}

func askOurselves(text []byte, net tailnet.Network) opinion {
	p, err := tailnet.Parse(text)
	if err == nil {
		err = p.Validate(net)
	}
	if err != nil {
		return opinion{rejected: err.Error()}
	}
	o := opinion{rules: map[string]bool{}, ssh: map[string][]string{}}
	e := p.Evaluate(net)
	for i, n := range net.Nodes {
		for _, r := range e.Filter(i) {
			from := strings.Join(r.Src.Strings(), " ")
			for _, d := range r.Dst {
				for _, to := range d.Addrs.Strings() {
					o.rules[fmt.Sprintf("%s: %s -> %s %v%v", n.Name, from, to, r.Protocols, " "+d.Ports.String())] = true
				}
			}
			for _, g := range r.Caps {
				for _, to := range g.Addrs.Strings() {
					o.rules[fmt.Sprintf("%s: %s -> %s %s", n.Name, from, to, g.Name)] = true
				}
			}
		}
		for _, l := range e.SSH(i) {
			var from []string
			for _, a := range l.From {
				from = append(from, a.String())
			}
			o.ssh[n.Name] = append(o.ssh[n.Name], login(from, l.Users, l.Check))
		}
	}
	return o
}

// differences names what the two make differently of a policy.
func differences(ours, other opinion) []string {
	if (ours.rejected != "") != (other.rejected != "") {
		return []string{fmt.Sprintf("rejected: ours %q, headscale %q", ours.rejected, other.rejected)}
	}
	var ds []string
	for _, k := range slices.Sorted(maps.Keys(ours.rules)) {
		if !other.rules[k] {
			ds = append(ds, "only ours: "+k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(other.rules)) {
		if !ours.rules[k] {
			ds = append(ds, "only headscale: "+k)
		}
	}
	for _, node := range slices.Sorted(maps.Keys(other.ssh)) {
		if !slices.Equal(ours.ssh[node], other.ssh[node]) {
			ds = append(ds, fmt.Sprintf("%s: ssh ours %v, headscale %v", node, ours.ssh[node], other.ssh[node]))
		}
	}
	return ds
}

// known are the differences that are headscale's, each with why it is.
var known = []struct {
	difference *regexp.Regexp
	why        string
}{
	{regexp.MustCompile(`ours "", headscale ".*(user not found|resolved to no IP addresses)`), "headscale wants a machine for each name in tests and nodeAttrs"},
	{regexp.MustCompile(`ours "test\(s\) failed", headscale ""`), "the service wants one identity and one protocol in a test: tailscale/tailscale#12370"},
	{regexp.MustCompile(`ours "SSH tests src contains disallowed element`), "the service refuses autogroups there: tailscale/tailscale#14102"},
	{regexp.MustCompile(`ours ".* is not associated with this Tailnet`), "headscale takes any domain, in any case"},
	{regexp.MustCompile(`ours ".*check.* does not support tags in src", headscale ""`), "the service wants a person who can be checked: tailscale/tailscale#9660"},
	{regexp.MustCompile(`ours ".*(first port must be >0|empty protocol|leading 0 not permitted|invalid first integer).*", headscale ""`), "tailcfg's parser is stricter"},
	{regexp.MustCompile(`ours "", headscale ".*(invalid protocol number|proto name|leading 0 not permitted)`), "tailcfg's parser knows more protocols and spellings"},
	{regexp.MustCompile(`ours ".*capability name must.*", headscale ""`), "the service names the form a capability must have"},
	{regexp.MustCompile(`ours "", headscale ".*must not be in the tailscale.com domain`), "golink documents its capability"},
	{regexp.MustCompile(`ours "action=.*", headscale ""`), "headscale takes a rule without an action"},
	{regexp.MustCompile(`ours "", headscale ".*duplicate object member`), "the service's parser keeps the last of two members"},
	{regexp.MustCompile(`ours "", headscale ".*nodeAttrs (target does not support|ipPool)`), "headscale has fewer targets and no address pools"},
	{regexp.MustCompile(`ours "", headscale ".*(nodeAttrs uses a feature|not supported|invalid auto approver|invalid owner|unknown field|invalid alias format|must contain @|invalid autogroup)`), "headscale leaves parts of the language out"},
	{regexp.MustCompile(`only headscale: .* -> \S+ tailscale\.com/cap/(drive-sharer|relay-target)`), "the same address again inside a wider destination"},
}

func explained(difference string) bool {
	return ofTheInternet(difference) || slices.ContainsFunc(known, func(k struct {
		difference *regexp.Regexp
		why        string
	},
	) bool {
		return k.difference.MatchString(strings.ReplaceAll(difference, "\n", " "))
	})
}

// ofTheInternet: headscale's autogroup:internet leaves out more than the
// service was recorded to, such as loopback and multicast, and so cuts the rest
// into other ranges.
func ofTheInternet(difference string) bool {
	_, to, ok := strings.Cut(difference, " -> ")
	if !ok || strings.Contains(difference, "/cap/") {
		return false
	}
	to, _, _ = strings.Cut(to, " ")
	from, _, _ := strings.Cut(strings.Split(to, "/")[0], "-")
	first, err := netip.ParseAddr(from)
	return err == nil && to != "0.0.0.0/0" && to != "::/0" && !first.IsPrivate() && !netip.MustParsePrefix("100.64.0.0/10").Contains(first)
}

// compare reports what is different and not known, and counts what is known.
func compare(t *testing.T, what, text string, net tailnet.Network) (knownOnes int) {
	t.Helper()
	for _, d := range differences(askOurselves([]byte(text), net), askHeadscale(t, []byte(text), net)) {
		if explained(d) {
			knownOnes++
			continue
		}
		t.Errorf("%s\n  %s\n  %s", what, d, text)
	}
	return knownOnes
}
