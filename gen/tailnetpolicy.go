package gen

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/gen/tailnet"
	"github.com/pantherctl/pantherctl/schema"
)

// TailnetFile is where the policy of the tailnet is written.
const TailnetFile = "tailnet/policy.hujson"

// TailnetPolicy returns the policy that the access rules of a fleet mean for
// its tailnet, nil for a fleet without one. It grants what they say and
// nothing else: whom neither a tag nor an address tells from others is left
// out, and named at the top. source names the document.
func TailnetPolicy(f *policy.Fleet, source string) *tailnet.Policy {
	if !slices.ContainsFunc(f.Hosts, func(h *policy.Host) bool { return h.Tailscale.Enable.V }) {
		return nil
	}
	t := &tailnetPolicy{fleet: f, mesh: newMesh(f)}
	t.policy.Grants = []tailnet.Grant{} // without the section everything is allowed
	t.owners()
	for _, a := range f.Access.Items {
		t.access(a)
		t.ssh(a)
	}
	t.relays()
	t.funnels()
	t.approvers()
	t.derpMap()
	t.tests()
	t.sshTests()
	for _, m := range t.members {
		if a, ok := t.aliases[m.name]; ok {
			t.policy.Hosts = append(t.policy.Hosts, tailnet.Entry{Name: text(m.name), Values: tailnet.Texts(a.String())})
		}
	}
	t.policy.Comment = strings.Join(append(header(source), t.notes...), "\n")
	return &t.policy
}

// tailnetPolicy is a policy while it is made.
type tailnetPolicy struct {
	*mesh
	fleet  *policy.Fleet
	policy tailnet.Policy
	rules  []tailnetRule
	logins []tailnetLogin
	notes  []string // what the policy cannot say
}

// tailnetRule is one grant and what it means.
type tailnetRule struct {
	from, to cover
	internet bool           // instead of to
	ports    []schema.Ports // nil for all, of every protocol
}

func text(s string) tailnet.Text { return tailnet.Text{Value: s} }

// place is where the document says something, without the folder, as that
// depends on where pantherctl was started.
func place(from schema.Origin) string {
	return fmt.Sprintf("%s:%d", path.Base(from.Pos.File), from.Pos.Line)
}

// owners declares every tag that a member has. Nobody but the tailnet's
// administrators, who need no word, gives them out.
func (t *tailnetPolicy) owners() {
	for _, n := range t.allNames() {
		if strings.HasPrefix(n, "tag:") {
			t.policy.TagOwners = append(t.policy.TagOwners, tailnet.Entry{Name: text(n), Values: tailnet.Texts()})
		}
	}
}

// access adds the grants of one access rule: one for all of its services where
// every target has them on the same ports.
func (t *tailnetPolicy) access(a schema.Value[schema.Access]) {
	rule, ok := t.sources(a)
	if !ok {
		return
	}
	var groups []tailnetRule
	add := func(to cover, ports []schema.Ports, internet bool) {
		same := func(g tailnetRule) bool {
			return g.internet == internet && slices.Equal(g.ports, ports) && (g.ports == nil) == (ports == nil)
		}
		i := slices.IndexFunc(groups, same)
		if i < 0 {
			i = len(groups)
			groups = append(groups, tailnetRule{from: rule.from, ports: ports, internet: internet})
		}
		groups[i].to.join(to)
	}
	for _, to := range a.V.To.Values() {
		if to == schema.Internet {
			add(cover{names: []string{"autogroup:internet"}}, t.ports(a.V, nil), true)
			continue
		}
		for _, g := range t.byPorts(a.V, t.byName[string(to)]) {
			c := t.cover(g.members, "tag:"+string(to))
			t.leaveOut(a, c)
			add(c, g.ports, false)
		}
	}
	for _, g := range groups {
		if len(g.to.names) == 0 {
			continue
		}
		t.rules = append(t.rules, g)
		t.policy.Grants = append(t.policy.Grants, tailnet.Grant{
			Comment: describe(a), Src: tailnet.Texts(g.from.names...), Dst: tailnet.Texts(g.to.names...), IP: tailnet.Texts(items(g.ports)...),
		})
	}
}

// describe says what an access rule says, and where.
func describe(a schema.Value[schema.Access]) string {
	return fmt.Sprintf("%s: %s to %s, %s", place(a.From), join(schema.Words(a.V.From)), join(schema.Words(a.V.To)), join(schema.Words(a.V.Allow)))
}

// sources covers those of a rule's sources that send over the tailnet.
func (t *tailnetPolicy) sources(a schema.Value[schema.Access]) (rule tailnetRule, ok bool) {
	for _, from := range tailnetSources(a.V) {
		c := t.cover(t.byName[from], "tag:"+from)
		t.leaveOut(a, c)
		rule.from.join(c)
	}
	return rule, len(rule.from.names) > 0
}

