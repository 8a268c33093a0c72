package option

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
)

// node is a place in the option tree: an option, a set of options, or a value
// below a free-form option. Its key is the path in the tables, where names and
// list items are placeholders, and its shown path the one the caller wrote.
type node struct {
	shown string
	key   string // "" for the root
	typ   Type
	row   row // of the option, and what it inherits from the sets around it
	free  bool
}

// find walks from the root.
func find(path nix.AttrPath, r Release) (node, error) { return node{}.walk(path, r) }

// walk follows path from n. The error is for the first name that leads nowhere.
func (n node) walk(path nix.AttrPath, r Release) (node, error) {
	for i, name := range path {
		next, err := n.child(name, r)
		if err != nil {
			return node{}, unknown(err, n, path[i:])
		}
		n = next
	}
	return n, nil
}

func (n node) option() Option {
	return Option{
		Path: n.shown, Type: n.typ,
		Since: n.row.since, Until: n.row.until, Use: n.row.use,
		From: n.row.from, Source: n.row.source, FreeForm: n.free,
		at: n,
	}
}

// child returns the attribute of n called name.
func (n node) child(name string, r Release) (node, error) {
	shown := join(n.shown, nix.AttrPath{name}.String())
	if name == "*" {
		if item, ok := n.item(r); ok {
			return item, nil
		}
	}
	value, open := n.typ.attr()
	key := join(graft(n.key), segment(name))
	if next, ok := n.declared(key, value, r); ok {
		next.shown = shown
		return next, next.old()
	}
	key = join(graft(n.key), "<name>")
	if next, ok := n.declared(key, value, r); ok {
		next.shown = shown
		return next, next.old()
	}
	if !open {
		return node{}, n.refusal(name)
	}
	if twin := n.twin(name); twin != "" {
		return node{}, fmt.Errorf("%s: the declared name is %s", shown, twin)
	}
	return node{shown: shown, key: key, typ: value, row: n.row, free: true}, nil
}

// item returns the items of the list n, if it may be one.
func (n node) item(r Release) (node, bool) {
	value, ok := n.typ.item()
	if !ok {
		return node{}, false
	}
	key := join(graft(n.key), "*")
	if next, ok := n.declared(key, value, r); ok {
		next.shown = n.shown + "[…]"
		return next, true
	}
	return node{shown: n.shown + "[…]", key: key, typ: value, row: n.row, free: n.free}, true
}

// declared returns the node for key if the tables have it or something below
// it. Without a line of its own it is a value of the type that n gives to its
// attributes, or else a plain set.
func (n node) declared(key string, value Type, r Release) (node, bool) {
	next := node{key: key, typ: value, row: n.row}
	known := at(key)
	if len(known.rows) == 0 && !known.prefix {
		return node{}, false
	}
	if len(known.rows) > 0 {
		held := pick(known.rows, r)
		own := known.rows[held]
		next.limit(own)
		if !own.set {
			next.typ = known.types[held]
		}
		next.row.alias, next.row.readOnly = own.alias, own.readOnly
	}
	return next, true
}

// limit narrows the releases that n is in to those of a row.
func (n *node) limit(by row) {
	if by.since > n.row.since {
		n.row.since, n.row.source = by.since, by.source
	}
	if by.until != "" && (n.row.until == "" || by.until < n.row.until) {
		n.row.until, n.row.source = by.until, by.source
	}
	if by.use != "" {
		n.row.use = by.use
	}
	if by.from != "" {
		n.row.from = by.from
	}
}

// old returns an error if n is only an old name, which warns or fails.
func (n node) old() error {
	switch {
	case !n.row.alias:
		return nil
	case n.row.use != "":
		return fmt.Errorf("%s is an old name: use %s", n.shown, n.row.use)
	}
	return fmt.Errorf("%s was removed", n.shown)
}

// refusal explains why n has no attribute called name.
func (n node) refusal(name string) error {
	if n.key == "" || n.typ.has(Set, Submodule) {
		return fmt.Errorf("%s does not exist", strings.TrimPrefix(n.shown+"."+nix.AttrPath{name}.String(), "."))
	}
	return fmt.Errorf("%s takes %s: it has no attribute %s", n.shown, n.typ, name)
}

// twin returns the declared attribute of n that differs from name only in
// upper and lower case. Programs that ignore case would see the setting twice.
func (n node) twin(name string) string {
	if !at(n.key).prefix {
		return ""
	}
	for _, other := range at(graft(n.key)).names() {
		if other != name && strings.EqualFold(other, name) {
			return other
		}
	}
	return ""
}

// typeOf reads the type of a row. One that cannot be read accepts nothing; a
// test keeps such types out of the tables.
func typeOf(r row) Type {
	if r.alias {
		return Type{Kind: Opaque, Name: "an old name"}
	}
	if _, listed := unchecked(r.path); listed {
		return Type{Kind: Any, Name: "anything"}
	}
	t, err := ParseType(r.typ)
	if err != nil {
		return Type{Kind: Opaque, Name: r.typ}
	}
	return t
}

// graft returns the key whose children those of key are. The manual documents
// the units of stage 1 and nested systems without their children.
func graft(key string) string {
	switch key {
	case "containers.<name>.config", "specialisation.<name>.configuration",
		"virtualisation.vmVariant", "virtualisation.vmVariantWithBootLoader":
		return "" // a whole system of its own
	}
	rest, ok := strings.CutPrefix(key, "boot.initrd.systemd.")
	if !ok {
		return key
	}
	for _, unit := range []string{
		"automounts", "mounts", "paths", "services", "slices", "sockets", "targets", "timers", "units",
		"network.config", "network.links", "network.netdevs", "network.networks",
	} {
		if rest == unit || strings.HasPrefix(rest, unit+".") {
			return "systemd." + rest
		}
	}
	return key
}

// segment returns name as the tables write it: quoted if it holds a dot, or
// could be taken for a placeholder.
func segment(name string) string {
	if name == "" || strings.ContainsAny(name, ".<>*\"\\\t\n") {
		return strconv.Quote(name)
	}
	return name
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}
