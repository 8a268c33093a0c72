package live

import (
	"errors"
	"strconv"
	"strings"
)

// A Section is what one command of the probe printed, or one file.
type Section struct {
	Text string
	Code int // how the command ended; 127 if it, or the file, is not there
}

// An Answer is what a host answered, by section.
type Answer struct {
	Sections map[string]Section
	Whole    bool // false if the answer was cut off
}

// ErrNoAnswer says that a host printed nothing of what it was asked: its shell
// did not run the probe.
var ErrNoAnswer = errors.New("its shell did not answer")

// Parse reads the answer of a host. What lies outside the frames, as banners
// do, is passed over. A section that was cut off is not there at all.
func Parse(out []byte, nonce string) (*Answer, error) {
	a := &Answer{Sections: map[string]Section{}}
	frames := strings.Split("\n"+string(out), "\n@"+nonce+" ")
	for i, frame := range frames[1:] {
		head, text, _ := strings.Cut(frame, "\n")
		switch words := strings.Fields(head); {
		case len(words) == 1 && words[0] == "done":
			a.Whole = true
		case len(words) == 2 && words[0] == "begin" && i+2 < len(frames):
			end, _, _ := strings.Cut(frames[i+2], "\n")
			if w := strings.Fields(end); len(w) == 3 && w[0] == "end" && w[1] == words[1] {
				code, err := strconv.Atoi(w[2])
				if err != nil {
					code = -1
				}
				a.Sections[words[1]] = Section{text, code}
			}
		}
	}
	if len(a.Sections) == 0 {
		return nil, ErrNoAnswer
	}
	return a, nil
}

// of returns the text of a section whose command succeeded.
func (a *Answer) of(name string) (string, bool) {
	s, ok := a.Sections[name]
	return s.Text, ok && s.Code == 0
}
