package gen

import (
	"fmt"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// apparmor is the module that confines programs.
func apparmor(h *policy.Host) *nix.File {
	a := h.AppArmor
	if !a.Enable.V {
		return nil
	}
	body := nix.AttrSet{nix.Bind("security.apparmor.enable", nix.Bool(true), "from the next boot on")}
	for _, e := range a.Policies.Entries {
		// Releases spell the state of a policy differently. Enforcing is the
		// default of all, and a profile can say itself that it only complains.
		bind(&body, nix.Path("security.apparmor.policies").Append(e.Key, "profile"), nix.String(profile(e.Key, e.Value)))
	}
	f := &nix.File{Body: body}
	const key = "kernel.apparmor_restrict_unprivileged_unconfined"
	before := len(body)
	sysctl(h, &body, key, 1, "whoever is unconfined cannot pick a profile that allows more")
	if len(body) > before {
		f.Params = []string{"lib"}
	}
	f.Body = body
	return f
}

// profile is a policy in apparmor.d(5): the programs of a package may do what
// their user may, but for what gives him away. It confines programs that
// strangers' files mislead. One that is on the session's bus can still ask
// others there to act for it.
func profile(name string, p schema.AppArmorProgram) string {
	pkg, flags := name, ""
	if p.Package.IsSet() {
		pkg = string(p.Package.V)
	}
	if p.State.V == "complain" {
		flags = " flags=(complain)"
	}
	lines := []string{
		"/{**,} mrwkl,",
		"/** ix,",
		"dbus,",
		"unix,",
		"signal receive,",
		"signal peer=" + name + ",",
		"ptrace peer=" + name + ",",
		"",
		"# keys, agents, and what agenix and opnix decrypt",
		"deny @{HOME}/.{ssh,gnupg,1password,aws,age}/** mrwkl,",
		"deny @{HOME}/.config/{op,sops,age}/** mrwkl,",
		"deny /run/user/*/{ssh-agent,keyring/**,gnupg/**} mrwkl,",
		"deny /run/{agenix,agenix.d,opnix-secrets}/** mrwkl,",
		"deny /{etc,*/etc}/ssh/ssh_host_*_key mrwkl,",
		"",
		"# what starts programs that nothing confines",
		"deny @{HOME}/.{profile,bash*,zsh*} wl,",
		"deny @{HOME}/.config/{autostart,environment.d,fish,systemd}/** wl,",
		"deny /run/user/*/systemd/** wl,",
		"",
	}
	if p.Network.V {
		lines = append(lines, "network,")
	} else {
		lines = append(lines, "network unix,", "network netlink,", "deny network inet,", "deny network inet6,")
	}
	// What wraps a package has its name and more, as mpv-with-scripts. What a
	// confined program starts is confined with it.
	head := fmt.Sprintf("profile %s /nix/store/*-%s{,-*}/{bin,libexec}/**%s", name, pkg, flags)
	return "include <tunables/global>\n\n" + block(head, lines)
}
