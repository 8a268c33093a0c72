// Package testdata holds the example fleets, which tests generate from and
// users start from.
package testdata

import "embed"

//go:embed fleets/*/security.yaml
var fleets embed.FS

// Fleets returns the names of the example fleets.
func Fleets() []string { return []string{"pantheros", "homelab"} }

// Fleet returns the document of an example fleet.
func Fleet(name string) ([]byte, error) { return fleets.ReadFile("fleets/" + name + "/security.yaml") }
