package gen

import (
	"slices"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// users is the module of accounts, sudo and who may use Nix.
func users(h *policy.Host) *nix.File {
	f := &nix.File{}
	body := nix.AttrSet{}
	a := h.Settings.Accounts
	bind(&body, nix.Path("users.mutableUsers"), nix.Bool(a.MutableUsers.V), why(a.MutableUsers.From))
	bind(&body, nix.Path("users.groups").Append(policy.SSHGroup), nix.AttrSet{}, "only members may log in by ssh")
	bind(&body, nix.Path("users.users"), accounts(h, f))
	shells(h, &body)
	bind(&body, nix.Path("security.sudo"), sudo(h))
	bind(&body, nix.Path("nix.settings"), nixSettings(h))
	f.Body = body
	return f
}

func accounts(h *policy.Host, f *nix.File) nix.AttrSet {
	set := nix.AttrSet{}
	for _, a := range h.Accounts {
		bind(&set, nix.AttrPath{a.Name}, account(h, a, f))
	}
	a := h.Settings.Accounts
	if len(a.RootKeys.Items) > 0 {
		bind(&set, nix.Path("root.openssh.authorizedKeys.keys"), keyLines(a.RootKeys))
	}
	switch {
	case a.RootPassword.IsSet():
		bind(&set, nix.Path("root.hashedPasswordFile"), secretPath(h, string(a.RootPassword.V), f), "root logs in at the console only")
	case !a.MutableUsers.V:
		bind(&set, nix.Path("root.hashedPassword"), nix.String("!"), "nobody logs in as root with a password")
	}
	return set
}

func account(h *policy.Host, a policy.Account, f *nix.File) nix.AttrSet {
	set := nix.AttrSet{nix.Bind("isNormalUser", nix.Bool(true))}
	if a.Comment.IsSet() {
		set = append(set, nix.Bind("description", nix.String(a.Comment.V)))
	}
	groups := schema.Words(a.Groups)
	if slices.Contains(h.Members, a.Name) {
		groups = append(groups, policy.SSHGroup)
	}
	if a.Wheel() {
		groups = append(groups, "wheel")
	}
	if len(groups) > 0 {
		slices.Sort(groups)
		set = append(set, nix.Bind("extraGroups", nix.Strings(slices.Compact(groups)...)))
	}
	if a.Shell.IsSet() && a.Shell.V != "bash" {
		needs(f, "pkgs")
		set = append(set, nix.Bind("shell", nix.Ref{"pkgs", string(a.Shell.V)}))
	}
	if a.Password.IsSet() && h.Secrets.Has(string(a.Password.V)) {
		set = append(set, nix.Bind("hashedPasswordFile", secretPath(h, string(a.Password.V), f)))
	}
	if len(a.Keys.Items) > 0 {
		set = append(set, nix.Bind("openssh.authorizedKeys.keys", keyLines(a.Keys)))
	}
	return set
}

func keyLines(keys schema.List[schema.PublicKey]) nix.List {
	lines := make([]string, len(keys.Items))
	for i, k := range keys.Values() {
		lines[i] = k.Text
	}
	return nix.Strings(lines...)
}

// shells enables the shells that accounts log in with: an account whose shell
// is not set up is refused by sshd and by the console.
func shells(h *policy.Host, body *nix.AttrSet) {
	for _, shell := range []string{"fish", "zsh"} {
		if slices.ContainsFunc(h.Accounts, func(a policy.Account) bool { return string(a.Shell.V) == shell }) {
			bind(body, nix.Path("programs").Append(shell, "enable"), nix.Bool(true), "a login shell must be installed")
		}
	}
}

func sudo(h *policy.Host) nix.AttrSet {
	password := h.Settings.Accounts.SudoPassword
	set := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("execWheelOnly", nix.Bool(true), "only members of wheel can run sudo at all"),
		nix.Bind("wheelNeedsPassword", nix.Bool(password.V), why(password.From)),
	}
	var deploy []string
	for _, a := range h.Accounts {
		if a.Deploy.V {
			deploy = append(deploy, a.Name)
		}
	}
	if len(deploy) == 0 {
		return set
	}
	command := nix.AttrSet{
		nix.Bind("command", nix.String("ALL")),
		nix.Bind("options", nix.Strings("NOPASSWD")),
	}
	rule := nix.AttrSet{
		nix.Bind("users", nix.Strings(deploy...)),
		nix.Bind("commands", nix.Elements(command)),
	}
	return append(set, nix.Bind("extraRules", nix.Elements(rule), "a deployment has no terminal to type a password at"))
}

func nixSettings(h *policy.Host) nix.AttrSet {
	a := h.Settings.Accounts
	set := nix.AttrSet{
		nix.Bind("allowed-users", nix.Strings(schema.Words(a.NixUsers)...), why(a.NixUsers.From)),
		nix.Bind("trusted-users", nix.Strings("root"), "a trusted user is root by another name"),
	}
	if len(a.SigningKeys.Items) > 0 {
		set = append(set, nix.Bind("trusted-public-keys", nix.Strings(schema.Words(a.SigningKeys)...), "store paths signed so are accepted from a deployment"))
	}
	return set
}

// needs adds an argument to a module's head, in the order nixpkgs has them.
func needs(f *nix.File, names ...string) {
	f.Params = append(f.Params, names...)
	slices.Sort(f.Params)
	f.Params = slices.Compact(f.Params)
}
