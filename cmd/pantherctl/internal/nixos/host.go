package nixos

import (
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
)

// users are the accounts and groups that modules name, with the numbers that
// NixOS has for root, wheel and users (nixos/modules/misc/ids.nix).
func (o *option) users() facts.Users {
	u := facts.Users{
		MutableUsers: o.find("users.mutableUsers").boolean(true),
		Accounts:     map[string]facts.Account{}, Groups: map[string]facts.Group{},
	}
	root := 0
	u.Accounts["root"] = facts.Account{Name: "root", UID: &root, Group: "root"}
	for name, id := range map[string]int{"root": 0, "wheel": 1, "users": 100} {
		u.Groups[name] = facts.Group{GID: &id}
	}
	for _, name := range o.find("users.users").names() {
		from, a := o.find("users.users").at(name), u.Accounts[name]
		a.Name = name
		if a.IsNormalUser = from.at("isNormalUser").boolean(false); a.IsNormalUser {
			a.Group = "users"
		}
		a.ExtraGroups = from.at("extraGroups").strings()
		a.Keys = from.find("openssh.authorizedKeys.keys").strings()
		u.Accounts[name] = a
	}
	for _, name := range o.find("users.groups").names() {
		g := u.Groups[name]
		g.Members = o.find("users.groups").at(name, "members").strings()
		u.Groups[name] = g
	}
	for _, a := range u.Accounts {
		for _, name := range a.ExtraGroups {
			if g, ok := u.Groups[name]; ok && !slices.Contains(g.Members, a.Name) {
				g.Members = append(g.Members, a.Name)
				slices.Sort(g.Members)
				u.Groups[name] = g
			}
		}
	}
	return u
}

// sysctls are the settings of the network.
func (o *option) sysctls() map[string]any {
	all, set := map[string]any{}, o.find("boot.kernel.sysctl")
	for _, key := range set.names() {
		if strings.HasPrefix(key, "net.") {
			all[key] = set.at(key).value(nil)
		}
	}
	return all
}
