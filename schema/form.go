package schema

import (
	"regexp"
	"sync"
)

// A form is a regular expression that is compiled when it is first asked for:
// there are dozens, compiling all takes as long as reading a document, and a
// document meets few of them.
type form struct {
	text     string
	compiled func() *regexp.Regexp
}

func newForm(text string) *form {
	return &form{text, sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

func (f *form) String() string { return f.text }

func (f *form) MatchString(s string) bool { return f.compiled().MatchString(s) }

func (f *form) FindStringSubmatch(s string) []string { return f.compiled().FindStringSubmatch(s) }

func (f *form) ReplaceAllString(s, by string) string { return f.compiled().ReplaceAllString(s, by) }
