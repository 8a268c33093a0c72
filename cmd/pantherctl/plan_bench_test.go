package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

// BenchmarkPlanFacts takes time and memory of planning with the saved facts of
// 1,000 hosts: nothing changes, or the packet filter of each. All facts together
// hold more than a gigabyte: those of one host at a time are let in.
func BenchmarkPlanFacts(b *testing.B) {
	p := newProcess(b, b.TempDir())
	p.saveFacts(b, 1_000)
	p.withoutPort(b, "changed.json", "facts.json")
	for _, f := range []struct{ facts, told string }{
		{"facts.json", "nothing changes on 1000 hosts\n"},
		{"changed.json", "1000 changes on 1000 of 1000 hosts: 0 widening, 1000 narrowing, 0 neutral\n"},
	} {
		b.Run(f.facts, func(b *testing.B) {
			p.memory, p.cpu = 0, 0
			for b.Loop() {
				if out := p.try(b, "plan", "--from", "facts.json", "--facts", f.facts); !bytes.HasSuffix(out, []byte(f.told)) {
					b.Fatalf("not every host was compared:\n%.2000s", out)
				}
			}
			p.report(b)
			if megabytes := p.memory >> 10; megabytes > 200 {
				b.Errorf("%d MB were held", megabytes)
			}
		})
	}
}

// withoutPort writes facts in which no host lets in 8443. They are never all in
// memory: what this process holds counts for those that it starts.
func (p *process) withoutPort(b *testing.B, to, from string) {
	b.Helper()
	in, err := os.Open(filepath.Join(p.dir, from))
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close() // only read
	out, err := os.Create(filepath.Join(p.dir, to))
	if err != nil {
		b.Fatal(err)
	}
	w := facts.NewWriter(out)
	err = facts.Each(in, func(host string, text []byte) {
		w.Write(host, bytes.ReplaceAll(text, []byte("{ 53, 80, 443, 8443 } accept"), []byte("{ 53, 80, 443 } accept")))
	})
	if err := errors.Join(err, w.Close(), out.Close()); err != nil {
		b.Fatal(err)
	}
}
