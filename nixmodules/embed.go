// Package nixmodules holds the Nix that people wrote: what generated modules
// import, and what evaluates and judges them.
package nixmodules

import _ "embed"

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

// Lockdown is the module that cuts a host off and lets it back.
//
//go:embed lockdown.nix
var Lockdown []byte

// LockdownScript is run by Lockdown.
//
//go:embed lockdown.sh
var LockdownScript []byte

// Guard is the module that refuses a host that is not what its policy says. It
// reads Definitions beside it.
//
//go:embed guard.nix
var Guard []byte

// Facts is the function from an evaluated host to its facts.
//
//go:embed facts.nix
var Facts []byte

// Definitions is the function from an evaluated host and its generated modules
// to who set what.
//
//go:embed definitions.nix
var Definitions []byte
