package facts

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Each reads the facts of several hosts one after the other, so that a large
// fleet is never in memory as a whole: { HOST: facts }. It hands over the text
// of each, for [Decode], which has to find what is wrong with it.
func Each(r io.Reader, each func(host string, text []byte)) error {
	b := bufio.NewReaderSize(r, 64<<10)
	if before, err := b.ReadString('{'); err != nil || strings.TrimSpace(before) != "{" {
		return &ShapeError{"", "no JSON object of hosts"}
	}
	size := 0 // of the largest so far: hosts are alike
	for {
		name, end, err := piece(b, 0)
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
		text, end, err := piece(b, size)
		if err != nil {
			return err
		}
		each(host, text)
		size = max(size, len(text))
		if end == '}' {
			return nil
		}
	}
}

// piece returns a name of a set or a value as they stand, by brackets and quotes
// alone, and the sign that ends them. size is how long it may well be.
func piece(r *bufio.Reader, size int) (text []byte, end byte, err error) {
	text = make([]byte, 0, size)
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
