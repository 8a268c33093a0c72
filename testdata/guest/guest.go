// Package guest makes what tests boot in a virtual machine out of the Linux
// that .ci/guest unpacks: Debian's kernel, its modules and a few programs.
package guest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A Linux is the folder that .ci/guest makes.
type Linux struct {
	Dir     string
	Kernel  string // the file that boots
	Version string // of the kernel, as its modules' folder has it
	QEMU    string // the program that boots it
}

// Find returns the Linux that PANTHERCTL_GUEST names. Where there is none a
// test is skipped, and fails under CI.
func Find(t testing.TB) Linux {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("CI") != "" {
		missing = t.Fatalf
	}
	l := Linux{Dir: os.Getenv("PANTHERCTL_GUEST")}
	if l.Dir == "" {
		missing("nothing was booted: PANTHERCTL_GUEST names no Linux, .ci/guest makes one")
	}
	var err error
	if l.QEMU, err = exec.LookPath("qemu-system-x86_64"); err != nil {
		missing("nothing was booted: %v", err)
	}
	kernels, err := filepath.Glob(filepath.Join(l.Dir, "boot", "vmlinuz-*"))
	if err != nil || len(kernels) != 1 {
		t.Fatalf("kernels in %s: %v, %v", l.Dir, kernels, err)
	}
	l.Kernel = kernels[0]
	l.Version = strings.TrimPrefix(filepath.Base(l.Kernel), "vmlinuz-")
	return l
}

// Read returns the text of one of its files.
func (l Linux) Read(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(l.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
