package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// parse returns the root node of a file without its byte order mark, or nil
// after reporting why not.
func (d *decoder) parse(src []byte) (root *yaml.Node) {
	start := &yaml.Node{Line: 1, Column: 1}
	defer func() {
		if r := recover(); r != nil { // the parser's own mistakes are the document's to avoid
			d.report(start, "", "this is not YAML", "")
			root = nil
		}
	}()
	if len(src) > MaxBytes {
		d.report(&yaml.Node{}, "", "the file is "+ErrTooLarge.Error(), "")
		return nil
	}
	if at := bytes.IndexFunc(src, unreadable); at >= 0 {
		line, column := place(src, at)
		message, hint := "this is not UTF-8", "save the file as UTF-8"
		if r, size := utf8.DecodeRune(src[at:]); r != utf8.RuneError || size > 1 {
			message, hint = fmt.Sprintf("the character %U cannot stand in YAML", r), "remove it"
		}
		d.report(&yaml.Node{Line: line, Column: column}, "", message, hint)
		return nil
	}
	doc, err := firstDocument(src)
	switch {
	case errors.Is(err, io.EOF), err == nil && (len(doc.Content) == 0 || doc.Content[0].ShortTag() == "!!null"):
		d.report(start, "", "the document is empty", "pantherctl init writes one to start from")
		return nil
	case err != nil:
		line, message := syntaxError(src, err)
		column, message, hint := plainWords(src, line, message)
		d.report(&yaml.Node{Line: line, Column: column}, "", message, hint)
		return nil
	}
	return doc.Content[0]
}

// errSecondDocument is what firstDocument says of "---" further down.
var errSecondDocument = errors.New("a second document begins here; a fleet is one document, and include splits it")

func firstDocument(src []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	doc, next := &yaml.Node{}, &yaml.Node{}
	if err := decoder.Decode(doc); err != nil {
		return nil, err
	}
	switch err := decoder.Decode(next); {
	case err == nil:
		return nil, fmt.Errorf("yaml: line %d: %w", next.Line, errSecondDocument)
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return doc, nil
}

var (
	yamlLine   = newForm(`line (\d+): (.*)`)
	yamlAnchor = newForm(`unknown anchor '(.*)' referenced`)
)

// syntaxError returns the line and the words of a parser's error. The parser
// often names the line where the construct began; in a file of usual size the
// line after the longest part that parses is nearer to the mistake.
func syntaxError(src []byte, err error) (line int, message string) {
	line, message = 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1]) // digits by the pattern
		message = m[2]
	}
	lines := bytes.SplitAfter(src, []byte("\n"))
	line = min(max(line, 1), len(lines))
	if m := yamlAnchor.FindStringSubmatch(message); m != nil {
		before, _, _ := bytes.Cut(src, []byte("*"+m[1]))
		line = bytes.Count(before, []byte("\n")) + 1
	} else if !errors.Is(err, errSecondDocument) && len(src) < 64<<10 {
		for k := min(line+20, len(lines)-1); k >= max(0, line-20); k-- {
			if _, err := firstDocument(bytes.Join(lines[:k], nil)); err == nil || errors.Is(err, io.EOF) {
				line = k + 1
				break
			}
		}
	}
	return line, Redact(strings.Map(printable, message))
}

// parserWords are what people call the mistakes behind the parser's errors.
var parserWords = []struct{ parser, message, hint string }{
	{"mapping values are not allowed", `"key: value" cannot stand here`, `check the indentation; a text with ": " in it needs quotes`},
	{"did not find expected key", "a key is expected here", "check the indentation, and the quotes of the lines above"},
	{"did not find expected '-' indicator", "a list item (- …) is expected here", "check the indentation"},
	{"did not find expected ',' or ']'", "the list [ … ] goes wrong here", "is a comma, a ] or a quote missing?"},
	{"did not find expected ',' or '}'", "the mapping { … } goes wrong here", "is a comma, a } or a quote missing?"},
	{"could not find expected ':'", "a key without a value", "write key: value"},
	{"found unexpected end of stream", "a quoted text does not end", "is a quote missing?"},
	{"found character that cannot start any token", "a text cannot begin with this character", "put the text in quotes"},
	{"found unknown escape character", `a text in double quotes has an unknown \ escape`, "use single quotes"},
	{"did not find expected <document start>", "this is outside the document", "check the indentation"},
	{"did not find expected node content", "a value is expected here", "is a bracket or a quote missing?"},
	{"exceeded max depth", "brackets or indentation nest without end", ""},
	{"block sequence entries are not allowed", "a list item (- …) cannot stand here", "put it on a line of its own"},
	{"unknown anchor", "the alias on this line has no anchor before it", "a text that begins with * needs quotes"},
	{"did not find expected alphabetic or numeric character", "an alias (*) or anchor (&) without a name", "a text that begins with * or & needs quotes"},
}

// plainWords returns the column, the message and the hint for a parser's error
// on a line.
func plainWords(src []byte, line int, parser string) (column int, message, hint string) {
	text := string(bytes.Split(src, []byte("\n"))[line-1])
	blank := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	if tab := strings.Index(blank, "\t"); tab >= 0 {
		return tab + 1, "a tab cannot indent YAML", "use spaces"
	}
	if before, _, ok := strings.Cut(text, "\u00a0"); ok {
		return utf8.RuneCountInString(before) + 1, "a no-break space (U+00A0) is no space to YAML", "write an ordinary one"
	}
	for _, w := range parserWords {
		if strings.Contains(parser, w.parser) {
			return len(blank) + 1, w.message, w.hint
		}
	}
	return len(blank) + 1, parser, ""
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return '?'
}

// unreadable reports a character that YAML does not allow within a document
// (YAML 1.2, 5.1), and U+FFFD, which stands for a byte that is not UTF-8.
func unreadable(r rune) bool {
	return r == utf8.RuneError || r < ' ' && !strings.ContainsRune("\t\n\r", r) ||
		r >= 0x7f && r < 0xa0 && r != 0x85 || r == 0xfeff || r&0xfffe == 0xfffe
}

// place returns the line and column of a byte of src.
func place(src []byte, at int) (line, column int) {
	before := src[:at]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}
