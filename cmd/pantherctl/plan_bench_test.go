package main

import (
	"strings"
	"testing"
)

// BenchmarkPlanFacts takes time and memory of planning with the saved facts of
// 1,000 hosts, of which nothing changes. All facts together hold more than a
// gigabyte: those of one host at a time are let in.
func BenchmarkPlanFacts(b *testing.B) {
	p := newProcess(b, b.TempDir())
	p.saveFacts(b, 1_000)
	for b.Loop() {
		if out := p.try(b, "plan", "--from", "facts.json", "--facts", "facts.json"); !strings.HasPrefix(string(out), "nothing changes on 1000 hosts\n") {
			b.Fatalf("not every host was compared:\n%.2000s", out)
		}
	}
	p.report(b)
	if megabytes := p.memory >> 10; megabytes > 200 {
		b.Errorf("%d MB were held", megabytes)
	}
}
