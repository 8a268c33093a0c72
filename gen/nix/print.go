package nix

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Layout rules, measured against nixfmt 1.4.0 (default options). There is no
// layout solver: an expression has a flat form of one line, or an opened form
// that breaks after its last {, [, quotes or (, and each position says which of
// them it takes.
//
//   - A line holds 100 characters from its first non-blank on, the closing ; or
//     ) included. Comments never count. Indentation is 2.
//   - A set is always opened, one binding a line. A list is flat only with one
//     flat element and no comment. Empty ones are { } and [ ].
//   - A binding's value stands behind the = if it fits there flat, else if it
//     opens there, else on the next line. Behind a plain path (at most four
//     names, none quoted) strings and paths stay at any width, and so do the
//     openers of sets, lists and texts.
//   - A call opens with its last argument. A simple call (see isSimple) is never
//     broken anywhere else, even when too wide; another one that does not open
//     puts its last argument on a line of its own.

// width is the longest line nixfmt leaves alone, in characters.
const width = 100

// Bytes returns the text of f. The error is an *Error if the tree cannot be
// written.
func (f *File) Bytes() ([]byte, error) {
	if err := f.validate(); err != nil {
		return nil, err
	}
	return []byte(f.text()), nil
}

// text lays out a valid file.
func (f *File) text() string {
	out := comment(f.Header, 0) + head(f)
	if len(f.Let) > 0 {
		out += "let\n" + bindings(f.Let, 2) + "in\n"
	}
	return out + place("", f.Body, "", 0) + "\n"
}

// head returns the function head: on one line up to two names, else one name a
// line with a comma after each, but none after the dots.
func head(f *File) string {
	if f.Params == nil {
		return ""
	}
	names, comma := slices.Clone(f.Params), ","
	if !f.Closed {
		names, comma = append(names, "..."), ""
	}
	switch {
	case len(names) == 0:
		return "{ }:\n"
	case len(f.Params) <= 2:
		return "{ " + strings.Join(names, ", ") + " }:\n"
	}
	return "{\n  " + strings.Join(names, ",\n  ") + comma + "\n}:\n"
}

// comment returns comment lines at indent. Text of several lines is allowed.
func comment(doc []string, indent int) string {
	var out strings.Builder
	for _, text := range doc {
		for line := range strings.SplitSeq(text, "\n") {
			out.WriteString(strings.TrimRight(pad(indent)+"# "+line, " \t") + "\n")
		}
	}
	return out.String()
}

// bindings returns the lines of bs, each ending in a newline.
func bindings(bs []Binding, indent int) string {
	var out strings.Builder
	for i, b := range bs {
		if b.Blank && i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(comment(b.Doc, indent) + pad(indent) + binding(b, indent) + "\n")
	}
	return out.String()
}

// elements returns the lines of list, each ending in a newline.
func elements(list List, indent int) string {
	var out strings.Builder
	for i, e := range list {
		if e.Blank && i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(comment(e.Doc, indent) + pad(indent) + argument(e.Value, indent) + "\n")
	}
	return out.String()
}

// binding returns "path = value;", starting on a line at indent.
func binding(b Binding, indent int) string {
	name, plain := b.Path.String()+" =", isPlain(b.Path)
	simple := isSimple(b.Value)
	call, isCall := b.Value.(Apply)

	one, isFlat := flat(b.Value)
	if isFlat && fits(name+" "+one+";") {
		return name + " " + one + ";"
	}
	if text, ok := opened(b.Value, indent); ok {
		if plain && (simple || !isCall) || fits(name+" "+firstLine(text)) {
			return name + " " + text + ";"
		}
	} else if isFlat && plain && (simple && isCall || isText(b.Value)) {
		return name + " " + one + ";"
	}

	next := name + "\n" + pad(indent+2)
	if isCall && !simple { // not joined again, even if it would fit
		return next + split(call, indent+2) + ";"
	}
	return next + place("", b.Value, ";", indent+2)
}

// place returns left + e + right on a line of its own at indent, where left and
// right are parentheses, the semicolon or nothing.
func place(left string, e Expr, right string, indent int) string {
	call, isCall := e.(Apply)
	simple := isSimple(e)
	one, isFlat := flat(e)
	if isFlat && fits(left+one+right) {
		return left + one + right
	}
	if text, ok := opened(e, indent); ok && (!isCall || simple || fits(left+firstLine(text))) {
		return left + text + right
	}
	switch {
	case isFlat && (simple || !isCall):
		return left + one + right
	case right == ")":
		right = "\n" + pad(indent) + ")"
	}
	return left + split(call, indent) + right
}

// argument returns e as a list element, or as an argument on its own line.
func argument(e Expr, indent int) string {
	if needsParens(e) {
		return place("(", e, ")", indent)
	}
	return place("", e, "", indent)
}

