package deploy

import (
	"io"
	"testing"
)

// BenchmarkDeploy is a deployment over nothing but nixos-rebuild's own work,
// whose double takes no time to build: the difference is what ours costs.
func BenchmarkDeploy(b *testing.B) {
	if debian == "" {
		b.Skip("needs root, and the programs of .ci/tools first in PATH")
	}
	m := newBench(b)
	b.Run("nixos-rebuild", func(b *testing.B) {
		l := m.d.link(m.job, io.Discard)
		for b.Loop() {
			if _, err := m.d.Rebuild.build(b.Context(), m.d.Runner, m.job, io.Discard); err != nil {
				b.Fatal(err)
			}
			if err := m.d.Rebuild.copy(b.Context(), m.d.Runner, l, m.new, io.Discard); err != nil {
				b.Fatal(err)
			}
			if err := m.d.Rebuild.test(b.Context(), m.d.Runner, m.job, l, io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("pantherctl", func(b *testing.B) {
		for b.Loop() {
			m.d.Run = "20000101-000000-" + secret(3)
			m.d.Accept[NotDefault] = true
			if r := m.d.Host(b.Context(), m.job); r.Outcome != Confirmed {
				b.Fatal(r.Reason)
			}
		}
	})
}
