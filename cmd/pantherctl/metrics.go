package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/live"
)

// writeMetrics writes what an audit found for the textfile collector of
// Prometheus's node exporter. Nobody ever reads half a file.
func writeMetrics(path string, results []*audited, findings []check.Finding, now time.Time) error {
	err := writeWhole(path, 0o644, func(w io.Writer) error {
		_, err := io.WriteString(w, metricsText(results, findings, now))
		return err
	})
	if err != nil {
		return hint(err, "--textfile names a file in the folder that the exporter reads")
	}
	return nil
}

// metricsText is in the text format 0.0.4 of Prometheus. Names of hosts, rules
// and steps need no quoting.
func metricsText(results []*audited, findings []check.Finding, now time.Time) string {
	var b strings.Builder
	family := func(name, what string) {
		fmt.Fprintf(&b, "# HELP pantherctl_audit_%s %s\n# TYPE pantherctl_audit_%s gauge\n", name, what, name)
	}
	family("timestamp_seconds", "When the audit ended.")
	fmt.Fprintf(&b, "pantherctl_audit_timestamp_seconds %d\n", now.Unix())
	family("reached", "Whether the host answered.")
	for _, a := range results {
		fmt.Fprintf(&b, "pantherctl_audit_reached{host=%q} %d\n", a.host.Name, number(a.reached))
	}
	family("drift", "Whether this step from the document to the running host was not taken.")
	for _, a := range results {
		for i, link := range a.chain.Links {
			if a.reached && link != live.Unknown {
				fmt.Fprintf(&b, "pantherctl_audit_drift{host=%q,step=%q} %d\n", a.host.Name, live.Steps()[i+1], number(link == live.Broken))
			}
		}
	}
	counts := map[string]int{}
	for _, f := range findings {
		counts[fmt.Sprintf("{host=%q,rule=%q,severity=%q,status=%q}", f.Host, f.Rule, f.Severity, f.Status)]++
	}
	family("findings", "What the audit found.")
	for _, labels := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&b, "pantherctl_audit_findings%s %d\n", labels, counts[labels])
	}
	return b.String()
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
