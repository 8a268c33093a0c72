package option

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
)

// phrases are the descriptions that are read as a whole. A phrase comes before
// any other that it starts with. The types that only a reference can be of, or
// that check more than pantherctl can, are read as their nearest wider type.
var phrases = [...]struct {
	text string
	typ  Type
}{
	{"null", Type{Kind: Null}},
	{"boolean", Type{Kind: Bool}},
	{"signed integer", anyInt},
	{"integer of at least 16 bits", anyInt},
	{"unsigned integer, meaning >=0", Type{Kind: Int, Max: math.MaxInt64}},
	{"positive integer, meaning >0", Type{Kind: Int, Min: 1, Max: math.MaxInt64}},
	{"nonnegative integer or floating point number, meaning >=0", Type{Kind: Int, Max: math.MaxInt64}},
	{"floating point number", Type{Kind: Float}},

	{"string, path, bool, or integer", atom},
	{"string, not containing newlines or colons", Type{Kind: Line, Pattern: `[^:\n]*`}},
	{"string, with spaces inside double quotes", Type{Kind: Line}},
	{"string without line breaks or quotes", Type{Kind: Line, Pattern: `[^"\n]*`}},
	{"string without spaces", Type{Kind: Line, Pattern: `[^ ]*`}},
	{"string starting with / or ~/", Type{Kind: Line, Pattern: `~?/.*`}},
	{"string containing all of the characters %Y, %m, %d, %H, %M, %S", Type{Kind: Line}},
	{"string of the form number{b|k|M|G}", Type{Kind: Line, Pattern: `[0-9]+[bkMG]?`}},
	{"string (with check: non-empty without trailing slash)", Type{Kind: String, Pattern: `(.|\n)*[^/]`}},
	{"string (with check: non-empty)", Type{Kind: String, NonEmpty: true}},
	{"string (with check: hexadecimal string)", Type{Kind: Line, Pattern: `[0-9a-fA-F]*`}},
	{"string", Type{Kind: String}},
	{"non-empty string", Type{Kind: String, NonEmpty: true}},
	{"single-line string", Type{Kind: Line}},
	{"(optionally newline-terminated) single-line string", Type{Kind: Line}},
	{"file mode string", Type{Kind: Line, Pattern: `[0-7]{3,4}`}},
	{"session name", Type{Kind: Line}},
	{"configured template name", Type{Kind: Line}},

	{"path, not containing newlines or colons", Type{Kind: Path, Pattern: `[^:\n]*`}},
	{"path in the Nix store", Type{Kind: Path}},
	{"path", Type{Kind: Path}},
	{"absolute path not in the Nix store", Type{Kind: Path}},
	{"An absolute path", Type{Kind: Path}},

	{"package with provided sessions", Type{Kind: Package}},
	{"package that is a Home Assistant component", Type{Kind: Package}},
	{"package", Type{Kind: Package}},
	{"NetworkManager plug-in", Type{Kind: Package}},
	{"An evaluation of Nixpkgs; the top level attribute set of packages", Type{Kind: Package}},

	{"submodule", Type{Kind: Submodule}},
	{"Toplevel NixOS config", Type{Kind: Submodule}},
	{"dataset/template options", Type{Kind: Submodule}},
	{"instances of this type recursively", Type{Kind: Data}},
	{"atom (null, bool, int, float or string) or a list of them for duplicate keys", listOrAtom},
	{"atom (bool, int or string) or a list of them for duplicate keys", listOrAtom},
	{"atom (null, bool, int, float or string)", atom},
	{"sysctl option value", Type{Kind: Union, Name: "null, boolean, integer or string", Elem: []Type{{Kind: Null}, {Kind: Bool}, anyInt, {Kind: String}}}},
	{"systemd option", listOrAtom},
	{"settings option", listOrAtom},
	{"Nix config atom (null, bool, int, float, str, path or package)", atom},
	{"section of an INI file (attrs of INI atom (null, bool, int, float or string) or a list of them for duplicate keys)", section(listOrAtom)},
	{"section of an INI file (attrs of INI atom (null, bool, int, float or string) or a non-empty list of them)", section(listOrAtom)},
	{"section of an INI file (attrs of INI atom (null, bool, int, float or string))", section(atom)},
	{"JSON value", Type{Kind: Data}},
	{"YAML value", Type{Kind: Data}},
	{"TOML value", Type{Kind: Data}},
	{"libconfig value", Type{Kind: Data}},
	{"unbound.conf configuration type", Type{Kind: Data}},
	{"anything", Type{Kind: Any}},

	{"nixpkgs config", Type{Kind: Opaque}},
	{"nixpkgs overlay", Type{Kind: Function}},
	{"raw value", Type{Kind: Opaque}},
	{"unspecified value", Type{Kind: Opaque}},
	{"none", Type{Kind: Opaque}},
}

