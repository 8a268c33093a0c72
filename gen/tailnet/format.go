package tailnet

import (
	"fmt"
	"strings"

	"github.com/tailscale/hujson"
)

// Format writes the policy as the service keeps it: HuJSON in hujson's own
// layout, so that its sha256 equals the service's ETag. Comments stand above
// what they are about. Sections that are nil are left out; [Parse] of the text
// gives the same policy, but for positions and comments.
func (p *Policy) Format() []byte {
	w := new(writer)
	w.comment(p.Comment)
	w.raw("{\n")
	w.entries("groups", p.Groups, list)
	w.entries("hosts", p.Hosts, first)
	w.entries("ipsets", p.IPSets, list)
	w.entries("postures", p.Postures, list)
	w.texts("defaultSrcPosture", p.DefaultSrcPosture)
	w.entries("tagOwners", p.TagOwners, list)
	w.autoApprovers(p.AutoApprovers)
	rules(w, "grants", p.Grants, (*writer).grant)
	rules(w, "acls", p.ACLs, (*writer).acl)
	rules(w, "ssh", p.SSH, (*writer).ssh)
	rules(w, "nodeAttrs", p.NodeAttrs, (*writer).nodeAttr)
	rules(w, "tests", p.Tests, (*writer).test)
	rules(w, "sshTests", p.SSHTests, (*writer).sshTest)
	w.flag("randomizeClientPort", p.RandomizeClientPort)
	w.flag("disableIPv4", p.DisableIPv4)
	w.text("oneCGNATRoute", Text{Value: p.OneCGNATRoute})
	for _, s := range p.Extra {
		w.comment(s.Comment)
		w.field(s.Name.Value, s.JSON)
	}
	w.raw("}\n")
	formatted, err := hujson.Format([]byte(w.String()))
	if err != nil {
		// Only capability values and extra sections are not made here.
		return []byte(w.String())
	}
	return formatted
}

// writer collects HuJSON that is right but not yet laid out.
type writer struct{ strings.Builder }

func (w *writer) raw(s string) { w.WriteString(s) }

// comment writes one line of comment per line of text.
func (w *writer) comment(text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		w.raw(strings.TrimRight("// "+line, " ") + "\n")
	}
}

func (w *writer) field(name, json string) {
	w.raw(quote(name) + ": " + json + ",\n")
}

func (w *writer) text(name string, t Text) {
	if t.Value != "" {
		w.field(name, quote(t.Value))
	}
}

// texts leaves out nil, but not an empty list.
func (w *writer) texts(name string, ts []Text) {
	if ts != nil {
		w.field(name, list(ts))
	}
}

func (w *writer) flag(name string, set bool) {
	if set {
		w.field(name, "true")
	}
}

func (w *writer) json(name, json string) {
	if json != "" {
		w.field(name, json)
	}
}

func (w *writer) entries(name string, entries []Entry, value func([]Text) string) {
	if len(entries) == 0 {
		return
	}
	w.raw(quote(name) + ": {\n")
	for _, e := range entries {
		w.comment(e.Comment)
		w.field(e.Name.Value, value(e.Values))
	}
	w.raw("},\n")
}

func (w *writer) capabilities(name string, caps []Capability) {
	if len(caps) == 0 {
		return
	}
	w.raw(quote(name) + ": {")
	for i, c := range caps {
		if i > 0 {
			w.raw(", ")
		}
		w.raw(quote(c.Name.Value) + ": " + c.JSON)
	}
	w.raw("},\n")
}

func (w *writer) autoApprovers(a AutoApprovers) {
	if len(a.Routes) == 0 && a.ExitNode == nil {
		return
	}
	w.raw(quote("autoApprovers") + ": {\n")
	w.entries("routes", a.Routes, list)
	w.texts("exitNode", a.ExitNode)
	w.raw("},\n")
}

// rules writes a section of rules, an empty one too.
func rules[T any](w *writer, name string, all []T, write func(*writer, T)) {
	if all == nil {
		return
	}
	w.raw(quote(name) + ": [\n")
	for _, r := range all {
		write(w, r)
	}
	w.raw("],\n")
}

func (w *writer) grant(g Grant) {
	w.comment(g.Comment)
	w.raw("{\n")
	w.texts("src", g.Src)
	w.texts("srcPosture", g.SrcPosture)
	w.texts("dst", g.Dst)
	w.texts("ip", g.IP)
	w.capabilities("app", g.App)
	w.texts("via", g.Via)
	w.raw("},\n")
}

func (w *writer) acl(r ACL) {
	w.comment(r.Comment)
	w.raw("{\n")
	w.text("action", r.Action)
	w.texts("src", r.Src)
	w.texts("srcPosture", r.SrcPosture)
	w.text("proto", r.Proto)
	w.texts("dst", r.Dst)
	w.raw("},\n")
}

func (w *writer) ssh(r SSHRule) {
	w.comment(r.Comment)
	w.raw("{\n")
	w.text("action", r.Action)
	w.texts("src", r.Src)
	w.texts("srcPosture", r.SrcPosture)
	w.texts("dst", r.Dst)
	w.texts("users", r.Users)
	w.text("checkPeriod", r.CheckPeriod)
	w.texts("acceptEnv", r.AcceptEnv)
	w.texts("recorder", r.Recorder)
	w.flag("enforceRecorder", r.EnforceRecorder)
	w.raw("},\n")
}

func (w *writer) nodeAttr(a NodeAttr) {
	w.comment(a.Comment)
	w.raw("{\n")
	w.texts("target", a.Target)
	w.texts("attr", a.Attr)
	w.texts("ipPool", a.IPPool)
	w.capabilities("app", a.App)
	w.raw("},\n")
}

func (w *writer) test(t Test) {
	w.comment(t.Comment)
	w.raw("{\n")
	w.text("src", t.Src)
	w.json("srcPostureAttrs", t.SrcPostureAttrs)
	w.text("proto", t.Proto)
	w.texts("accept", t.Accept)
	w.texts("deny", t.Deny)
	w.raw("},\n")
}

func (w *writer) sshTest(t SSHTest) {
	w.comment(t.Comment)
	w.raw("{\n")
	w.text("src", t.Src)
	w.json("srcPostureAttrs", t.SrcPostureAttrs)
	w.texts("dst", t.Dst)
	w.texts("accept", t.Accept)
	w.texts("deny", t.Deny)
	w.texts("check", t.Check)
	w.raw("},\n")
}

func list(ts []Text) string {
	quoted := make([]string, len(ts))
	for i, t := range ts {
		quoted[i] = quote(t.Value)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// first is the one value of an entry of hosts.
func first(ts []Text) string {
	if len(ts) == 0 {
		return `""`
	}
	return quote(ts[0].Value)
}

// quote writes a JSON string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
