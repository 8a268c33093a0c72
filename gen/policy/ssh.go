package policy

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// SSHGroup is the group whose members may log in by SSH.
const SSHGroup = "ssh-users"

// hostKeyPath is where sshd looks for its ed25519 host key unless told otherwise.
const hostKeyPath = "/etc/ssh/ssh_host_ed25519_key"

// HostKeyPath returns where the host's private SSH key lies: under the
// persistent mount where the root is wiped, so that it is there before
// anything is bind-mounted.
func (h *Host) HostKeyPath() string {
	if h.Persistence.Enable.V {
		return string(h.Persistence.Path.V) + hostKeyPath
	}
	return hostKeyPath
}

// sshUsers finds the members of ssh-users.
func (r *resolver) sshUsers(h *Host) {
	for i, m := range h.SSH.Members.Items {
		if _, ok := h.Account(string(m.V)); !ok {
			r.report(m.From, h.Path(fmt.Sprintf("ssh.members[%d]", i)), fmt.Sprintf("%q has no account on this host", m.V), "add the user to the host's login list")
		}
	}
	for _, a := range h.Accounts {
		if h.SSH.Members.IsSet() && slices.ContainsFunc(h.SSH.Members.Items, func(m schema.Value[schema.UserName]) bool { return string(m.V) == a.Name }) ||
			!h.SSH.Members.IsSet() && (len(a.Keys.Items) > 0 || h.SSH.Certificates.Principals.Has(a.Name)) {
			h.Members = append(h.Members, a.Name)
		}
	}
}

// FilesOnly reports whether an account may transfer files and nothing else.
func (h *Host) FilesOnly(account string) bool {
	return slices.ContainsFunc(h.SSH.SFTPOnly.Entries, func(g schema.Entry[schema.SFTPOnly]) bool {
		return slices.Contains(g.Value.Members.Values(), schema.UserName(account))
	})
}

// sftpOnly checks the groups that may only transfer files.
func (r *resolver) sftpOnly(h *Host) {
	seen := map[schema.UserName]string{}
	for _, g := range h.SSH.SFTPOnly.Entries {
		path := h.Path("ssh.sftp_only." + g.Key)
		switch {
		case !h.SSH.SFTP.V:
			r.report(g.From, path, "sftp is off on this host", "set ssh.sftp: true")
		case g.Key == SSHGroup || g.Key == "wheel" || g.Key == "users" || g.Key == "root":
			r.report(g.From, path, g.Key+" has other members, who would lose their shells", "give the group a name of its own, such as sftp-only")
		}
		for i, m := range g.Value.Members.Items {
			at := fmt.Sprintf("%s.members[%d]", path, i)
			a, ok := h.Account(string(m.V))
			switch {
			case !ok:
				r.report(m.From, at, fmt.Sprintf("%q has no account on this host", m.V), "add the user to the host's login list")
			case a.Wheel():
				r.report(m.From, at, fmt.Sprintf("%s administers or deploys, which takes a shell", m.V), "give file transfers a user of their own")
			case !slices.Contains(h.Members, a.Name):
				r.report(m.From, at, fmt.Sprintf("%s is not let in at all: no key, or not among ssh.members", m.V), "give the user a key, and add them to ssh.members if that is set")
			case seen[m.V] != "":
				r.report(m.From, at, fmt.Sprintf("%s is in %s too, and sshd takes the first", m.V, seen[m.V]), "name the user once")
			}
			seen[m.V] = g.Key
		}
	}
}

// SSHPorts returns every port sshd listens on, the break-glass port last.
func (h *Host) SSHPorts() []int {
	var ports []int
	for _, p := range h.SSH.Ports.Values() {
		ports = append(ports, int(p))
	}
	if p := h.BreakGlass.Port; p.IsSet() && !slices.Contains(ports, int(p.V)) {
		ports = append(ports, int(p.V))
	}
	return ports
}

// KeyAlgorithms are the algorithms of users' keys and certificates that sshd
// accepts, as its PubkeyAcceptedAlgorithms.
func KeyAlgorithms() []string {
	return []string{
		"ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com",
		"sk-ssh-ed25519-cert-v01@openssh.com",
	}
}
