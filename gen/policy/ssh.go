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
			!h.SSH.Members.IsSet() && len(a.Keys.Items) > 0 {
			h.Members = append(h.Members, a.Name)
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