var (
	anyInt     = Type{Kind: Int, Min: math.MinInt64, Max: math.MaxInt64}
	atom       = Type{Kind: Union, Name: "null, boolean, number or string", Elem: []Type{{Kind: Null}, {Kind: Bool}, anyInt, {Kind: Float}, {Kind: String}, {Kind: Path}}}
	listOrAtom = Type{Kind: Union, Name: "null, boolean, number, string or a list of them", Elem: append([]Type{{Kind: List, Elem: []Type{atom}}}, atom.Elem...)}
)

func section(value Type) Type { return Type{Kind: Attrs, Elem: []Type{value}} }

// ParseType reads the description that the NixOS manual gives of a type, such
// as `null or one of "a", "b"` or `list of (submodule)`.
func ParseType(description string) (Type, error) {
	p := parser{rest: description}
	t, ok := p.union()
	if !ok || p.skipDot() != "" {
		return Type{}, fmt.Errorf("unknown type description %q", description)
	}
	return t, nil
}

// parser reads a description from left to right.
type parser struct{ rest string }

// skipDot drops the explanations that may follow the name of a format.
func (p *parser) skipDot() string {
	if strings.HasPrefix(p.rest, ". The format") {
		p.rest = ""
	}
	return p.rest
}

// accept consumes text if it is next.
func (p *parser) accept(text string) bool {
	tail, ok := strings.CutPrefix(p.rest, text)
	if ok {
		p.rest = tail
	}
	return ok
}

// union = term { [","] "or" term } ["convertible to it"].
func (p *parser) union() (Type, bool) {
	start := p.rest
	var members []Type
	for {
		t, ok := p.term()
		if !ok {
			return Type{}, false
		}
		members = append(members, t)
		if !p.accept(" or ") && !p.accept(", or ") {
			break
		}
	}
	p.accept(" convertible to it")
	if len(members) == 1 {
		return members[0], true
	}
	return Type{Kind: Union, Elem: members, Name: p.since(start)}, true
}

// since returns what was consumed after start.
func (p *parser) since(start string) string { return start[:len(start)-len(p.rest)] }

func (p *parser) term() (Type, bool) {
	start := p.rest
	t, ok := p.compound()
	if !ok {
		p.rest = start
		t, ok = p.phrase()
	}
	if t.Name == "" {
		t.Name = p.since(start)
	}
	return t, ok
}

func (p *parser) phrase() (Type, bool) {
	for i := range phrases { // by index: a Type is large to copy
		ph := &phrases[i]
		if tail, ok := strings.CutPrefix(p.rest, ph.text); ok && (tail == "" || strings.ContainsRune(" ),.", rune(tail[0]))) {
			p.rest = tail
			return ph.typ, true
		}
	}
	return Type{}, false
}