// split returns a call with its last argument on a line of its own, and likewise
// any other that has no flat form; nixfmt was not measured on the latter.
func split(call Apply, indent int) string {
	out := AttrPath(call.Fn).String()
	for i, arg := range call.Args {
		if one, ok := flatArgument(arg); ok && i < len(call.Args)-1 {
			out += " " + one
		} else {
			out += "\n" + pad(indent+2) + argument(arg, indent+2)
		}
	}
	return out
}

// opened returns the form of e that spans lines and opens on its first one, for
// a line at indent, and false if e has no such form.
func opened(e Expr, indent int) (string, bool) {
	switch e := e.(type) {
	case AttrSet:
		return "{\n" + bindings(e, indent+2) + pad(indent) + "}", len(e) > 0
	case List:
		return "[\n" + elements(e, indent+2) + pad(indent) + "]", len(e) > 0
	case String:
		return indented(Template{e}, indent)
	case Template:
		return indented(e, indent)
	case Apply:
		front, ok := flatFront(e)
		if !ok {
			return "", false
		}
		last := e.Args[len(e.Args)-1]
		if _, ok := last.(Apply); ok {
			return front + " (\n" + pad(indent+2) + place("", last, "", indent+2) + "\n" + pad(indent) + ")", true
		}
		text, ok := opened(last, indent)
		return front + " " + text, ok
	}
	return "", false
}

// flat returns the form of e on one line, and false if e always spans lines.
func flat(e Expr) (string, bool) {
	switch e := e.(type) {
	case AttrSet:
		return "{ }", len(e) == 0
	case List:
		if len(e) == 0 {
			return "[ ]", true
		}
		one, ok := flatArgument(e[0].Value)
		return "[ " + one + " ]", ok && len(e) == 1 && len(e[0].Doc) == 0
	case String:
		return quote(Template{e}), !isIndentable(Template{e})
	case Template:
		return quote(e), !isIndentable(e)
	case Int:
		return strconv.FormatInt(int64(e), 10), true
	case Bool:
		return strconv.FormatBool(bool(e)), true
	case Null:
		return "null", true
	case PathLit:
		return string(e), true
	case Ref:
		return AttrPath(e).String(), true
	case Apply:
		front, ok := flatFront(e)
		last, lastOK := flatArgument(e.Args[len(e.Args)-1])
		return front + " " + last, ok && lastOK
	case HasOption:
		return e.text(), true
	case Join:
		return AttrPath(e.Folder).String() + " + " + quote(Template{String(e.Below)}), true
	}
	return "", false
}

// flatFront returns a call up to but not including its last argument.
func flatFront(call Apply) (string, bool) {
	front := AttrPath(call.Fn).String()
	for _, arg := range call.Args[:len(call.Args)-1] {
		one, ok := flatArgument(arg)
		if !ok {
			return "", false
		}
		front += " " + one
	}
	return front, true
}

// flatArgument is flat with the parentheses of an argument or list element.
func flatArgument(e Expr) (string, bool) {
	one, ok := flat(e)
	if needsParens(e) {
		one = "(" + one + ")"
	}
	return one, ok
}

// needsParens reports whether e is parenthesised as an argument.
func needsParens(e Expr) bool {
	switch e := e.(type) {
	case Apply, HasOption, Join:
		return true
	case Int:
		return e < 0
	}
	return false
}

// text returns options.a ? b, without parentheses.
func (h HasOption) text() string {
	path := AttrPath{"options"}.Append(h.Option...)
	last := len(path) - 1
	test := path[:last].String() + " ? " + path[last:].String()
	if h.Item != "" {
		test = "(" + path.String() + ".type.getSubOptions [ ]) ? " + AttrPath{h.Item}.String()
	}
	if h.Not {
		return "!" + test
	}
	return test
}

// isSimple reports whether nixfmt refuses to break e between its parts: names,
// literals, and calls of those with at most two arguments.
func isSimple(e Expr) bool {
	switch e := e.(type) {
	case String, Template, PathLit, Bool, Null:
		return true
	case Int:
		return e >= 0
	case Ref:
		return allIdents(AttrPath(e))
	case Apply:
		for _, arg := range e.Args {
			if !isSimple(arg) {
				return false
			}
		}
		return len(e.Args) <= 2 && allIdents(AttrPath(e.Fn))
	}
	return false
}

// isText reports whether e stays behind the = of a plain path at any width.
func isText(e Expr) bool {
	switch e.(type) {
	case String, Template, PathLit:
		return true
	}
	return false
}

// isPlain reports whether a too wide value stays on the line of its path.
func isPlain(p AttrPath) bool { return len(p) <= 4 && allIdents(p) }

func allIdents(p AttrPath) bool {
	for _, name := range p {
		if !isIdent(name) {
			return false
		}
	}
	return true
}

func fits(line string) bool { return utf8.RuneCountInString(line) <= width }

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func pad(indent int) string { return strings.Repeat(" ", indent) }
