package report

import (
	"encoding/xml"
	"io"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
)

// The elements of JUnit's XML that CI systems read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
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
func writeJUnit(w io.Writer, entries []Entry) error {
	all := junitSuites{}
	for _, group := range byHost(entries) {
		suite := junitSuite{Name: group.name()}
		for _, e := range group.Entries {
			c := junitCaseOf(e)
			suite.Tests++
			if c.Failure != nil {
				suite.Failures++
			}
			if c.Skipped != nil {
				suite.Skipped++
			}
			suite.Cases = append(suite.Cases, c)
		}
		all.Tests, all.Failures, all.Skipped = all.Tests+suite.Tests, all.Failures+suite.Failures, all.Skipped+suite.Skipped
		all.Suites = append(all.Suites, suite)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

func junitCaseOf(e Entry) junitCase {
	name := line(e.Path)
	if e.Rule != "" {
		name = e.Rule + " " + name
	}
	c := junitCase{Name: name, Class: line(e.Host), File: line(e.File), Line: e.Line}
	text := junitText{line(e.Message), Clean(annotation(e))}
	switch {
	case e.Fails():
		c.Failure = &text
	case e.Status == check.Waived || e.Status == check.NotChecked:
		c.Skipped = &text
	case e.Status == check.Fail:
		c.Output = text.Text
	}
	return c
}
