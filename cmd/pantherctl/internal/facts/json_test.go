package facts

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestReader wants texts that were damaged at random read as encoding/json reads
// them, or refused as it refuses them.
func TestReader(t *testing.T) {
	const whole = `{"a": [1, -2.5e3, 0, true, false, null, "", "x\"\\é\u0041\ud83d\ude00"], "b": {"c": {}, "d": [[], {}]}, "long": "` + "a text that is longer than names are, and is not kept" + `"}`
	pieces := []string{"", " ", "\n", ",", ":", "{", "}", "[", "]", `"`, `\`, `\u12`, "0", "-", "1e", "null", "nul", "é", "\xff", "\x00", "\x01"}
	rapid.Check(t, func(t *rapid.T) {
		text := whole
		for range rapid.IntRange(0, 3).Draw(t, "damages") {
			from := rapid.IntRange(0, len(text)).Draw(t, "from")
			to := min(len(text), from+rapid.IntRange(0, 2).Draw(t, "length"))
			text = text[:from] + rapid.SampledFrom(pieces).Draw(t, "piece") + text[to:]
		}
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var want any
		wantErr := d.Decode(&want)
		if _, err := d.Token(); wantErr == nil && err != io.EOF {
			wantErr = err
			if err == nil {
				wantErr = io.ErrUnexpectedEOF
			}
		}
		r := reader{text: []byte(text), known: map[string]string{}}
		got, err := r.value()
		if err == nil {
			err = r.end()
		}
		switch {
		case (err == nil) != (wantErr == nil):
			t.Fatalf("%s\ngot %v\nwant %v", text, err, wantErr)
		case err == nil && !cmp.Equal(got, want):
			t.Fatalf("%s\n%s", text, cmp.Diff(want, got))
		}
	})
}

// TestDeep wants facts refused that would take all memory to follow.
func TestDeep(t *testing.T) {
	if _, err := Decode(bytes.Repeat([]byte(`{"sandboxed":{"a":{"b":`), 1_000_000)); err == nil || len(err.Error()) > 200 {
		t.Errorf("got %.200v", err)
	}
	r := reader{text: bytes.Repeat([]byte("["), 10_000_000), known: map[string]string{}}
	if _, err := r.value(); err == nil || !strings.Contains(err.Error(), "too deep") {
		t.Errorf("got %v", err)
	}
}