// compound reads the descriptions that have parts.
func (p *parser) compound() (Type, bool) {
	switch {
	case strings.HasPrefix(p.rest, "(optionally newline-terminated)"):
		return Type{}, false
	case p.accept("("):
		t, ok := p.union()
		return t, ok && p.accept(")")
	case p.accept("non-empty (list of "):
		t, ok := p.term()
		return Type{Kind: List, Elem: []Type{t}, NonEmpty: true}, ok && p.accept(")")
	case p.accept("list of "):
		return p.of(List)
	case p.accept("lazy attribute set of "), p.accept("attribute set of "):
		return p.of(Attrs)
	case p.accept("attribute set"):
		return Type{Kind: Attrs, Elem: []Type{{Kind: Any, Name: "anything"}}}, true
	case p.accept("function that evaluates to a(n) "):
		_, ok := p.term()
		return Type{Kind: Function}, ok
	case p.accept("one of "):
		return p.enum()
	case p.accept("value "):
		v, ok := p.literal()
		return Type{Kind: Enum, Values: []nix.Expr{v}}, ok && p.accept(" (singular enum)")
	case p.accept("string matching the pattern "):
		return Type{Kind: String, Pattern: p.pattern()}, true
	case p.accept("strings concatenated with "):
		_, ok := p.literal()
		return Type{Kind: String}, ok
	}
	return p.bounded()
}

func (p *parser) of(k Kind) (Type, bool) {
	t, ok := p.term()
	return Type{Kind: k, Elem: []Type{t}}, ok
}

// enum reads the values of an enumeration. Without quotes they are the names of
// tagged variants, each with options of its own, which are not known.
func (p *parser) enum() (Type, bool) {
	var values []nix.Expr
	for {
		v, ok := p.literal()
		if !ok {
			break
		}
		values = append(values, v)
		if !p.accept(", ") {
			return Type{Kind: Enum, Values: values}, true
		}
	}
	end := strings.IndexAny(p.rest, " )")
	if end < 0 {
		end = len(p.rest)
	}
	p.rest = p.rest[end:]
	return Type{Kind: Opaque}, values == nil && end > 0
}

// literal reads a quoted string, an integer, true, false or null.
func (p *parser) literal() (nix.Expr, bool) {
	if quoted, err := strconv.QuotedPrefix(p.rest); err == nil {
		text, err := strconv.Unquote(quoted)
		p.rest = p.rest[len(quoted):]
		return nix.String(text), err == nil
	}
	switch {
	case p.accept("true"):
		return nix.Bool(true), true
	case p.accept("false"):
		return nix.Bool(false), true
	case p.accept("<null>"):
		return nix.Null{}, true
	}
	n, ok := p.number()
	return nix.Int(n), ok
}

func (p *parser) number() (int64, bool) {
	end := 0
	for end < len(p.rest) && (p.rest[end] == '-' && end == 0 || '0' <= p.rest[end] && p.rest[end] <= '9') {
		end++
	}
	n, err := strconv.ParseInt(p.rest[:end], 10, 64)
	if err == nil {
		p.rest = p.rest[end:]
	}
	return n, err == nil
}

// bounded reads the integers with two bounds:
//
//	16 bit unsigned integer; between 0 and 65535 (both inclusive)
//	integer between 1 and 100 (both inclusive)
func (p *parser) bounded() (Type, bool) {
	if _, ok := p.number(); ok {
		if !p.accept(" bit unsigned integer; between ") && !p.accept(" bit signed integer; between ") {
			return Type{}, false
		}
	} else if !p.accept("integer between ") {
		return Type{}, false
	}
	low, ok := p.number()
	if !ok || !p.accept(" and ") {
		return Type{}, false
	}
	high, ok := p.number()
	return Type{Kind: Int, Min: low, Max: high}, ok && p.accept(" (both inclusive)")
}

// pattern reads a regular expression, which ends with the description, before
// the ")" around it, or before the next member of a union.
func (p *parser) pattern() string {
	depth, class := 0, false
	for i := range len(p.rest) {
		switch c := p.rest[i]; {
		case class:
			class = c != ']' || strings.HasSuffix(p.rest[:i], ":") // [[:digit:]]
		case c == '[':
			class = true
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == ')', depth == 0 && strings.HasPrefix(p.rest[i:], " or "):
			text := p.rest[:i]
			p.rest = p.rest[i:]
			return text
		}
	}
	text := p.rest
	p.rest = ""
	return text
}
