package drift

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// powerful are groups whose members are root by one command more.
var powerful = []string{"wheel", "docker", "disk", "incus-admin", "kmem", "libvirtd", "lxd", "nixbld", "podman", "root", "shadow"}

// accounts finds accounts that the document does not know, and rights that it
// does not give: V4.
func accounts(c *comparison) {
	if !mayJudge(c.Settings.Accounts.Mode) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(c.facts.Users.Accounts)) {
		a := c.facts.Users.Accounts[name]
		known, ok := c.Account(name)
		switch {
		case name == "root" || a.IsSystemUser && len(a.Keys) == 0 && len(c.groups(a)) == 0:
		case strings.HasPrefix(name, "nixbld"):
		case !ok:
			c.stranger(a)
		default:
			c.rights(a, known)
		}
	}
}

// stranger reports an account that nobody wrote down.
func (c *comparison) stranger(a facts.Account) {
	if !a.IsNormalUser && len(a.Keys) == 0 && len(c.groups(a)) == 0 {
		return
	}
	message := "has an account that the document does not know"
	if groups := c.groups(a); len(groups) > 0 {
		message += ", in " + strings.Join(groups, ", ")
	}
	if len(a.Keys) == 0 && len(a.KeyFiles) == 0 {
		message += ", without a key"
	}
	d := c.definer("users.users." + a.Name)
	c.report("V4", []string{"users", "users", a.Name}, d, fmt.Sprintf("%s %s: %s", a.Name, message, culprit(&d)),
		fmt.Sprintf("remove it there, or write users.%s in the document", a.Name), "", text(words(c.groups(a))))
}

// rights reports groups that make more of an account than the document does.
func (c *comparison) rights(a facts.Account, known policy.Account) {
	for _, group := range c.groups(a) {
		if group == "wheel" && known.Wheel() || slices.ContainsFunc(known.Groups.Items, func(g schema.Value[schema.UserName]) bool { return string(g.V) == group }) {
			continue
		}
		option := []string{"users", "users", a.Name, "extraGroups"}
		d := c.definerOf(option, group)
		if !slices.Contains(a.ExtraGroups, group) {
			option = []string{"users", "groups", group, "members"}
			d = c.definerOf(option, a.Name)
		}
		c.report("V4", []string{"users", "users", a.Name}, d, fmt.Sprintf("%s is in %s, which the document does not say: %s", a.Name, group, culprit(&d)),
			fmt.Sprintf("remove it there, or write users.%s.groups (admin: true for wheel)", a.Name), "", text(words(a.ExtraGroups)))
	}
}

// groups are the powerful groups of an account.
func (c *comparison) groups(a facts.Account) []string {
	var in []string
	for _, group := range powerful {
		if a.Group == group || slices.Contains(a.ExtraGroups, group) || slices.Contains(c.facts.Users.Groups[group].Members, a.Name) {
			in = append(in, group)
		}
	}
	return in
}

// definer returns the first definition below a path that is not NixOS's own.
func (c *comparison) definer(path string) facts.Definition {
	prefix := strings.Split(path, ".")
	for i := range c.facts.Options {
		o := &c.facts.Options[i]
		if !begins(o.Path, prefix) {
			continue
		}
		for _, d := range o.Definitions {
			if !ownModule(d.File) && d.Priority < optionDefault {
				return d
			}
		}
	}
	return facts.Definition{}
}

// definerOf returns the definition of an option that holds a word.
func (c *comparison) definerOf(path []string, item string) facts.Definition {
	for _, o := range c.index.at(path) {
		for _, d := range o.Definitions {
			value := o.ValueOf(d)
			if text, ok := value.(string); holds(list(value), item) || ok && slices.Contains(strings.Fields(text), item) {
				return d
			}
		}
	}
	return facts.Definition{}
}

// passwords finds passwords in the store, where everybody on the host reads
// them: V5.
func passwords(c *comparison) {
	if !mayJudge(c.Settings.Accounts.Mode) {
		return
	}
	for _, option := range []string{"hashedPassword", "initialHashedPassword", "initialPassword", "password"} {
		for _, o := range c.options("users.users.*." + option) {
			if o.Concern != "" || o.Found != true {
				continue
			}
			d := firstForeign(o)
			if d == nil || c.facts.Users.Accounts[o.Path[2]].Locked && option == "hashedPassword" {
				continue
			}
			c.report("V5", o.Path, *d, fmt.Sprintf("the password of %s, or its hash, lies in the store for everybody to read: %s", o.Path[2], culprit(d)),
				fmt.Sprintf("name a secret: users.%s.password", o.Path[2]), "null", "")
		}
	}
}

func firstForeign(o *facts.Option) *facts.Definition {
	for i := range o.Definitions {
		if d := &o.Definitions[i]; !ownModule(d.File) && d.Priority < optionDefault {
			return d
		}
	}
	return nil
}

// sudoers reports rules of sudo that others add where none are generated.
func sudoers(c *comparison) {
	if mayJudge(c.Settings.Accounts.Mode) {
		c.foreign("security.sudo.extraRules", "the document does not give these rights")
		c.foreign("security.sudo.extraConfig", "the document does not give these rights")
		c.foreign("nix.settings.trusted-users", "a trusted user is root by another name")
	}
}

func words(list []string) []any {
	items := make([]any, len(list))
	for i, s := range list {
		items[i] = s
	}
	return items
}
