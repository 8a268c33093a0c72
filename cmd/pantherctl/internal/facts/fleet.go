package facts

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Each reads the facts of several hosts one after the other, so that a large
// fleet is never in memory as a whole: { HOST: facts }. It hands over the text
// of each, for [Decode], which has to find what is wrong with it. The text is
// only there until each returns.
func Each(r io.Reader, each func(host string, text []byte)) error {
	return eachAt(r, func(host string, text []byte, _ int64) { each(host, text) })
}

// eachAt is Each that also tells at which byte a text begins.
func eachAt(r io.Reader, each func(host string, text []byte, at int64)) error {
	b := bufio.NewReaderSize(r, 64<<10)
	before, err := b.ReadString('{')
	if err != nil || strings.TrimSpace(before) != "{" {
		return &ShapeError{"", "no JSON object of hosts"}
	}
	at := int64(len(before))
	var name, text []byte
	for {
		var end byte
		name, end, err = piece(b, name[:0])
		at += int64(len(name)) + 1
		switch name = bytes.TrimSpace(name); {
		case err != nil:
			return err
		case end == '}' && len(name) == 0:
			return nil
		}
		var host string
		if end != ':' || json.Unmarshal(name, &host) != nil {
			return &ShapeError{"", "no JSON object of hosts"}
		}
		if text, end, err = piece(b, text[:0]); err != nil {
			return err
		}
		each(host, text, at)
		at += int64(len(text)) + 1
		if end == '}' {
			return nil
		}
	}
}

// A File has the facts of several hosts, as [Each] reads them, each at hand in
// any order.
type File struct {
	r     io.ReaderAt
	hosts map[string]extent
}

// An extent is where a text lies in a file.
type extent struct{ at, length int64 }

// Open finds the hosts of a file. Of one that comes twice, the first counts.
func Open(r io.ReaderAt) (*File, error) {
	f := &File{r, map[string]extent{}}
	err := eachAt(io.NewSectionReader(r, 0, math.MaxInt64), func(host string, text []byte, at int64) {
		if _, known := f.hosts[host]; !known {
			f.hosts[host] = extent{at, int64(len(text))}
		}
	})
	return f, err
}

// Has reports whether the file has a host.
func (f *File) Has(host string) bool {
	_, ok := f.hosts[host]
	return ok
}

// Host reads the facts of a host that the file has. Errors are those of
// [Decode], or the reader's.
func (f *File) Host(host string) (*Host, error) {
	e := f.hosts[host]
	text := make([]byte, e.length)
	if _, err := f.r.ReadAt(text, e.at); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return Decode(text)
}

// piece returns a name of a set or a value as they stand, by brackets and quotes
// alone, appended to text, and the sign that ends them.
func piece(r *bufio.Reader, text []byte) (_ []byte, end byte, err error) {
	depth, quoted, escaped := 0, false, false
	for {
		c, err := r.ReadByte()
		if err != nil {
			return nil, 0, &ShapeError{"", "cut off: " + err.Error()}
		}
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = c == '\\', c != '"'
		case depth == 0 && (c == ':' || c == ',' || c == '}'):
			return text, c, nil
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		text = append(text, c)
	}
}

// A Writer writes what [Each] reads. Errors are kept for Close.
type Writer struct {
	w     *bufio.Writer
	hosts int
	err   error
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: bufio.NewWriter(w)} }

// Write adds the facts of one host.
func (w *Writer) Write(host string, text []byte) {
	between := ",\n"
	if w.hosts == 0 {
		between = "{\n"
	}
	w.hosts++
	name, err := json.Marshal(host)
	if _, err2 := fmt.Fprintf(w.w, "%s%s: %s", between, name, text); w.err == nil {
		w.err = err
		if err == nil {
			w.err = err2
		}
	}
}

// Close ends the file, and returns the first error of all.
func (w *Writer) Close() error {
	end := "\n}\n"
	if w.hosts == 0 {
		end = "{}\n"
	}
	if _, err := w.w.WriteString(end); w.err == nil {
		w.err = err
	}
	if err := w.w.Flush(); w.err == nil {
		w.err = err
	}
	return w.err
}
