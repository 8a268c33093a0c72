package report

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
)

// The elements of JUnit's XML that CI systems read, below the one that has the
// suites.
type (
	junitSuite struct {
		XMLName xml.Name `xml:"testsuite"`
		Name    string   `xml:"name,attr"`
		junitCounts
		Cases []junitCase `xml:"testcase"`
	}
	junitCounts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	junitCase struct {
		Name    string     `xml:"name,attr"`
		Class   string     `xml:"classname,attr"`
		File    string     `xml:"file,attr,omitempty"`
		Line    int        `xml:"line,attr,omitempty"`
		Failure *junitText `xml:"failure,omitempty"`
		Skipped *junitText `xml:"skipped,omitempty"`
		Output  string     `xml:"system-out,omitempty"`
	}
	junitText struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a suite for each host. Errors fail their test, warnings are
// its output, and what is waived or not checked counts as skipped.
func writeJUnit(w io.Writer, entries []*Entry) error {
	all := junitCount(entries)
	fmt.Fprintf(w, xml.Header+`<testsuites tests="%d" failures="%d" skipped="%d">`, all.Tests, all.Failures, all.Skipped)
	if len(entries) > 0 {
		fmt.Fprintln(w)
	}
	suites := xml.NewEncoder(w)
	suites.Indent("  ", "  ")
	for _, g := range byHost(entries) {
		suite := junitSuite{Name: g.name(), junitCounts: junitCount(g.Entries)}
		for _, e := range g.Entries {
			suite.Cases = append(suite.Cases, junitCaseOf(*e))
		}
		if err := suites.Encode(suite); err != nil {
			return err
		}
	}
	if len(entries) > 0 {
		fmt.Fprintln(w)
	}
	_, err := fmt.Fprintln(w, "</testsuites>")
	return err
}

func junitCount(entries []*Entry) junitCounts {
	c := junitCounts{Tests: len(entries)}
	for _, e := range entries {
		switch {
		case e.Fails():
			c.Failures++
		case e.skipped():
			c.Skipped++
		}
	}
	return c
}

// skipped reports whether nobody said whether the entry is as it should be.
func (e Entry) skipped() bool { return e.Status == check.Waived || e.Status == check.NotChecked }

func junitCaseOf(e Entry) junitCase {
	name := line(e.Path)
	if e.Rule != "" {
		name = e.Rule + " " + name
	}
	c := junitCase{Name: name, Class: line(e.Host), File: line(e.File), Line: e.Line}
	if e.Status == check.Pass {
		return c
	}
	text := junitText{line(e.Message), Clean(annotation(e))}
	switch {
	case e.Fails():
		c.Failure = &text
	case e.skipped():
		c.Skipped = &text
	case e.Status == check.Fail:
		c.Output = text.Text
	}
	return c
}
