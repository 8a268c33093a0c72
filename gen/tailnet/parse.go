package tailnet

import (
	"bytes"

	"github.com/tailscale/hujson"
)

// maxDepth bounds how deeply a policy may nest. Nothing in the language needs
// more than capability values do; the bound keeps hostile input from using up
// the stack.
const maxDepth = 200

// Parse reads a policy file: JSON with comments and trailing commas. Field
// names match in any case. The error is a *Rejection with a position; names
// and shapes are for [Policy.Validate] to judge.
func Parse(text []byte) (*Policy, error) {
	if tooDeep(text) {
		return nil, reject(Position{Line: 1, Column: 1}, "policy file is nested too deeply")
	}
	tree, err := hujson.Parse(text)
	if err != nil {
		return nil, syntaxError(err)
	}
	d := newDecoder(text)
	p := d.policy(tree)
	if d.err != nil {
		return nil, d.err
	}
	return p, nil
}

// tooDeep counts brackets that are open at once, outside strings and comments:
// a closing one there would hide how deep the text is.
func tooDeep(text []byte) bool {
	depth := 0
	for len(text) > 0 {
		token := 1
		switch {
		case text[0] == '{', text[0] == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case text[0] == '}', text[0] == ']':
			depth--
		case text[0] == '"':
			token = stringEnd(text)
		case bytes.HasPrefix(text, []byte("//")):
			token = after(text, "\n")
		case bytes.HasPrefix(text, []byte("/*")):
			token = after(text, "*/")
		}
		text = text[token:]
	}
	return false
}

