package facts

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Each reads the facts of several hosts one after the other, so that a large
// fleet is never in memory as a whole: { HOST: facts }. It hands over the text
// of each, for [Decode].
func Each(r io.Reader, each func(host string, text []byte)) error {
	d := json.NewDecoder(bufio.NewReader(r))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return &ShapeError{"", "no JSON object of hosts"}
	}
	for d.More() {
		name, err := d.Token()
		var text json.RawMessage
		if err == nil {
			err = d.Decode(&text)
		}
		if err != nil {
			return &ShapeError{"", "no JSON: " + err.Error()}
		}
		each(name.(string), text)
	}
	if _, err := d.Token(); err != nil {
		return &ShapeError{"", "cut off: " + err.Error()}
	}
	return nil
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
