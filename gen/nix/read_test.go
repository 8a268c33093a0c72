package nix

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// readFile parses the Nix that this package prints, and little more, back into
// a tree. It trusts its input to be valid: a test that feeds it anything else
// gets an error or a wrong tree.
func readFile(text string) (f *File, err error) {
	r := &reader{text: text}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("at %q: %v", r.rest(), p)
		}
	}()
	f = &File{}
	f.Header, _ = r.trivia()
	if m := headPattern.FindString(r.text[r.pos:]); m != "" {
		r.pos += len(m)
		f.Params = strings.FieldsFunc(m, func(c rune) bool { return strings.ContainsRune("{}:, \n", c) })
		f.Closed = !strings.Contains(m, "...")
		if !f.Closed {
			f.Params = f.Params[:len(f.Params)-1]
		}
	}
	if r.accept("let\n") {
		f.Let = r.bindings("in\n")
	}
	f.Body = r.expr()
	if r.trivia(); r.pos != len(r.text) {
		panic("text after the body")
	}
	return f, nil
}

var (
	headPattern = regexp.MustCompile(`^\{[A-Za-z0-9_'\-, \n.]*\}:`)
	namePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_'-]*`)
	pathPattern = regexp.MustCompile(`^\.{0,2}(/[A-Za-z0-9._+-]+)+`)
	intPattern  = regexp.MustCompile(`^-?[0-9]+`)
)

type reader struct {
	text string
	pos  int
}

func (r *reader) rest() string { return r.text[r.pos:min(len(r.text), r.pos+40)] }

// trivia skips blanks and comments; blank says that an empty line was among
// the blanks before the first comment.
func (r *reader) trivia() (doc []string, blank bool) {
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; {
		case c == ' ' || c == '\n':
			blank = blank || doc == nil && strings.HasPrefix(r.text[r.pos:], "\n\n")
			r.pos++
		case c == '#':
			line := firstLine(r.text[r.pos:])
			r.pos += len(line)
			doc = append(doc, strings.TrimPrefix(strings.TrimPrefix(line, "#"), " "))
		default:
			return doc, blank
		}
	}
	return doc, blank
}

// accept skips blanks and then token, if it is there.
func (r *reader) accept(token string) bool {
	for strings.HasPrefix(r.text[r.pos:], " ") || strings.HasPrefix(r.text[r.pos:], "\n") {
		r.pos++
	}
	if !strings.HasPrefix(r.text[r.pos:], token) {
		return false
	}
	r.pos += len(token)
	return true
}

func (r *reader) expect(token string) {
	if !r.accept(token) {
		panic("expected " + token)
	}
}

func (r *reader) match(p *regexp.Regexp) (string, bool) {
	m := p.FindString(r.text[r.pos:])
	r.pos += len(m)
	return m, m != ""
}

func (r *reader) bindings(end string) []Binding {
	var bs []Binding
	for {
		doc, blank := r.trivia()
		if r.accept(end) {
			return bs
		}
		b := Binding{Doc: doc, Blank: blank, Path: r.path()}
		r.expect("=")
		b.Value = r.expr()
		r.expect(";")
		bs = append(bs, b)
	}
}

func (r *reader) elements() List {
	var list List
	for {
		doc, blank := r.trivia()
		if r.accept("]") {
			return list
		}
		list = append(list, Element{Doc: doc, Blank: blank, Value: r.atom()})
	}
}

func (r *reader) path() AttrPath {
	var path AttrPath
	for {
		if r.accept(`"`) {
			path = append(path, string(r.quoted().(String)))
		} else if name, ok := r.match(namePattern); ok {
			path = append(path, name)
		} else {
			panic("expected a name")
		}
		if !strings.HasPrefix(r.text[r.pos:], ".") {
			return path
		}
		r.pos++
	}
}

