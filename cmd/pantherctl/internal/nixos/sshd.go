package nixos

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/nix"
)

// extraConfig is what sshd.nix writes before services.openssh.extraConfig.
//
//go:embed sshd_config
var extraConfig string

// sshd renders the file that sshd reads: settings by name, of which the lists in
// commas are those of sshd.nix, then the rest.
func (o *option) sshd(ipv6 bool) facts.SSHD {
	s := o.find("services.openssh")
	d := facts.SSHD{Enable: s.at("enable").boolean(false)}
	if !d.Enable {
		return d
	}
	settings := s.at("settings")
	for name, value := range map[string]nix.Expr{"AuthorizedPrincipalsFile": nix.String("none"), "PrintMotd": nix.Bool(false)} {
		settings.at(name).set(value, absent)
	}
	d.OpenFirewall = s.at("openFirewall").boolean(true)
	d.Ports = s.at("ports").ints()
	if s.at("authorizedKeysInHomedir").boolean(true) {
		d.AuthorizedKeysFiles = []string{"%h/.ssh/authorized_keys"}
	}
	d.AuthorizedKeysFiles = append(d.AuthorizedKeysFiles, "/etc/ssh/authorized_keys.d/%u")
	for _, k := range s.at("hostKeys").sets() {
		d.HostKeys = append(d.HostKeys, facts.HostKey{Path: k.at("path").text(""), Type: k.at("type").text("")})
	}
	d.Settings = map[string]any{}
	for _, name := range settings.names() {
		value := settings.at(name).setting()
		d.Settings[name] = value
		d.Config += name + " " + written(name, value) + "\n"
	}
	sftp := s.at("sftpServerExecutable").text("")
	switch {
	case !s.at("allowSFTP").boolean(true):
		sftp = ""
	case sftp == "":
		s.at("sftpServerExecutable").fail("has a default that only Nix knows")
	}
	own := render(extraConfig, map[string]any{
		"IPv6": ipv6, "Ports": d.Ports, "SFTP": sftp, "AuthorizedKeysFiles": strings.Join(d.AuthorizedKeysFiles, " "), "HostKeys": d.HostKeys,
	})
	s.at("extraConfig").define(definition{value: nix.String(own), priority: plain}) // before all others
	d.Config += s.at("extraConfig").lines()
	return d
}

// setting is a value as facts have it: a list of strings, or a scalar.
func (o *option) setting() any {
	if values := o.values(); len(values) > 0 {
		if _, ok := values[0].(nix.List); ok {
			var list []any
			for _, s := range o.strings() {
				list = append(list, s)
			}
			return list
		}
	}
	return o.value(nil)
}

// written is a setting in sshd's own words.
func written(name string, value any) string {
	switch v := value.(type) {
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v]
	case []any:
		words := make([]string, len(v))
		for i, w := range v {
			words[i] = fmt.Sprint(w)
		}
		if slices.Contains([]string{"Ciphers", "KexAlgorithms", "Macs"}, name) {
			return strings.Join(words, ",")
		}
		return strings.Join(words, " ")
	}
	return fmt.Sprint(value)
}
