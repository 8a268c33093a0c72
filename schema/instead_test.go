package schema

import (
	"strings"
	"testing"
)

// TestInstead wants keys that cannot be had to be answered with what can.
func TestInstead(t *testing.T) {
	for path, word := range map[string]string{
		"hosts.box.ssh.chroot":                 "ssh.sftp_only",
		"roles.server.ssh.host_key_algorithms": "ssh.certificates",
		"hosts.box.docker":                     "containers",
		"hosts.box.ssh.chroots":                "",
	} {
		if hint, ok := instead(path); ok != (word != "") || !strings.Contains(hint, word) {
			t.Errorf("%s: %q", path, hint)
		}
	}
}
