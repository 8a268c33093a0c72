package gen

import (
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// fleetSSH is where the module stands that tells every host's ssh of the
// fleet. All hosts share it: a fleet of thousands is listed once.
const fleetSSH = "modules/fleet-ssh.nix"

// identityFile is where the one key to offer lies, below /etc.
const identityFile = "ssh/fleet-identity.pub"

// sshclient is the module of what ssh on the host does.
func sshclient(h *policy.Host) *nix.File {
	c := h.SSHClient
	if !c.Enable.V {
		return nil
	}
	body := nix.AttrSet{}
	if h.KnowsFleet {
		body = append(body, nix.Bind("imports", nix.Elements(nix.PathLit("../../"+fleetSSH))))
	}
	var config strings.Builder
	if c.Identity.IsSet() && len(h.Destinations) > 0 { // ssh refuses a Host line without a name
		bind(&body, nix.Path("environment.etc").Append(identityFile, "text"), nix.String(c.Identity.V.Type+" "+c.Identity.V.Blob+"\n"),
			"the agent finds the private half by it; an agent's other keys would each count as a try")
		section(&config, "Host "+strings.Join(h.Destinations, " "), "IdentityFile /etc/"+identityFile, "IdentitiesOnly yes")
	}
	if c.Agent.V == schema.OnePassword {
		onePassword(h, &body)
		section(&config, "Host *", "IdentityAgent ~/.1password/agent.sock")
	}
	if config.Len() > 0 {
		bind(&body, nix.Path("programs.ssh.extraConfig"), nix.String(config.String()))
	}
	if len(body) == 0 {
		return nil
	}
	return &nix.File{Body: body}
}

// onePassword installs the application whose agent holds the keys.
func onePassword(h *policy.Host, body *nix.AttrSet) {
	var admins []string
	for _, a := range h.Accounts {
		if a.Admin.V {
			admins = append(admins, a.Name)
		}
	}
	bind(body, nix.Path("programs._1password.enable"), nix.Bool(true), "unfree: nixpkgs.config must allow 1password and 1password-cli")
	*body = append(*body, nix.Bind("programs._1password-gui", nix.AttrSet{
		nix.Bind("enable", nix.Bool(true), "its agent runs once it is switched on in the application's settings"),
		nix.Bind("polkitPolicyOwners", nix.Strings(admins...), "who may unlock it with the system's password or a finger"),
	}))
	bind(body, nix.Path("programs.ssh.startAgent"), nix.Bool(false), "1Password's agent is the one")
}

// section writes a block of ssh_config, with the lines indented.
func section(b *strings.Builder, head string, lines ...string) {
	b.WriteString(head + "\n")
	for _, l := range lines {
		b.WriteString("  " + l + "\n")
	}
}

// fleetSSHModule is the module that all hosts share, nil if there is nothing to
// say: no host runs an SSH server or has a key that is known.
func fleetSSHModule(fleet *policy.Fleet) *nix.File {
	known := nix.AttrSet{}
	for _, k := range fleet.KnownHosts() {
		entry := nix.AttrSet{
			nix.Bind("hostNames", nix.Strings(k.Names...)),
			nix.Bind("publicKey", nix.String(k.Key.Type+" "+k.Key.Blob)),
		}
		if k.Authority {
			entry = append(entry, nix.Bind("certAuthority", nix.Bool(true), "it signs these hosts' certificates"))
		}
		known = append(known, nix.Binding{Path: nix.AttrPath{k.Name}, Value: entry})
	}
	body := nix.AttrSet{}
	if len(known) > 0 {
		bind(&body, nix.Path("programs.ssh.knownHosts"), known, "a host that shows another key is not the one it claims to be")
	}
	if config := fleetConfig(fleet); config != "" {
		bind(&body, nix.Path("programs.ssh.extraConfig"), nix.String(config), "one connection serves many sessions, and no host may use the agent of who visits it")
	}
	if len(body) == 0 {
		return nil
	}
	return &nix.File{Body: body}
}

// fleetConfig is what ssh_config says of the fleet's hosts.
func fleetConfig(fleet *policy.Fleet) string {
	var config strings.Builder
	if len(fleet.Hosts) > 0 && len(fleet.Hosts[0].Destinations) > 0 {
		section(&config, "Host "+strings.Join(fleet.Hosts[0].Destinations, " "),
			"ForwardAgent no", "ControlMaster auto", "ControlPath ~/.ssh/cm-%C", "ServerAliveInterval 60")
	}
	for _, h := range fleet.Hosts {
		if !h.Unlocks() {
			continue
		}
		u := h.Disk.RemoteUnlock
		lines := []string{
			"HostName " + h.InitrdAddress(), fmt.Sprintf("Port %d", u.Port.V), "User root", "HostKeyAlias " + h.InitrdAlias(), "ForwardAgent no",
		}
		if u.PublicKey.IsSet() {
			lines = append(lines, "StrictHostKeyChecking yes")
		}
		section(&config, "Host "+h.InitrdAlias(), lines...)
	}
	return config.String()
}
