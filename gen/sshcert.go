package gen

import (
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// userCAs is where sshd reads the keys that sign users' certificates, below
// /etc, and principals the folder with a file for each user.
const (
	userCAs    = "ssh/trusted-user-cas.pub"
	principals = "ssh/principals"
)

// sshCertificates writes the files that sshd judges certificates by.
func sshCertificates(h *policy.Host, body *nix.AttrSet) {
	c := h.SSH.Certificates
	if len(c.UserCAs.Items) == 0 {
		return
	}
	var keys strings.Builder
	for _, k := range c.UserCAs.Values() {
		keys.WriteString(k.Type + " " + k.Blob + "\n")
	}
	bind(body, nix.Path("environment.etc").Append(userCAs, "text"), nix.String(keys.String()), "whoever holds one of these decides who logs in")
	for i, m := range h.Members {
		file := nix.AttrSet{
			nix.Bind("text", nix.String(strings.Join(h.Principals(m), "\n")+"\n")),
			nix.Bind("mode", nix.String("0444")),
		}
		path := nix.Path("environment.etc").Append(principals + "/" + m)
		if i == 0 {
			bind(body, path, file, "copies: sshd refuses what lies in a folder that a group may write, as the store is")
			continue
		}
		*body = append(*body, nix.Binding{Path: path, Value: file})
	}
}

// certificateSettings are the lines of sshd_config about certificates. The
// plain host key stays: who does not know the authority could not connect.
func certificateSettings(h *policy.Host) []nix.Binding {
	c := h.SSH.Certificates
	var set []nix.Binding
	if len(c.UserCAs.Items) > 0 {
		set = append(set,
			nix.Bind("TrustedUserCAKeys", nix.String("/etc/"+userCAs), "certificates signed by these log in, besides keys"),
			nix.Bind("AuthorizedPrincipalsFile", nix.String("/etc/"+principals+"/%u")))
	}
	if c.HostCertificate.IsSet() {
		set = append(set, nix.Bind("HostCertificate", nix.String(c.HostCertificate.V), "offered beside the plain key"))
	}
	return set
}
