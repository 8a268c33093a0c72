package schema

import (
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/schema/suggest"
)

func didYouMean(name string, known []string) string {
	if n := suggest.Nearest(name, known); n != "" {
		return fmt.Sprintf("did you mean %s?", quote(n))
	}
	return ""
}

// instead is what a document can say in place of a key that people look for and
// that does harm or cannot be had.
func instead(path string) (hint string, ok bool) {
	for key, hint := range map[string]string{
		"ssh.chroot":              "a chroot of every session ends every session: ssh.sftp_only has one for groups that only transfer files",
		"ssh.chroot_directory":    "a chroot of every session ends every session: ssh.sftp_only has one for groups that only transfer files",
		"docker":                  "Docker lets in past the firewall's rules: containers has what NixOS isolates itself",
		"ssh.host_key_algorithms": "clients that do not know the authority could not connect: ssh.certificates.host_keys offers certificates beside the key",
	} {
		if path == key || strings.HasSuffix(path, "."+key) {
			return hint, true
		}
	}
	return "", false
}
