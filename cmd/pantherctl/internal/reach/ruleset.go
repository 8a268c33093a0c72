package reach

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Ruleset is what an nft ruleset says, as far as NixOS and pantherctl write
// one (nft(8)).
type Ruleset struct{ tables []*table }

type table struct {
	family  string // inet, ip or ip6; others are left out
	name    string
	dormant bool // the kernel passes over it
	chains  map[string]*chain
	order   []string
	sets    map[string][]string // elements of named sets and maps; none for those filled at run time
}

type chain struct {
	hook     string // "" for one that others jump to
	kind     string // filter, nat or route
	priority int
	accepts  bool // the policy
	rules    []statement
}

// statement is one rule: words, strings and sets.
type statement struct {
	text  string
	words []word
}

// word is one word of a rule or, if set is not nil, the elements in braces.
type word struct {
	text string
	set  []string
}

// ParseRuleset reads a ruleset. What it cannot make sense of as a whole is an
// error; single rules it does not know are left to whoever evaluates them.
func ParseRuleset(text string) (*Ruleset, error) {
	p := &parser{tokens: tokenize(text)}
	r := &Ruleset{}
	for p.skipLines(); !p.end(); p.skipLines() {
		if p.next() != "table" {
			return nil, fmt.Errorf("expected a table at %q", p.near())
		}
		words := p.until("{")
		if len(words) == 1 {
			words = []string{"ip", words[0]}
		}
		if len(words) != 2 {
			return nil, fmt.Errorf("a table without a name at %q", p.near())
		}
		if err := p.table(r.table(words[0], words[1])); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// table returns the table of a name, which may have several parts.
func (r *Ruleset) table(family, name string) *table {
	i := slices.IndexFunc(r.tables, func(t *table) bool { return t.family == family && t.name == name })
	if i < 0 {
		i = len(r.tables)
		r.tables = append(r.tables, &table{family: family, name: name, chains: map[string]*chain{}, sets: map[string][]string{}})
	}
	return r.tables[i]
}

// tokenize splits a ruleset into words, strings with their quotes, and the
// signs { } , ; and line ends.
func tokenize(text string) []string {
	var tokens []string
	for len(text) > 0 {
		switch c := text[0]; {
		case c == ' ' || c == '\t' || c == '\r':
			text = text[1:]
		case c == '\\' && strings.HasPrefix(text, "\\\n"):
			text = text[2:]
		case c == '#':
			end := strings.IndexByte(text, '\n')
			if end < 0 {
				return tokens
			}
			text = text[end:]
		case c == '"':
			end := strings.IndexByte(text[1:], '"')
			if end < 0 {
				return append(tokens, text)
			}
			tokens, text = append(tokens, text[:end+2]), text[end+2:]
		case strings.IndexByte("{},;\n", c) >= 0:
			tokens, text = append(tokens, text[:1]), text[1:]
		default:
			end := strings.IndexAny(text, " \t\r\n{},;\"")
			if end < 0 {
				end = len(text)
			}
			tokens, text = append(tokens, text[:end]), text[end:]
		}
	}
	return tokens
}

type parser struct {
	tokens []string
	at     int
}

func (p *parser) end() bool { return p.at >= len(p.tokens) }

func (p *parser) peek() string {
	if p.end() {
		return ""
	}
	return p.tokens[p.at]
}

func (p *parser) next() string {
	t := p.peek()
	p.at++
	return t
}

func (p *parser) near() string {
	from := min(max(0, p.at-2), len(p.tokens))
	return strings.Join(p.tokens[from:min(p.at+3, len(p.tokens))], " ")
}

func (p *parser) skipLines() {
	for p.peek() == "\n" || p.peek() == ";" {
		p.at++
	}
}

// until returns the words up to a sign, which it takes too.
func (p *parser) until(sign string) []string {
	var words []string
	for !p.end() {
		switch t := p.next(); t {
		case sign:
			return words
		case "\n":
		default:
			words = append(words, t)
		}
	}
	return words
}

func (p *parser) table(t *table) error {
	for p.skipLines(); !p.end(); p.skipLines() {
		switch kind := p.next(); kind {
		case "}":
			return nil
		case "chain":
			name := strings.Join(p.until("{"), " ")
			c := t.chains[name]
			if c == nil {
				c = &chain{accepts: true}
				t.chains[name] = c
				t.order = append(t.order, name)
			}
			if err := p.chain(c); err != nil {
				return err
			}
		case "set", "map":
			name := strings.Join(p.until("{"), " ")
			t.sets[name] = append(t.sets[name], p.elements()...)
		case "counter", "ct", "flowtable", "limit", "quota", "secmark", "synproxy", "tunnel":
			p.until("{")
			p.set() // rules that use one are judged without it, or not at all
		case "flags":
			t.dormant = slices.ContainsFunc(p.statement().words, func(w word) bool { return w.text == "dormant" })
		case "comment":
			p.statement()
		default:
			return fmt.Errorf("table %s: %q is nothing that a table has", t.name, kind)
		}
	}
	return fmt.Errorf("table %s does not end", t.name)
}

// elements reads a set up to its end and returns what it holds from the start.
func (p *parser) elements() []string {
	var list []string
	for !p.end() {
		switch p.next() {
		case "}":
			return list
		case "elements":
			p.next() // =
			if p.peek() == "{" {
				p.next()
				list = p.set()
			}
		}
	}
	return list
}

// set reads the elements up to the brace that ends them.
func (p *parser) set() []string {
	var list, element []string
	flush := func() {
		if len(element) > 0 {
			list = append(list, strings.Join(element, " "))
			element = nil
		}
	}
	for depth := 0; !p.end(); {
		switch t := p.next(); t {
		case "}":
			if depth == 0 {
				flush()
				return list
			}
			depth--
			element = append(element, t)
		case "{":
			depth++
			element = append(element, t)
		case ",":
			flush()
		case "\n":
		default:
			element = append(element, t)
		}
	}
	return list
}

func (p *parser) chain(c *chain) error {
	for p.skipLines(); !p.end(); p.skipLines() {
		if p.peek() == "}" {
			p.next()
			return nil
		}
		s := p.statement()
		switch s.words[0].text {
		case "type":
			if err := c.base(s); err != nil {
				return err
			}
		case "policy":
			c.accepts = len(s.words) > 1 && s.words[1].text == "accept"
		case "comment":
		default:
			c.rules = append(c.rules, s)
		}
	}
	return fmt.Errorf("a chain does not end")
}

// statement reads a rule up to the end of its line.
func (p *parser) statement() statement {
	var s statement
	from := p.at
	for !p.end() && p.peek() != "}" {
		t := p.next()
		if t == "\n" || t == ";" {
			break
		}
		if t == "{" {
			s.words = append(s.words, word{text: "{", set: p.set()})
			continue
		}
		s.words = append(s.words, word{text: t})
	}
	text := slices.DeleteFunc(slices.Clone(p.tokens[from:min(p.at, len(p.tokens))]), func(t string) bool { return t == "\n" || t == ";" })
	s.text = strings.Join(text, " ")
	return s
}

// priorities are the names of priorities (nft(8), "Standard priority names").
var priorities = map[string]int{"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}

// base reads "type filter hook input priority filter - 1".
func (c *chain) base(s statement) error {
	for i := 0; i+1 < len(s.words); i++ {
		switch s.words[i].text {
		case "type":
			c.kind = s.words[i+1].text
		case "hook":
			c.hook = s.words[i+1].text
		case "priority":
			sign := 1
			c.priority = 0
			for _, w := range s.words[i+1:] {
				n, err := strconv.Atoi(w.text)
				named, known := priorities[w.text]
				switch {
				case w.text == "+":
				case w.text == "-":
					sign = -1
				case err == nil:
					c.priority += sign * n
				case known:
					c.priority += named
				default:
					return fmt.Errorf("unknown priority in %q", s.text)
				}
			}
		}
	}
	return nil
}
