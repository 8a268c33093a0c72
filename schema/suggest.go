package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema/suggest"
)

func didYouMean(name string, known []string) string {
	if n := suggest.Nearest(name, known); n != "" {
		return fmt.Sprintf("did you mean %s?", quote(n))
	}
	return ""
}

// elsewhere says where a key belongs that a section does not have: in roles and
// hosts, in hosts alone, or in the one section below that has it.
func elsewhere(key string, section reflect.Type) string {
	has := func(t reflect.Type) bool { return slices.Contains(keysOf(fieldsOf(t)), key) }
	switch {
	case section == reflect.TypeFor[Fleet]() && has(reflect.TypeFor[Settings]()):
		return "a role or a host says it: roles.NAME." + key
	case section == reflect.TypeFor[Fleet]() && has(reflect.TypeFor[Host]()), section == reflect.TypeFor[Role]() && has(reflect.TypeFor[Host]()):
		return "a host says it: hosts.NAME." + key
	}
	var below []string
	for _, f := range fieldsOf(section) {
		t := section.FieldByIndex(f.index).Type
		if _, ok := reflect.New(t).Interface().(node); !ok && t.Kind() == reflect.Struct && has(t) {
			below = append(below, f.key+"."+key)
		}
	}
	if len(below) != 1 {
		return ""
	}
	return "did you mean " + below[0] + "?"
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
