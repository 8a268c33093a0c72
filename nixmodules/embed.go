// Package nixmodules holds the Nix that people wrote: what generated modules
// import, and what evaluates and judges them.
package nixmodules

import (
	"embed"
	"fmt"
)

// KernelGates adds kernel parameters only to kernels that know them.
//
//go:embed kernel-gates.nix
var KernelGates []byte

// Certificates is the module that looks for certificates that end soon.
//
//go:embed certificates.nix
var Certificates []byte

// CertificatesScript is run by Certificates.
//
//go:embed certificates.sh
var CertificatesScript []byte

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

// Guard is the module that refuses a host that is not what its policy says. It
// reads Definitions beside it.
//
//go:embed guard.nix
var Guard []byte

// Lockdown is the module that cuts a host off and lets it back.
//
//go:embed lockdown.nix
var Lockdown []byte

// LockdownScript is run by Lockdown.
//
//go:embed lockdown.sh
var LockdownScript []byte

// UpgradeConfirm is the module that has an upgrade confirm itself.
//
//go:embed upgrade-confirm.nix
var UpgradeConfirm []byte

// UpgradeConfirmScript is run by UpgradeConfirm.
//
//go:embed upgrade-confirm.sh
var UpgradeConfirmScript []byte

// RestoreDrill is the module that restores a sample of a backup.
//
//go:embed restore-drill.nix
var RestoreDrill []byte

// RestoreDrillScript is run by RestoreDrill.
//
//go:embed restore-drill.sh
var RestoreDrillScript []byte

//go:embed facts/host.nix
var hostFacts []byte

//go:embed facts/services.nix
var serviceFacts []byte

// Facts is the function from an evaluated host to its facts, as evaluate.nix
// makes it of the same two.
func Facts() []byte {
	return fmt.Appendf(nil, "host:\n(\n%s) host\n// (\n%s) host\n", hostFacts, serviceFacts)
}

// Definitions is the function from an evaluated host and its generated modules
// to who set what.
//
//go:embed definitions.nix
var Definitions []byte

// System is the function from an evaluated host to what it is built as.
//
//go:embed system.nix
var System []byte

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
