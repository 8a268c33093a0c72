package live

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// filter compares the loaded packet filter with the declared one, both as the
// host's own nft lists them: Q2, or A7 if nothing of it is loaded. Handles,
// counters and what rules put into sets are no part of it.
func filter(c *comparison) {
	if !mayJudge(c.Host.Firewall.Mode) || !c.Facts.Nftables.Enable {
		return
	}
	want, ok := c.tables("nft-declared")
	if !ok {
		return
	}
	got, ok := c.tables("nft-live")
	if !ok {
		return
	}
	for _, name := range sortedKeys(want) {
		if live := got[name]; live != nil {
			c.table(name, want[name], live)
		} else {
			c.report("A7", "firewall.mode", fmt.Sprintf("the table %s of the packet filter is not loaded", name), "systemctl restart nftables, and find out who removed it")
		}
	}
	for _, name := range sortedKeys(got) {
		if want[name] == nil && !c.foreignTable(name, got[name]) {
			c.report("Q2", "firewall.mode", fmt.Sprintf("the packet filter has the table %s, which the configuration does not load", brief(name)), "find out who loaded it: nft delete table "+brief(name))
		}
	}
}

// tables reads a section, or reports that it says nothing.
func (c *comparison) tables(section string) (map[string]*table, bool) {
	text, ok := c.answer.of(section)
	if ok {
		if tables, err := readTables(text); err == nil {
			return tables, true
		}
	}
	c.unseen(section, "the packet filter")
	return nil, false
}

// A table is what nft lists of one, without what changes while it is loaded.
type table struct {
	chains map[string]string   // their attributes, as JSON
	rules  map[string][]string // by chain, in order, as JSON
	sets   map[string]string   // sets, maps and the like, by "kind name"
}

func readTables(text string) (map[string]*table, error) {
	if i := strings.IndexByte(text, '{'); i > 0 {
		text = text[i:] // warnings come first
	}
	var list struct {
		Nftables []map[string]map[string]any
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, err
	}
	tables := map[string]*table{}
	of := func(attrs map[string]any, key string) *table {
		name := fmt.Sprint(attrs["family"], " ", attrs[key])
		if tables[name] == nil {
			tables[name] = &table{map[string]string{}, map[string][]string{}, map[string]string{}}
		}
		return tables[name]
	}
	for _, item := range list.Nftables {
		for kind, attrs := range item {
			delete(attrs, "handle")
			name, _ := attrs["name"].(string)
			switch kind {
			case "metainfo":
			case "table":
				of(attrs, "name")
			case "chain":
				of(attrs, "table").chains[name] = text1(attrs)
			case "rule":
				t, chain := of(attrs, "table"), fmt.Sprint(attrs["chain"])
				t.rules[chain] = append(t.rules[chain], text1(stateless(attrs["expr"])))
			default:
				set, _ := stateless(map[string]any{kind: elements(attrs)}).(map[string]any)
				of(attrs, "table").sets[kind+" "+name] = text1(set[kind])
			}
		}
	}
	return tables, nil
}

// text1 writes a value of JSON on one line; keys are sorted.
func text1(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// counted are the attributes of statements and objects that change with every
// packet. The bytes of a quota are its limit.
var counted = map[string][]string{"counter": {"packets", "bytes"}, "quota": {"used", "used_unit"}, "last": {"used"}}

// stateless takes out of an expression what counts packets.
func stateless(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = stateless(v[i])
		}
	case map[string]any:
		for key, value := range v {
			if inner, ok := value.(map[string]any); ok {
				for _, name := range counted[key] {
					delete(inner, name)
				}
			}
			v[key] = stateless(value)
		}
	}
	return v
}

