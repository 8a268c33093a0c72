// Package nixmodules holds the Nix that people wrote: what generated modules
// import, and what evaluates and judges them.
package nixmodules

import _ "embed"

// KernelGates adds kernel parameters only to kernels that know them.
//
//go:embed kernel-gates.nix
var KernelGates []byte

// Facts is the function from an evaluated host to its facts.
//
//go:embed facts.nix
var Facts []byte
