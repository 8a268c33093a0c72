package drift_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/drift"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

// BenchmarkCompare compares one host of pantheros with its facts.
func BenchmarkCompare(b *testing.B) {
	f := fleet(b, "pantheros")
	text, err := os.ReadFile(filepath.Join(fleets["pantheros"], "facts.json"))
	if err != nil {
		b.Fatal(err)
	}
	hosts, err := facts.DecodeFleet(text)
	if err != nil {
		b.Fatal(err)
	}
	h, _ := f.Host("ovh-vps")
	for b.Loop() {
		drift.Compare(h, hosts[h.Name])
	}
}
