package policy

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// CASignatures are the algorithms by which a certificate may be signed, as
// sshd's CASignatureAlgorithms.
func CASignatures() []string { return []string{"ssh-ed25519", "sk-ssh-ed25519@openssh.com"} }

// sshCertificates checks the keys that sign and the files of what they signed.
func (r *resolver) sshCertificates(h *Host) {
	c := &h.SSH.Certificates
	authority := func(list string, keys schema.List[schema.PublicKey]) {
		for i, k := range keys.Items {
			path := h.Path(fmt.Sprintf("ssh.certificates.%s[%d]", list, i))
			switch {
			case len(k.V.Options) > 0:
				r.report(k.From, path, "a key that signs certificates takes no options", "write the type and the key alone")
			case !slices.Contains(CASignatures(), k.V.Type):
				r.report(k.From, path, fmt.Sprintf("sshd and ssh take certificates signed by ed25519 keys only, and this is %s", k.V.Type), "make one: ssh-keygen -t ed25519")
			}
		}
	}
	authority("user_cas", c.UserCAs)
	authority("host_cas", c.HostCAs)
	for _, e := range c.Principals.Entries {
		path := h.Path("ssh.certificates.principals." + e.Key)
		switch _, ok := h.Account(e.Key); {
		case len(c.UserCAs.Items) == 0:
			r.report(e.From, path, "principals let nobody in without a key that signs certificates", "name it: user_cas: ssh-ed25519 …")
		case !ok:
			r.report(e.From, path, fmt.Sprintf("%q has no account on this host", e.Key), "add the user to the host's login list")
		}
	}
	if c.HostCertificate.IsSet() && len(c.HostCAs.Items) == 0 {
		r.report(c.HostCertificate.From, h.Path("ssh.certificates.host_cas"), "no client knows who signed the host's certificate", "name the public key: host_cas: ssh-ed25519 …")
	}
	if len(c.HostCAs.Items) > 0 && !c.HostCertificate.IsSet() {
		r.report(c.HostCAs.From, h.Path("ssh.certificates.host_certificate"), "the host has no certificate to show", "name its file: host_certificate: /etc/ssh/ssh_host_ed25519_key-cert.pub")
	}
}

// Certifies reports whether a certificate may let an account in. What it says
// of the holder is not in the document.
func (h *Host) Certifies(account string) bool {
	return len(h.SSH.Certificates.UserCAs.Items) > 0 && slices.Contains(h.Members, account)
}

// Principals returns the principals whose certificates let an account in.
func (h *Host) Principals(account string) []string {
	list, ok := h.SSH.Certificates.Principals.Get(account)
	if !ok {
		return []string{account}
	}
	return schema.Words(list)
}

// hostCertificate is the state of a host whose certificate does not lie on the
// mount that survives.
func (h *Host) hostCertificate() []Kept {
	c := h.SSH.Certificates.HostCertificate
	if !h.SSH.Enable.V || !c.IsSet() || covers(string(h.Persistence.Path.V), string(c.V)) {
		return nil
	}
	return []Kept{{Path: string(c.V), File: true, Why: "the certificate of the SSH host key"}}
}

// authorities are the keys that sign the hosts' certificates, each for those
// hosts alone whose document names it.
func (f *Fleet) authorities() []KnownHost {
	var known []KnownHost
	for _, h := range f.Hosts {
		if !h.SSH.Enable.V {
			continue
		}
		var names []string
		for _, port := range h.SSHPorts() {
			names = append(names, at(f.namesOf(h), port)...)
		}
		for _, key := range h.SSH.Certificates.HostCAs.Values() {
			i := slices.IndexFunc(known, func(k KnownHost) bool { return k.Key.Blob == key.Blob })
			if i < 0 {
				i = len(known)
				known = append(known, KnownHost{Name: f.unlikeHosts(fmt.Sprintf("host-ca-%d", i+1)), Key: key, Authority: true})
			}
			known[i].Names = append(known[i].Names, names...)
		}
	}
	return known
}