// elements takes out of a set what rules put there, and orders the others.
func elements(attrs map[string]any) map[string]any {
	flags, several := attrs["flags"].([]any)
	if !several {
		flags = []any{attrs["flags"]}
	}
	if slices.Contains(flags, any("dynamic")) || slices.Contains(flags, any("timeout")) {
		delete(attrs, "elem")
	}
	if list, ok := attrs["elem"].([]any); ok {
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(text1(a), text1(b)) })
	}
	return attrs
}

// table compares one table.
func (c *comparison) table(name string, want, got *table) {
	way := "systemctl reload nftables loads the declared one; find out who changed it"
	differ := func(what, wanted, found string) {
		c.reportGot("Q2", "firewall.mode", what, way, wanted, found)
	}
	for _, kind := range []struct {
		what      string
		want, got map[string]string
	}{{"chain ", want.chains, got.chains}, {"", want.sets, got.sets}} {
		for _, n := range sortedKeys(kind.want) {
			switch g, ok := kind.got[n]; {
			case !ok:
				differ(fmt.Sprintf("%s has no %s%s", name, kind.what, brief(n)), kind.want[n], "")
			case g != kind.want[n]:
				differ(fmt.Sprintf("%s%s of %s is %s, and the policy wants %s", kind.what, brief(n), name, attributes(g), attributes(kind.want[n])), kind.want[n], g)
			}
		}
		for _, n := range sortedKeys(kind.got) {
			if _, ok := kind.want[n]; !ok {
				differ(fmt.Sprintf("%s has %s%s, which the configuration does not load", name, kind.what, brief(n)), "", kind.got[n])
			}
		}
	}
	for _, chain := range sortedKeys(got.chains) {
		if _, ok := want.chains[chain]; ok {
			c.chainRules(name+" "+brief(chain), want.rules[chain], got.rules[chain], differ)
		}
	}
}

// chainRules compares the rules of a chain, and their order.
func (c *comparison) chainRules(chain string, want, got []string, differ func(what, want, got string)) {
	extra, missing := without(got, want), without(want, got)
	for _, r := range extra {
		differ(fmt.Sprintf("%s has a rule that the configuration does not load: %s", chain, ruleText(r)), "", r)
	}
	for _, r := range missing {
		differ(fmt.Sprintf("%s has lost a rule: %s", chain, ruleText(r)), r, "")
	}
	if len(extra)+len(missing) == 0 && !slices.Equal(want, got) {
		differ(chain+" has its rules in another order: the first that matches counts", "", "")
	}
}

// without returns the items of a list beyond those of another, as often as
// they are more.
func without(list, other []string) []string {
	left := map[string]int{}
	for _, s := range other {
		left[s]++
	}
	var beyond []string
	for _, s := range list {
		if left[s]--; left[s] < 0 {
			beyond = append(beyond, s)
		}
	}
	return beyond
}

// foreignTable reports whether a table is one that a service of the host keeps
// itself: fail2ban's, tailscaled's and that of an incident.
func (c *comparison) foreignTable(name string, t *table) bool {
	switch name {
	case "inet f2b-table", "ip f2b-table", "ip6 f2b-table":
		return c.Facts.Fail2ban.Enable
	case "inet " + lockdownTable:
		return len(c.Facts.Lockdown) > 0
	case "ip filter", "ip6 filter", "ip nat", "ip6 nat", "ip mangle", "ip6 mangle":
		return c.Facts.Tailscale.Enable && tailscaled(t)
	}
	return false
}

// lockdownTable is what nixmodules/lockdown.nix loads.
const lockdownTable = "pantherctl-lockdown"

// tailscaled reports whether a table has nothing but tailscaled's chains, and
// jumps to them from chains that accept.
func tailscaled(t *table) bool {
	for name, attrs := range t.chains {
		if strings.HasPrefix(name, "ts-") {
			continue
		}
		if strings.Contains(attrs, `"policy":"drop"`) {
			return false
		}
		for _, r := range t.rules[name] {
			if !strings.Contains(r, `{"jump":{"target":"ts-`) {
				return false
			}
		}
	}
	return true
}
