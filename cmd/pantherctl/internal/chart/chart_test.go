package chart

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// write returns the chart of an example fleet in a format.
func write(t *testing.T, name string, format Format, f Filter) string {
	t.Helper()
	src, err := os.ReadFile("../../../../testdata/fleets/" + name + "/security.yaml")
	if err != nil {
		t.Fatal(err)
	}
	document, problems := schema.Load("security.yaml", src, func(string) ([]byte, error) { return nil, fs.ErrNotExist })
	fleet, more := policy.Resolve(document)
	if len(problems)+len(more) > 0 {
		t.Fatal(problems, more)
	}
	var b strings.Builder
	if err := Write(&b, format, New(reach.New(fleet), f), f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestEveryFormTellsAll: each form names every member and service that the text
// names, and each path with the line it comes from.
func TestEveryFormTellsAll(t *testing.T) {
	for _, name := range []string{"pantheros", "homelab"} {
		text := write(t, name, Text, Filter{})
		lines := regexp.MustCompile(`security\.yaml:[0-9]+:[0-9]+`).FindAllString(text, -1)
		if len(lines) < 5 {
			t.Fatalf("only %d lines of the document in\n%s", len(lines), text)
		}
		for _, format := range Formats() {
			t.Run(name+" "+format, func(t *testing.T) {
				got := write(t, name, Format(format), Filter{})
				for _, want := range append(lines, "ssh", "https", "dns", "the internet", "a stranger on the LAN") {
					if !strings.Contains(got, want) {
						t.Errorf("%s is not in it", want)
					}
				}
			})
		}
	}
}

// TestPicturesStandAlone: pictures load nothing, run nothing, are well formed,
// follow the reader's theme, and say in words what they show.
func TestPicturesStandAlone(t *testing.T) {
	for _, format := range []Format{SVG, HTML} {
		t.Run(string(format), func(t *testing.T) {
			got := write(t, "pantheros", format, Filter{})
			for _, bad := range []string{"href", "src=", "<script", "url(", "@import", "<img", "<link", "onload"} {
				if strings.Contains(got, bad) {
					t.Errorf("it holds %s", bad)
				}
			}
			for _, want := range []string{"prefers-color-scheme: dark", "in the tailnet: plain", "over the internet: thick"} {
				if !strings.Contains(got, want) {
					t.Errorf("%s is not in it", want)
				}
			}
		})
	}
	d := xml.NewDecoder(strings.NewReader(write(t, "pantheros", SVG, Filter{})))
	for {
		_, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	svg := write(t, "pantheros", SVG, Filter{})
	for _, want := range []string{`role="table"`, `role="row"`, `role="cell" aria-label="phone to hetzner-vps: dns, `} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is not in the picture", want)
		}
	}
}

// TestNarrow: a chart of two members tells what is closed and why.
func TestNarrow(t *testing.T) {
	got := write(t, "pantheros", JSON, Filter{From: "phone", To: "yoga", Service: "ssh"})
	var chart struct {
		Reach []struct{ State, Why string }
	}
	if err := json.Unmarshal([]byte(got), &chart); err != nil {
		t.Fatal(err)
	}
	if len(chart.Reach) != 1 || chart.Reach[0].State != "closed" || !strings.Contains(chart.Reach[0].Why, "no access rule grants it to phone") {
		t.Errorf("got %+v", chart.Reach)
	}
}
