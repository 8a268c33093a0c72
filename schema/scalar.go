package schema

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// scalar is a type with a spelling of its own. parse gets the YAML tag
// ("!!str", "!!int", …) and the text as it stands in the document.
type scalar interface {
	parse(tag, text string) error
	shape(s *shapes) shape
}

// enum is a text that must be one of a few words.
type enum interface{ words() []string }

// problem is an error with a way out.
type problem struct{ message, hint string }

func (p problem) Error() string { return p.message }

func parseScalar(target any, tag, text string) error {
	switch t := target.(type) {
	case scalar:
		return t.parse(tag, text)
	case enum:
		if tag != "!!str" || !slices.Contains(t.words(), text) {
			return problem{
				fmt.Sprintf("%s is not one of %s", quote(text), strings.Join(t.words(), ", ")),
				didYouMean(text, t.words()),
			}
		}
		reflect.ValueOf(target).Elem().SetString(text)
	case *bool:
		if tag != "!!bool" || text != "true" && text != "false" {
			p := problem{message: "expected true or false, found " + tagged(tag, text)}
			switch strings.ToLower(text) {
			case "yes", "y", "on", "true":
				p.hint = "write true"
			case "no", "n", "off", "false":
				p.hint = "write false"
			}
			return p
		}
		*t = text == "true"
	}
	return nil
}

// wanted names what a scalar expects, for messages.
func wanted(target any) string {
	switch t := target.(type) {
	case enum:
		return "one of " + strings.Join(t.words(), ", ")
	case *bool:
		return "true or false"
	case interface{ what() string }:
		return t.what()
	}
	return "a text"
}

// textForm is a text without control characters, line ends and characters that
// turn the writing direction or cannot be seen.
var textForm = newForm(`^[^\p{C}\p{Zl}\p{Zp}]*$`)

// plain checks that a scalar is a text of the form above.
func plain(tag, text string) error {
	if tag != "!!str" {
		return problem{"expected a text, found " + tagged(tag, text), "put it in quotes"}
	}
	if textForm.MatchString(text) {
		return nil
	}
	if strings.Contains(text, "\n") {
		return problem{"a line end cannot stand here", "write the text on one line"}
	}
	return fmt.Errorf("%s holds a character that cannot be seen", quote(text))
}

var decimal = newForm(`^(0|[1-9][0-9]{0,17})$`)

// whole parses a whole number between two bounds; 010, 0x10, 1_000 and 1.5 are
// none, whatever YAML makes of them.
func whole(tag, text, what string, least, most int64) (int64, error) {
	digits := strings.ReplaceAll(text, "_", "")
	digits = cmp.Or(strings.TrimLeft(digits, "0"), digits[:min(len(digits), 1)])
	n, err := strconv.ParseInt(digits, 10, 64)
	fits := err == nil && n >= least && n <= most
	switch {
	case fits && tag == "!!int" && decimal.MatchString(text):
		return n, nil
	case fits && decimal.MatchString(digits):
		return 0, problem{fmt.Sprintf("%s is not %s", quote(text), what), "write " + digits}
	}
	return 0, fmt.Errorf("%s is not %s", quote(text), what)
}

// pattern is a text of a fixed form.
func pattern(tag, text string, form *form, what string) error {
	if tag == "!!str" && form.MatchString(text) {
		return nil
	}
	if err := plain(tag, text); err != nil {
		return err
	}
	p := problem{message: fmt.Sprintf("%s is not %s", quote(text), what)}
	if lower := strings.ToLower(text); lower != text && !LooksSecret(text) && form.MatchString(lower) {
		p.hint = "write " + quote(lower)
	}
	return p
}

// Text is one line of free text.
type Text string

func (t *Text) parse(tag, text string) error { *t = Text(text); return plain(tag, text) }
func (*Text) shape(*shapes) shape            { return shape{"type": "string", "pattern": textForm.String()} }

// Count is a whole number from 1 to 1,000,000,000.
type Count int

const countWhat = "a whole number from 1 to 1000000000"

func (*Count) what() string { return countWhat }

func (c *Count) parse(tag, text string) error {
	n, err := whole(tag, text, countWhat, 1, 1_000_000_000)
	*c = Count(n)
	return err
}

func (*Count) shape(*shapes) shape {
	return shape{"type": "integer", "minimum": 1, "maximum": 1_000_000_000}
}

// Duration is a length of time, a number and s, m, h or d: 30s, 5m, 2d.
type Duration time.Duration

