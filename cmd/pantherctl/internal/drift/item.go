package drift

import (
	"fmt"
	"slices"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/nix"
)

// item judges one value that a generated module sets.
func (c *comparison) item(o *facts.Option) {
	i := Item{
		Option: nix.AttrPath(o.Path).String(), Concern: o.Concern, Rule: deviates(o), Status: status(o),
		option: o, stale: slices.Contains(c.stale, o.Concern),
	}
	if i.stale {
		i.Status = Unchecked
	}
	by := blamed(o)
	if by != nil {
		i.File, i.Priority = file(by.File), by.Priority
	}
	c.result.Items = append(c.result.Items, i)
	switch {
	case i.stale:
	case i.Status != Fail:
		c.added(o, i.Option)
	case !o.Declared:
		c.report("V2", o.Path, facts.Definition{}, i.Option+" does not exist on this host: the module that has it is not imported",
			"import the generated folder as pantherctl generate says, and the inputs its default.nix asks for", i.Want(), "")
	case by == nil:
		c.report(i.Rule, o.Path, facts.Definition{}, fmt.Sprintf("%s is %s, which nobody set: the policy wants %s", i.Option, short(i.Got()), short(i.Want())),
			"import the generated modules in this host, and generate them anew", i.Want(), i.Got())
	default:
		c.report(i.Rule, o.Path, *by, fmt.Sprintf("%s is %s, and the policy wants %s: %s", i.Option, short(i.Got()), short(i.Want()), culprit(by)),
			"remove it there, say it in the document, or waive the finding", i.Want(), i.Got())
	}
}

// deviates returns the rule that a value breaks by being another one.
func deviates(o *facts.Option) string {
	switch {
	case begins(o.Path, []string{"boot", "kernel", "sysctl"}):
		return "K017"
	case begins(o.Path, []string{"networking", "firewall", "interfaces"}):
		return "T4"
	case matches(o.Path, []string{"networking", "nftables", "enable"}):
		return "A7"
	}
	return "V1"
}

// status compares what is there with what is wanted. A value that its option
// changes, as a list of paths that becomes sets, counts by its definitions.
func status(o *facts.Option) Status {
	switch {
	case !o.Declared:
		return Fail
	case o.Want == nil && o.Found == nil:
		return Unchecked
	case covers(o.Want, o.Found), slices.ContainsFunc(o.Definitions, func(d facts.Definition) bool { return equal(d.Value, o.Want) }):
		return Pass
	}
	return Fail
}

// blamed returns the definition that made a value what it is, or nil if that
// is the option's own default. Among several it is the one that differs.
func blamed(o *facts.Option) *facts.Definition {
	var found *facts.Definition
	for i := range o.Definitions {
		d := &o.Definitions[i]
		if d.Priority < optionDefault && (found == nil || ownModule(found.File) || equal(found.Value, o.Want)) {
			found = d
		}
	}
	return found
}

// closed are the options to which nobody may add behind the policy's back: what
// another module adds there lets somebody in. To other lists adding does no
// harm.
var closed = []string{
	"boot.initrd.network.ssh.authorizedKeys",
	"networking.firewall.extraForwardRules",
	"networking.firewall.extraInputRules",
	"networking.nat.internalInterfaces",
	"networking.nftables.tables.*.content",
	"nix.settings.allowed-users",
	"nix.settings.trusted-public-keys",
	"nix.settings.trusted-users",
	"security.sudo.extraConfig",
	"security.sudo.extraRules",
	"services.fail2ban.ignoreIP",
	"services.openssh.authorizedKeysFiles",
	"services.openssh.extraConfig",
	"services.openssh.ports",
	"services.openssh.settings.*",
	"services.tailscale.extraDaemonFlags",
	"services.tailscale.extraSetFlags",
	"services.tailscale.extraUpFlags",
	"users.users.*.openssh.authorizedKeys.keys",
}

// added reports what others add to a list or text that a generated module sets.
func (c *comparison) added(o *facts.Option, name string) {
	if !slices.ContainsFunc(c.closed, func(pattern []string) bool { return matches(o.Path, pattern) }) {
		return
	}
	for _, d := range o.Definitions {
		if extra := beyond(c.asked(o.Path), o.ValueOf(d)); extra != nil && !ownModule(d.File) {
			c.report("V3", o.Path, d, fmt.Sprintf("%s has %s, which the policy does not ask for: %s", name, short(text(extra)), culprit(&d)),
				"remove it there, or say it in the document", text(o.Want), text(o.Found))
		}
	}
}

// unasked reports nothing was compared if the facts do not tell of options.
func unasked(c *comparison) {
	if len(c.facts.Options) == 0 {
		c.report("V8", nil, facts.Definition{}, "no value was compared: the facts do not say who set what",
			"make them anew: pantherctl check --save-facts FILE", "", "")
	}
}
