package nix

import (
	"slices"
	"strings"
	"unicode"
)

// Quoting rules (Nix manual, "String literal"; confirmed by evaluation in
// print_test.go):
//
//   - "…" escapes \ and ", newline, CR and tab, and $ only before a brace. A raw
//     CR would be read back as a newline.
//   - ''…'' is for texts of whole lines. Nix strips the common indentation, so
//     one line must start at column 0, and a line of blanks would be lost.
//   - In ''…'' two quotes are written ''' and ${ is written ''${. One quote
//     before ${ is written ''\', or it would read as the former.
//   - $$ hides a following brace from Nix, so a text that ends in $ directly
//     before an interpolation has that $ escaped.

// keywords cannot be attribute names or references unless quoted.
var keywords = []string{"if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or"}

// isIdent reports whether name needs no quotes as an attribute name.
func isIdent(name string) bool {
	for i, r := range name {
		switch {
		case r == '_', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		case i > 0 && (r == '-' || r == '\'' || '0' <= r && r <= '9'):
		default:
			return false
		}
	}
	return name != "" && !slices.Contains(keywords, name)
}

// quoteName returns one attribute name, in quotes when it needs them.
func quoteName(name string) string {
	if isIdent(name) {
		return name
	}
	return quote(Template{String(name)})
}

// The escapes of quoted and of indented strings.
var (
	quotedEscape   = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "${", `\${`)
	indentedEscape = strings.NewReplacer("''", "'''", "'${", `''\'''${`, "${", "''${")
)

// quote returns t as a quoted string.
func quote(t Template) string {
	var out strings.Builder
	out.WriteByte('"')
	writeParts(&out, t, quotedEscape)
	out.WriteByte('"')
	return out.String()
}

// indented returns t as an indented string whose closing quotes stand at indent,
// and false if t must be a quoted one.
func indented(t Template, indent int) (string, bool) {
	if !isIndentable(t) {
		return "", false
	}
	var text strings.Builder
	writeParts(&text, t, indentedEscape)

	var out strings.Builder
	out.WriteString("''\n")
	for line := range strings.Lines(text.String()) {
		if line != "\n" {
			out.WriteString(pad(indent + 2))
		}
		out.WriteString(line)
	}
	out.WriteString(pad(indent) + "''")
	return out.String(), true
}

// writeParts writes texts through escape and references as interpolations. A
// text before an interpolation is escaped together with the brace to come.
func writeParts(out *strings.Builder, t Template, escape *strings.Replacer) {
	t = joined(t)
	for i, part := range t {
		switch part := part.(type) {
		case Ref:
			out.WriteString("${" + AttrPath(part).String() + "}")
		case String:
			if strings.HasSuffix(string(part), "$") && i+1 < len(t) {
				out.WriteString(strings.TrimSuffix(escape.Replace(string(part)+"{"), "{"))
			} else {
				out.WriteString(escape.Replace(string(part)))
			}
		}
	}
}

// joined merges neighbouring texts, so that a sequence to escape is never split,
// and drops empty ones.
func joined(t Template) Template {
	var out Template
	for _, part := range t {
		text, isText := part.(String)
		if isText && text == "" {
			continue
		}
		if n := len(out); isText && n > 0 {
			if last, ok := out[n-1].(String); ok {
				out[n-1] = last + text
				continue
			}
		}
		out = append(out, part)
	}
	return out
}

// isIndentable reports whether t survives as an indented string unchanged and
// nixfmt keeps it in that form.
func isIndentable(t Template) bool {
	if len(t) == 0 {
		return false
	}
	if last, ok := t[len(t)-1].(String); !ok || !strings.HasSuffix(string(last), "\n") {
		return false
	}
	var text strings.Builder
	for _, part := range t {
		if s, ok := part.(String); ok {
			text.WriteString(string(s))
		} else {
			text.WriteByte('x') // an interpolation counts as text
		}
	}
	lines := strings.TrimSuffix(text.String(), "\n")
	if strings.HasPrefix(lines, "\n") || lines == "" {
		return false
	}
	flush := false
	for line := range strings.SplitSeq(lines, "\n") {
		if line != "" && strings.Trim(line, " ") == "" || strings.ContainsFunc(line, isOddSpace) {
			return false
		}
		flush = flush || line != "" && line[0] != ' '
	}
	return flush
}

// isOddSpace reports blanks and control characters that would be invisible in
// an indented string; a quoted one escapes those that Nix or an editor changes.
func isOddSpace(r rune) bool {
	return r != ' ' && (unicode.IsSpace(r) || unicode.IsControl(r))
}