func tailnetSources(a schema.Access) []string {
	var list []string
	for _, from := range a.From.Values() {
		if a.Side(from) == schema.Tailnet {
			list = append(list, string(from))
		}
	}
	return list
}

// leaveOut notes whom a rule means and the policy cannot name.
func (t *tailnetPolicy) leaveOut(a schema.Value[schema.Access], c cover) {
	for _, m := range c.missing {
		t.note("%s does not hold for %s, which has neither a tag of its own nor a declared address.", place(a.From), m.name)
	}
}

// note says once what the policy cannot.
func (t *tailnetPolicy) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(t.notes, n) {
		t.notes = append(t.notes, n)
	}
}

// join adds whom another cover names.
func (c *cover) join(other cover) {
	for _, n := range other.names {
		if !slices.Contains(c.names, n) {
			c.names = append(c.names, n)
		}
	}
	c.sure = append(c.sure, other.sure...)
	c.byAddr = append(c.byAddr, other.byAddr...)
}

// portGroup is members that have the services of a rule on the same ports.
type portGroup struct {
	members []*meshMember
	ports   []schema.Ports
}

func (t *tailnetPolicy) byPorts(a schema.Access, members []*meshMember) []portGroup {
	var list []portGroup
	for _, m := range members {
		ports := t.ports(a, m.host)
		i := slices.IndexFunc(list, func(g portGroup) bool { return slices.Equal(g.ports, ports) })
		if i < 0 {
			i = len(list)
			list = append(list, portGroup{ports: ports})
		}
		list[i].members = append(list[i].members, m)
	}
	return list
}

// ports returns the ports of a rule's services on a host, nil for all.
func (t *tailnetPolicy) ports(a schema.Access, h *policy.Host) []schema.Ports {
	ports := []schema.Ports{}
	for _, s := range a.Allow.Values() {
		switch {
		case s == schema.Any:
			return nil
		case s != "ssh":
			ports = append(ports, t.fleet.ServicePorts(string(s))...)
		case h == nil:
			ports = append(ports, schema.Ports{Protocol: "tcp", First: 22, Last: 22})
		default:
			for _, p := range h.SSH.Ports.Values() {
				ports = append(ports, schema.Ports{Protocol: "tcp", First: p, Last: p})
			}
		}
	}
	return ports
}

