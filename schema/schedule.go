package schema

import (
	"fmt"
	"strings"
)

// clock is a time of day, 04:40.
const clock = `([01][0-9]|2[0-3]):[0-5][0-9]`

// minutes returns the minutes of a time of day since midnight.
func minutes(text string) int {
	var hour, minute int
	if _, err := fmt.Sscanf(text, "%d:%d", &hour, &minute); err != nil {
		return 0 // its form was checked when it was read
	}
	return 60*hour + minute
}

// Schedule is when something happens: a time of day, 04:40, or one of a
// weekday, Sun 04:40. systemd.time(7) knows both forms.
type Schedule string

var scheduleForm = newForm(`^((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?` + clock + `$`)

func (*Schedule) what() string { return "a time such as 04:40 or Sun 04:40" }

func (s *Schedule) parse(tag, text string) error {
	*s = Schedule(text)
	return pattern(tag, text, scheduleForm, s.what())
}

func (*Schedule) shape(*shapes) shape {
	return shape{"type": "string", "pattern": scheduleForm.String()}
}

// Minutes returns the minutes since midnight.
func (s Schedule) Minutes() int { return minutes(string(s[strings.Index(string(s), " ")+1:])) }

// Weekly reports whether it happens on one day of the week.
func (s Schedule) Weekly() bool { return strings.Contains(string(s), " ") }

// Window is a part of the day, 04:00-06:00. It may pass midnight.
type Window string

var windowForm = newForm(`^` + clock + `-` + clock + `$`)

func (*Window) what() string { return "a part of the day such as 04:00-06:00" }

func (w *Window) parse(tag, text string) error {
	*w = Window(text)
	return pattern(tag, text, windowForm, w.what())
}

func (*Window) shape(*shapes) shape {
	return shape{"type": "string", "pattern": windowForm.String()}
}

// Bounds returns the times between which the window lies, as HH:MM.
func (w Window) Bounds() (lower, upper string) {
	lower, upper, _ = strings.Cut(string(w), "-")
	return lower, upper
}

// Holds reports whether a time, in minutes since midnight, and all of the
// minutes that follow it, lie inside the window and not on its bounds.
func (w Window) Holds(start, length int) bool {
	const day = 24 * 60
	lower, upper := w.Bounds()
	first, last := minutes(lower), minutes(upper)
	into := (start - first + day) % day
	return into > 0 && into+length < (last-first+day)%day
}
