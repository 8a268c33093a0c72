package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
)

// The objects of SARIF 2.1.0, as far as they are written (OASIS, section 3).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string     `json:"id"`
		Short   sarifText  `json:"shortDescription"`
		Full    sarifText  `json:"fullDescription"`
		Help    sarifText  `json:"help"`
		Default sarifLevel `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId,omitempty"`
		Kind         string             `json:"kind"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations,omitempty"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
	}
	sarifSuppression struct {
		Kind string `json:"kind"`
	}
)

// writeSARIF writes a log of one run, with the rules that it mentions. Results
// are large and many: the log is made without, and each is written into it.
func writeSARIF(w io.Writer, entries []*Entry) error {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "pantherctl", Rules: sarifRules(entries)}}, ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	text, err := json.MarshalIndent(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}, "", "  ")
	if err != nil {
		return err
	}
	before, after, _ := strings.Cut(escapeJSON(string(text))+"\n", `"results": []`)
	io.WriteString(w, before+`"results": [`)
	var result bytes.Buffer
	encoder := json.NewEncoder(&result)
	encoder.SetIndent("        ", "  ")
	next, end := "\n        ", ""
	for _, e := range entries {
		result.Reset()
		if err := encoder.Encode(sarifResultOf(*e)); err != nil {
			return err
		}
		io.WriteString(w, next)
		io.WriteString(w, strings.TrimSuffix(escapeJSON(result.String()), "\n"))
		next, end = ",\n        ", "\n      "
	}
	_, err = io.WriteString(w, end+"]"+after)
	return err
}

// sarifRules are the rules that entries mention.
func sarifRules(entries []*Entry) []sarifRule {
	mentioned := map[string]bool{}
	for _, e := range entries {
		mentioned[e.Rule] = true
	}
	rules := []sarifRule{}
	for _, r := range rule.All() {
		if mentioned[r.ID] {
			rules = append(rules, sarifRule{r.ID, sarifText{r.Title}, sarifText{r.Rationale}, sarifText{r.Fix}, sarifLevel{sarifLevelOf(r.Severity)}})
		}
	}
	return rules
}

func sarifResultOf(e Entry) sarifResult {
	result := sarifResult{
		RuleID: e.Rule, Kind: "fail", Level: sarifLevelOf(e.Severity), Message: sarifText{annotation(e)},
		Fingerprints: map[string]string{"pantherctl/v1": e.fingerprint()},
	}
	switch e.Status {
	case check.Pass:
		result.Kind, result.Level = "pass", "none"
	case check.NotChecked:
		result.Kind, result.Level = "review", "none"
	case check.Waived:
		result.Suppressions = []sarifSuppression{{"external"}}
	}
	if e.File != "" {
		at := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{(&url.URL{Path: e.File}).String()}}}
		if e.Line > 0 {
			at.Physical.Region = &sarifRegion{e.Line, e.Column}
		}
		if e.Path != "" {
			at.Logical = []sarifLogical{{e.Path}}
		}
		result.Locations = []sarifLocation{at}
	}
	return result
}

func sarifLevelOf(s rule.Severity) string {
	if s == rule.Info {
		return "note"
	}
	return string(s)
}

// fingerprint stays the same when lines move.
func (e Entry) fingerprint() string {
	var text []byte
	for _, s := range []string{e.Rule, e.Host, e.Path, e.Message} {
		text = append(strconv.AppendQuote(text, s), ' ')
	}
	h := fnv.New64a()
	h.Write(text[:len(text)-1])
	return fmt.Sprintf("%016x", h.Sum64())
}
