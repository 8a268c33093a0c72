// Package nixmodules holds the Nix that people wrote: what generated modules
// import, and what evaluates and judges them.
package nixmodules

import "embed"

// KernelGates adds kernel parameters only to kernels that know them.
//
//go:embed kernel-gates.nix
var KernelGates []byte

// Notify is the module that tells people what happens on a host.
//
//go:embed notify.nix
var Notify []byte

// NotifyScript is run by Notify.
//
//go:embed notify.sh
var NotifyScript []byte

// Selfcheck is the module that compares a host with what was generated for it.
//
//go:embed selfcheck.nix
var Selfcheck []byte

// SelfcheckScript is run by Selfcheck.
//
//go:embed selfcheck.sh
var SelfcheckScript []byte

// Facts is the function from an evaluated host to its facts.
//
//go:embed facts.nix
var Facts []byte

//go:embed tests/default.nix tests/*.py
var tests embed.FS

// A TestFile is a file of the NixOS tests.
type TestFile struct {
	Name string // "network.py"
	Data []byte
}

// Tests are the files that NixOS tests of a fleet are made of, beside the
// values that its policy gives them.
func Tests() []TestFile {
	entries, err := tests.ReadDir("tests")
	if err != nil {
		panic(err) // embedded
	}
	files := make([]TestFile, len(entries))
	for i, e := range entries {
		data, err := tests.ReadFile("tests/" + e.Name())
		if err != nil {
			panic(err)
		}
		files[i] = TestFile{e.Name(), data}
	}
	return files
}