// stringEnd is the length of the string that text begins with, all of text if
// it does not end.
func stringEnd(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// after is the length of what begins with two characters and ends with a mark,
// all of text if it does not end.
func after(text []byte, mark string) int {
	if i := bytes.Index(text[2:], []byte(mark)); i >= 0 {
		return 2 + i + len(mark)
	}
	return len(text)
}

func (d *decoder) policy(tree hujson.Value) *Policy {
	p := new(Policy)
	raw := func(name string) func(hujson.Value) {
		return func(v hujson.Value) {
			p.Extra = append(p.Extra, RawSection{Name: Text{Value: name, At: d.at(v)}, JSON: d.raw(v)})
		}
	}
	d.fields(tree, map[string]func(hujson.Value){
		"groups":    func(v hujson.Value) { p.Groups = d.entries(v) },
		"hosts":     func(v hujson.Value) { p.Hosts = d.pairs(v) },
		"ipsets":    func(v hujson.Value) { p.IPSets = d.entries(v) },
		"postures":  func(v hujson.Value) { p.Postures = d.entries(v) },
		"tagOwners": func(v hujson.Value) { p.TagOwners = d.entries(v) },
		"autoApprovers": func(v hujson.Value) {
			d.fields(v, map[string]func(hujson.Value){
				"routes":   func(v hujson.Value) { p.AutoApprovers.Routes = d.entries(v) },
				"exitNode": func(v hujson.Value) { p.AutoApprovers.ExitNode = d.texts(v) },
				"services": func(hujson.Value) {},
			})
		},
		"acls":                section(d, &p.ACLs, d.acl),
		"grants":              section(d, &p.Grants, d.grant),
		"ssh":                 section(d, &p.SSH, d.ssh),
		"nodeAttrs":           section(d, &p.NodeAttrs, d.nodeAttr),
		"tests":               section(d, &p.Tests, d.test),
		"sshTests":            section(d, &p.SSHTests, d.sshTest),
		"defaultSrcPosture":   func(v hujson.Value) { p.DefaultSrcPosture = d.texts(v) },
		"randomizeClientPort": func(v hujson.Value) { p.RandomizeClientPort = d.flag(v) },
		"disableIPv4":         func(v hujson.Value) { p.DisableIPv4 = d.flag(v) },
		"oneCGNATRoute":       func(v hujson.Value) { p.OneCGNATRoute = d.string(v).Value },
		"derpMap":             raw("derpMap"),
		"attrConfig":          raw("attrConfig"),
	})
	return p
}

// section decodes an array of rules. An empty array is not nil: the two mean
// opposite things for acls and grants.
func section[T any](d *decoder, into *[]T, decode func(hujson.Value) T) func(hujson.Value) {
	return func(v hujson.Value) {
		if null(v) {
			return
		}
		rules := []T{}
		d.array(v, func(e hujson.Value) { rules = append(rules, decode(e)) })
		*into = rules
	}
}

// textsInto decodes a list of names into a field.
func (d *decoder) textsInto(field *[]Text) func(hujson.Value) {
	return func(v hujson.Value) { *field = d.texts(v) }
}

// textInto decodes one name into a field.
func (d *decoder) textInto(field *Text) func(hujson.Value) {
	return func(v hujson.Value) { *field = d.string(v) }
}

// acl takes the older names of the first policy files too: users and ports.
func (d *decoder) acl(v hujson.Value) ACL {
	r := ACL{At: d.at(v)}
	d.fields(v, map[string]func(hujson.Value){
		"action":     d.textInto(&r.Action),
		"proto":      d.textInto(&r.Proto),
		"src":        d.textsInto(&r.Src),
		"users":      d.textsInto(&r.Src),
		"dst":        d.textsInto(&r.Dst),
		"ports":      d.textsInto(&r.Dst),
		"srcPosture": d.textsInto(&r.SrcPosture),
	})
	return r
}

func (d *decoder) grant(v hujson.Value) Grant {
	r := Grant{At: d.at(v)}
	d.fields(v, map[string]func(hujson.Value){
		"src":        d.textsInto(&r.Src),
		"dst":        d.textsInto(&r.Dst),
		"ip":         d.textsInto(&r.IP),
		"app":        func(v hujson.Value) { r.App = d.capabilities(v) },
		"via":        d.textsInto(&r.Via),
		"srcPosture": d.textsInto(&r.SrcPosture),
	})
	return r
}

func (d *decoder) ssh(v hujson.Value) SSHRule {
	r := SSHRule{At: d.at(v)}
	d.fields(v, map[string]func(hujson.Value){
		"action":          d.textInto(&r.Action),
		"src":             d.textsInto(&r.Src),
		"dst":             d.textsInto(&r.Dst),
		"users":           d.textsInto(&r.Users),
		"checkPeriod":     d.textInto(&r.CheckPeriod),
		"acceptEnv":       d.textsInto(&r.AcceptEnv),
		"srcPosture":      d.textsInto(&r.SrcPosture),
		"recorder":        d.textsInto(&r.Recorder),
		"enforceRecorder": func(v hujson.Value) { r.EnforceRecorder = d.flag(v) },
	})
	return r
}

func (d *decoder) nodeAttr(v hujson.Value) NodeAttr {
	r := NodeAttr{At: d.at(v)}
	d.fields(v, map[string]func(hujson.Value){
		"target": d.textsInto(&r.Target),
		"attr":   d.textsInto(&r.Attr),
		"ipPool": d.textsInto(&r.IPPool),
		"app":    func(v hujson.Value) { r.App = d.capabilities(v) },
	})
	return r
}

func (d *decoder) test(v hujson.Value) Test {
	r := Test{At: d.at(v)}
	d.fields(v, map[string]func(hujson.Value){
		"src":             d.textInto(&r.Src),
		"user":            d.textInto(&r.Src),
		"proto":           d.textInto(&r.Proto),
		"accept":          d.textsInto(&r.Accept),
		"allow":           d.textsInto(&r.Accept),
		"deny":            d.textsInto(&r.Deny),
		"srcPostureAttrs": func(v hujson.Value) { r.SrcPostureAttrs = d.raw(v) },
	})
	return r
}

func (d *decoder) sshTest(v hujson.Value) SSHTest {
	r := SSHTest{At: d.at(v)}
	d.fields(v, map[string]func(hujson.Value){
		"src":             d.textInto(&r.Src),
		"dst":             d.textsInto(&r.Dst),
		"accept":          d.textsInto(&r.Accept),
		"deny":            d.textsInto(&r.Deny),
		"check":           d.textsInto(&r.Check),
		"srcPostureAttrs": func(v hujson.Value) { r.SrcPostureAttrs = d.raw(v) },
	})
	return r
}