var durationForm = newForm(`^([1-9][0-9]{0,6})([smhd])$`)

// maxDuration is what the kernel takes for a timeout of connection tracking:
// INT_MAX ticks of a thousandth of a second. sshd stops at INT_MAX seconds.
const maxDuration = Duration(24 * 24 * time.Hour)

func (*Duration) what() string { return "a duration such as 30s, 5m, 12h or 2d" }

func (d *Duration) parse(tag, text string) error {
	m := durationForm.FindStringSubmatch(text)
	if tag != "!!str" || m == nil {
		return fmt.Errorf("%s is not %s", quote(text), d.what())
	}
	n, _ := strconv.Atoi(m[1]) // at most seven digits
	unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[2]]
	if time.Duration(n) > time.Duration(maxDuration)/unit { // the product could overflow
		return fmt.Errorf("%s is longer than 24 days", quote(text))
	}
	*d = Duration(time.Duration(n) * unit)
	return nil
}

func (*Duration) shape(*shapes) shape {
	return shape{"type": "string", "pattern": durationForm.String()}
}

// String returns the duration in its largest whole unit.
func (d Duration) String() string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if time.Duration(d)%unit.size == 0 {
			return fmt.Sprintf("%d%s", time.Duration(d)/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%ds", d.Seconds())
}

// Seconds returns the duration in whole seconds.
func (d Duration) Seconds() int { return int(time.Duration(d) / time.Second) }

// Date is a day, 2027-01-31.
type Date struct{ time.Time }

var dateForm = newForm(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

func (*Date) what() string { return "a date such as 2027-01-31" }

func (d *Date) parse(_, text string) error {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return fmt.Errorf("%s is not %s", quote(text), d.what())
	}
	d.Time = day
	return nil
}

// String returns the day as it is written in a document.
func (d Date) String() string { return d.Format(time.DateOnly) }

func (*Date) shape(*shapes) shape {
	return shape{"type": "string", "format": "date", "pattern": dateForm.String()}
}

// Name names a role, service, secret, device or group: lower-case letters,
// digits and dashes, a letter first.
type Name string

var nameForm = newForm(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

const nameWhat = "a name (lower-case letters, digits and single dashes, a letter first)"

func (*Name) what() string { return nameWhat }
func (n *Name) parse(tag, text string) error {
	*n = Name(text)
	return pattern(tag, text, nameForm, nameWhat)
}

func (*Name) shape(*shapes) shape { return shape{"type": "string", "pattern": nameForm.String()} }

// Member names whoever can stand on either side of an access rule: a role,
// host, device or user, or a word with a meaning of its own.
type Member string

var memberForm = newForm(`^[a-z0-9_][a-z0-9_-]*$`)

const memberWhat = "the name of a role, host, device or user"

func (*Member) what() string { return memberWhat }
func (m *Member) parse(tag, text string) error {
	*m = Member(text)
	return pattern(tag, text, memberForm, memberWhat)
}

func (*Member) shape(*shapes) shape { return shape{"type": "string", "pattern": memberForm.String()} }

// UserName is a login name; the form is shadow's default.
type UserName string

var userForm = newForm(`^[a-z_][a-z0-9_-]{0,30}$`)

const userWhat = "a user name (at most 31 lower-case letters, digits, dashes and underscores, no digit first)"

func (*UserName) what() string { return userWhat }
func (n *UserName) parse(tag, text string) error {
	*n = UserName(text)
	return pattern(tag, text, userForm, userWhat)
}

func (*UserName) shape(*shapes) shape { return shape{"type": "string", "pattern": userForm.String()} }

// AbsPath is an absolute path without "." or ".." parts and without
// characters that a shell, systemd or Nix would read as more than a name.
type AbsPath string

var (
	pathForm = newForm(`^(/|(/[A-Za-z0-9._@+:-]+)+)$`)
	dotPart  = newForm(`/\.\.?(/|$)`)
)

const pathWhat = "an absolute path of plain characters, without . and .. parts"

func (*AbsPath) what() string { return pathWhat }

func (p *AbsPath) parse(tag, text string) error {
	*p = AbsPath(text)
	if err := pattern(tag, text, pathForm, pathWhat); err != nil || !dotPart.MatchString(text) {
		return err
	}
	return fmt.Errorf("%s is not %s", quote(text), pathWhat)
}

func (*AbsPath) shape(*shapes) shape {
	return shape{"type": "string", "pattern": pathForm.String(), "not": shape{"pattern": dotPart.String()}}
}
