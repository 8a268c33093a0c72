package deploy

import (
	"io"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// clean makes a text of others fit to be shown: no control characters, which
// could drive a terminal, and no more than max bytes.
func clean(s string, max int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > max {
		s = strings.ToValidUTF8(s[:max], "") + "…"
	}
	return s
}

// lastLines returns the last lines of a text that say something, as one.
func lastLines(s string, n int) string {
	var lines []string
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(clean(line, maxValue))
		if strings.Trim(line, "@ ") != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-n):], "; ")
}

// maxLog is as much as is kept of what programs print about one host.
const maxLog = 16 << 20

// A LogWriter keeps what programs print, line by line, as text that does
// nothing to the terminal it is read on.
type LogWriter struct {
	W    io.Writer
	lock sync.Mutex
	rest []byte
	size int
}

// Write never fails: a full disk here must not end what goes on at a host.
func (l *LogWriter) Write(p []byte) (int, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.rest = append(l.rest, p...)
	for {
		i := strings.IndexByte(string(l.rest), '\n')
		if i < 0 && len(l.rest) < maxValue {
			return len(p), nil
		}
		if i < 0 {
			i = len(l.rest) - 1
		}
		line := clean(string(l.rest[:i+1]), 4*maxValue) + "\n"
		l.rest = l.rest[i+1:]
		if l.size += len(line); l.size <= maxLog && utf8.ValidString(line) {
			io.WriteString(l.W, line)
		}
	}
}