// items are ports as a grant has them. Without a protocol a port would be
// open for all of TCP, UDP and ICMP.
func items(ports []schema.Ports) []string {
	if ports == nil {
		return []string{"*"}
	}
	var list []string
	for _, p := range ports {
		item := fmt.Sprintf("%s:%d", p.Protocol, p.First)
		if p.Last != p.First {
			item += fmt.Sprintf("-%d", p.Last)
		}
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

// relays lets every member use the peer relays, and nobody else become one.
func (t *tailnetPolicy) relays() {
	var relays, others []*meshMember
	for _, m := range t.members {
		switch {
		case m.host != nil && m.host.Tailscale.Relay.V == schema.PeerRelay:
			relays = append(relays, m)
		case m.host != nil:
			others = append(others, m)
		}
	}
	if len(relays) == 0 {
		return
	}
	all := t.cover(t.members, "")
	for _, m := range relays {
		c := t.cover([]*meshMember{m}, t.roleTag(m.host, func(s *schema.Tailscale) schema.Origin { return s.Relay.From }))
		if len(c.names) == 0 {
			t.note("%s: %s relays for nobody: it has neither a tag of its own nor a declared address.", place(m.host.Tailscale.Relay.From), m.name)
			continue
		}
		t.policy.Grants = append(t.policy.Grants, tailnet.Grant{
			Comment: fmt.Sprintf("%s: %s is a peer relay", place(m.host.Tailscale.Relay.From), m.name),
			Src:     tailnet.Texts(all.names...), Dst: tailnet.Texts(c.names...),
			App: []tailnet.Capability{{Name: text("tailscale.com/cap/relay"), JSON: "[]"}},
		})
	}
	if c := t.tagsOf(others); len(c) > 0 {
		t.policy.NodeAttrs = append(t.policy.NodeAttrs, tailnet.NodeAttr{
			Comment: "These never become relays, whatever somebody sets there.", Target: tailnet.Texts(c...), Attr: tailnet.Texts("disable-relay-server"),
		})
	}
}

// funnels lets the hosts that say so take requests from the internet.
func (t *tailnetPolicy) funnels() {
	var hosts []*meshMember
	for _, m := range t.members {
		if m.host != nil && slices.ContainsFunc(m.host.Served, func(s policy.Served) bool { return s.Funnel }) {
			hosts = append(hosts, m)
		}
	}
	c := t.named(hosts, "")
	for _, m := range c.missing {
		t.note("%s has no tag that is its alone: nobody lets it use Tailscale Funnel.", m.name)
	}
	if len(c.names) > 0 {
		t.policy.NodeAttrs = append(t.policy.NodeAttrs, tailnet.NodeAttr{
			Comment: "The whole internet reaches what these serve by Tailscale Funnel.", Target: tailnet.Texts(c.names...), Attr: tailnet.Texts("funnel"),
		})
	}
}

// tagsOf returns tags that only these members have.
func (t *tailnetPolicy) tagsOf(members []*meshMember) []string {
	return slices.DeleteFunc(t.named(members, "").names, func(n string) bool { return !strings.HasPrefix(n, "tag:") })
}

// roleTag is the tag of the host's role that makes a setting, "" if none does.
func (t *tailnetPolicy) roleTag(h *policy.Host, made func(*schema.Tailscale) schema.Origin) string {
	for _, name := range h.Roles {
		if role, _ := t.fleet.Roles.Get(name); made(&role.Tailscale).IsSet() {
			return "tag:" + name
		}
	}
	return ""
}

// approvers lets the hosts that are exit nodes or have networks behind them
// be so without an administrator's word.
func (t *tailnetPolicy) approvers() {
	var exits []*meshMember
	var first string
	routers := map[string][]*meshMember{}
	a := &t.policy.AutoApprovers
	for _, m := range t.members {
		if m.host == nil {
			continue
		}
		s := &m.host.Tailscale
		if s.ExitNode.V {
			exits = append(exits, m)
			first = t.roleTag(m.host, func(s *schema.Tailscale) schema.Origin { return s.ExitNode.From })
		}
		for _, r := range s.Routes.Items {
			cidr := r.V.String()
			if routers[cidr] == nil {
				a.Routes = append(a.Routes, tailnet.Entry{Comment: fmt.Sprintf("%s: behind %s", place(r.From), m.name), Name: text(cidr)})
			}
			routers[cidr] = append(routers[cidr], m)
		}
	}
	if len(exits) > 0 {
		a.ExitNode = t.approved(exits, first, "exit node")
	}
	for i := range a.Routes {
		e := &a.Routes[i]
		e.Values = t.approved(routers[e.Name.Value], "", "the way to "+e.Name.Value)
	}
}

// approved names hosts by tags, as nothing else can approve: by those that
// only they have or else by the rarest, whose other hosts could then offer the
// same.
func (t *tailnetPolicy) approved(hosts []*meshMember, first, what string) []tailnet.Text {
	c := t.named(hosts, first)
	for _, m := range c.missing {
		tag := ""
		for _, n := range m.names {
			if tag == "" || len(t.holders[n]) < len(t.holders[tag]) {
				tag = n
			}
		}
		switch {
		case tag == "":
			t.note("%s has no tag: an administrator must approve it as %s.", m.name, what)
		case !slices.Contains(c.names, tag):
			t.note("%s approves more than %s as %s: no tag is its alone.", tag, m.name, what)
			c.names = append(c.names, tag)
		}
	}
	return tailnet.Texts(c.names...)
}

// derpMap adds the fleet's own relays, in the form of tailcfg.DERPMap.
func (t *tailnetPolicy) derpMap() {
	if len(t.fleet.Relays) == 0 && !t.fleet.DERP.OmitDefault.V {
		return
	}
	type node struct {
		Name, HostName     string
		RegionID           int
		IPv4, IPv6         string `json:",omitempty"`
		DERPPort, STUNPort int
	}
	type region struct {
		RegionID               int
		RegionCode, RegionName string
		Nodes                  []node
	}
	var m struct {
		OmitDefault bool           `json:"omitDefaultRegions"`
		Regions     map[int]region // written in the order of numbers
	}
	m.OmitDefault, m.Regions = t.fleet.DERP.OmitDefault.V, map[int]region{}
	for _, r := range t.fleet.Relays {
		own := region{RegionID: r.ID, RegionCode: r.Code, RegionName: r.Name}
		for _, n := range r.Nodes {
			relay := node{Name: n.Name, HostName: n.HostName, RegionID: r.ID, DERPPort: n.DERPPort, STUNPort: n.STUNPort}
			if n.IPv4.IsValid() {
				relay.IPv4 = n.IPv4.String()
			}
			if n.IPv6.IsValid() {
				relay.IPv6 = n.IPv6.String()
			}
			own.Nodes = append(own.Nodes, relay)
		}
		m.Regions[r.ID] = own
	}
	text, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return // texts and numbers alone always have a form
	}
	t.policy.Extra = append(t.policy.Extra, tailnet.RawSection{
		Comment: fmt.Sprintf("%s: relays of the fleet's own", place(t.fleet.DERP.Regions.From)), Name: tailnet.Text{Value: "derpMap"}, JSON: string(text),
	})
}