// expr reads a call, an option test or an atom.
func (r *reader) expr() Expr {
	not := r.accept("!")
	first := r.atom()
	fn, isRef := first.(Ref)
	if isRef && r.accept("? ") {
		return HasOption{Option: AttrPath(fn[1:]).Append(r.path()...), Not: not}
	}
	if call, ok := first.(Apply); ok && r.accept("? ") { // (options.a.type.getSubOptions [ ]) ? b
		return HasOption{Option: AttrPath(call.Fn[1 : len(call.Fn)-2]), Item: r.path()[0], Not: not}
	}
	if isRef && r.accept("+ ") {
		return Join{Folder: fn, Below: string(r.atom().(String))}
	}
	var args []Expr
	for r.trivia(); r.pos < len(r.text) && !strings.ContainsRune(";)]", rune(r.text[r.pos])); r.trivia() {
		args = append(args, r.atom())
	}
	if args == nil {
		return first
	}
	return Apply{Fn: fn, Args: args}
}

func (r *reader) atom() Expr {
	switch {
	case r.accept("{"):
		return AttrSet(r.bindings("}"))
	case r.accept("["):
		return r.elements()
	case r.accept("("):
		e := r.expr()
		r.expect(")")
		return e
	case r.accept("''"):
		return r.indented()
	case r.accept(`"`):
		return r.quoted()
	}
	if p, ok := r.match(pathPattern); ok {
		return PathLit(p)
	}
	if digits, ok := r.match(intPattern); ok {
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			panic(err)
		}
		return Int(n)
	}
	switch path := r.path(); path.String() {
	case "true", "false":
		return Bool(path[0] == "true")
	case "null":
		return Null{}
	default:
		return Ref(path)
	}
}

// quoted reads the rest of a "…" string.
func (r *reader) quoted() Expr {
	unescape := map[byte]string{'n': "\n", 'r': "\r", 't': "\t"}
	var t Template
	for !strings.HasPrefix(r.text[r.pos:], `"`) {
		switch {
		case strings.HasPrefix(r.text[r.pos:], `\`):
			text, ok := unescape[r.text[r.pos+1]]
			if !ok {
				text = r.text[r.pos+1 : r.pos+2]
			}
			t = append(t, String(text))
			r.pos += 2
		default:
			t = append(t, r.piece())
		}
	}
	r.pos++
	return simplify(t)
}

// indented reads the rest of an indented string.
func (r *reader) indented() Expr {
	r.pos++ // the newline behind the opening quotes
	strip := r.indentation()
	var t Template
	for {
		if r.text[r.pos-1] == '\n' {
			blanks := len(r.text[r.pos:]) - len(strings.TrimLeft(r.text[r.pos:], " "))
			r.pos += min(blanks, strip)
		}
		rest := r.text[r.pos:]
		switch {
		case strings.HasPrefix(rest, "'''"):
			t = append(t, String("''"))
			r.pos += 3
		case strings.HasPrefix(rest, "''$"):
			t = append(t, String("$"))
			r.pos += 3
		case strings.HasPrefix(rest, `''\`):
			t = append(t, String(rest[3:4]))
			r.pos += 4
		case strings.HasPrefix(rest, "''"):
			r.pos += 2
			return simplify(t)
		default:
			t = append(t, r.piece())
		}
	}
}

// closingQuotes match a line of nothing but the end of an indented string.
var closingQuotes = regexp.MustCompile(`^ *''([^'$\\]|$)`)

// indentation returns the common indentation of the text lines ahead.
func (r *reader) indentation() int {
	strip := len(r.text)
	for line := range strings.Lines(r.text[r.pos:]) {
		if closingQuotes.MatchString(line) {
			break
		}
		if body := strings.TrimLeft(line, " "); body != "\n" {
			strip = min(strip, len(line)-len(body))
		}
	}
	return strip
}

// piece reads an interpolation or one unescaped byte; $$ is two of them, as a
// second $ cannot begin an interpolation.
func (r *reader) piece() Part {
	n := 1
	switch rest := r.text[r.pos:]; {
	case strings.HasPrefix(rest, "$$"):
		n = 2
	case strings.HasPrefix(rest, "${"):
		r.pos += 2
		path := r.path()
		r.expect("}")
		return Ref(path)
	}
	r.pos += n
	return String(r.text[r.pos-n : r.pos])
}

// simplify returns the shortest tree for the pieces of a string.
func simplify(t Template) Expr {
	t = joined(t)
	if len(t) == 0 {
		return String("")
	}
	if text, ok := t[0].(String); ok && len(t) == 1 {
		return text
	}
	return t
}
