package drift

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/facts"
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// mayJudge reports whether the document speaks of a concern at all.
func mayJudge(mode schema.Value[schema.Mode]) bool { return mode.V != schema.Own }

// ports finds ports that no access rule opens: F3, and T5 on the tailnet.
func ports(c *comparison) {
	if !mayJudge(c.Firewall.Mode) {
		return
	}
	for _, name := range []string{"allowedTCPPorts", "allowedUDPPorts", "allowedTCPPortRanges", "allowedUDPPortRanges"} {
		for _, o := range c.options("networking.firewall." + name) {
			c.opened(o, "", name, "F3")
		}
		for _, o := range c.options("networking.firewall.interfaces.*." + name) {
			id := "F3"
			if o.Path[3] == policy.TailnetInterface {
				id = "T5"
			}
			c.opened(o, o.Path[3], name, id)
		}
	}
}

// opened reports the ports of a named list that the policy does not open there. An
// interface of "" is every one.
func (c *comparison) opened(o *facts.Option, on, name, id string) {
	protocol := strings.ToLower(name[len("allowed"):len("allowedTCP")])
	where := "every interface"
	if on != "" {
		where = on
	}
	for _, d := range o.Definitions {
		items, _ := o.ValueOf(d).([]any)
		for _, item := range items {
			first, last, ok := portsOf(item)
			if !ok || c.mayOpen(on, protocol, first, last) || holds(list(c.asked(o.Path)), item) {
				continue
			}
			what := fmt.Sprintf("%s/%d", protocol, first)
			if first != last {
				what += fmt.Sprintf("-%d", last)
			}
			d := c.opener(d)
			c.report(id, o.Path, d, fmt.Sprintf("%s is open on %s, and no access rule opens it there: %s", what, where, culprit(&d)),
				"remove it there (a service's openFirewall = false), or write an access rule", text(o.Want), text(o.Found))
		}
	}
}

// opener returns who asked a module of NixOS to open its port, if it is one
// that somebody asked.
func (c *comparison) opener(d facts.Definition) facts.Definition {
	for i := range c.facts.Options {
		if o := &c.facts.Options[i]; o.Module != "" && o.Module == d.File && len(o.Definitions) > 0 {
			return o.Definitions[0]
		}
	}
	return d
}

// portsOf reads a port, or a range of them.
func portsOf(item any) (first, last int64, ok bool) {
	if number, isNumber := item.(json.Number); isNumber {
		n, err := number.Int64()
		return n, n, err == nil
	}
	set, _ := item.(map[string]any)
	from, _ := set["from"].(json.Number)
	to, _ := set["to"].(json.Number)
	first, err := from.Int64()
	last, err2 := to.Int64()
	return first, last, err == nil && err2 == nil
}

// mayOpen reports whether the policy opens ports on an interface, or on every
// one, in the lists that know neither limits nor sources. tailscaled's own port
// is open everywhere.
func (c *comparison) mayOpen(on, protocol string, first, last int64) bool {
	if t := c.facts.Tailscale; protocol == "udp" && first == last && c.Tailscale.Enable.V && t.OpenFirewall && int64(t.Port) == first {
		return true
	}
	for _, o := range c.Openings {
		if o.Limit != nil || o.Sources != nil || !slices.Contains(o.Interfaces, on) {
			continue
		}
		for _, p := range o.Ports {
			if p.Protocol == protocol && int64(p.First) <= first && last <= int64(p.Last) {
				return true
			}
		}
	}
	return false
}

// trustedInterfaces is F1.
func trustedInterfaces(c *comparison) {
	if !mayJudge(c.Firewall.Mode) {
		return
	}
	for _, o := range c.options("networking.firewall.trustedInterfaces") {
		for _, d := range o.Definitions {
			names, _ := o.ValueOf(d).([]any)
			for _, name := range names {
				if name == "lo" || slices.Contains(c.Firewall.Trusted.Values(), schema.InterfaceName(fmt.Sprint(name))) {
					continue
				}
				c.report("F1", o.Path, d, fmt.Sprintf("everything that comes by %s is let in: %s", name, culprit(&d)),
					"remove it there, or say firewall.trusted_interfaces and waive the finding", text(o.Want), text(o.Found))
			}
		}
	}
}

// filters reports what other modules add to the packet filter where generated
// modules set nothing.
func filters(c *comparison) {
	if !mayJudge(c.Firewall.Mode) {
		return
	}
	for _, pattern := range []string{
		"networking.firewall.extraCommands", "networking.firewall.extraForwardRules", "networking.firewall.extraInputRules",
		"networking.nftables.ruleset", "networking.nftables.tables.*.content",
	} {
		c.foreign(pattern, "the document does not ask for these rules")
	}
	if !c.facts.Firewall.Enable && len(c.options("networking.firewall.enable")) == 0 {
		c.report("V1", []string{"networking", "firewall", "enable"}, facts.Definition{}, "the firewall is off", "import the generated modules in this host", "true", "false")
	}
}

// foreign reports every definition of options nobody generated that is not
// NixOS's own.
func (c *comparison) foreign(pattern, why string) {
	for _, o := range c.options(pattern) {
		if o.Concern != "" {
			continue
		}
		for _, d := range o.Definitions {
			value := o.ValueOf(d)
			if ownModule(d.File) || d.Priority >= optionDefault || beyond(nil, value) == nil && !isScalar(value) || value == "" {
				continue
			}
			c.report("V3", o.Path, d, fmt.Sprintf("%s is %s, and %s: %s", nix.AttrPath(o.Path), short(text(value)), why, culprit(&d)),
				"remove it there, or say it in the document", "", text(o.Found))
		}
	}
}

// sshd reports settings of sshd that the document knows nothing of.
func sshd(c *comparison) {
	if !mayJudge(c.SSH.Mode) {
		return
	}
	c.foreign("services.openssh.settings.*", "the document says nothing of it")
	c.foreign("services.openssh.extraConfig", "the document says nothing of it")
	c.foreign("services.openssh.ports", "the document says nothing of it")
	if !c.SSH.Enable.V && c.facts.SSHD.Enable && len(c.options("services.openssh.enable")) > 0 {
		c.foreign("services.openssh.enable", "the document wants no sshd")
	}
}

// kernelParams is K016: of two values the kernel takes the last.
func kernelParams(c *comparison) {
	if !mayJudge(c.Kernel.Mode) {
		return
	}
	for _, o := range c.options("boot.kernelParams") {
		wanted := map[string]string{}
		for _, w := range list(o.Want) {
			name, value, _ := strings.Cut(fmt.Sprint(w), "=")
			wanted[name] = value
		}
		for _, d := range o.Definitions {
			for _, p := range list(d.Value) {
				name, value, _ := strings.Cut(fmt.Sprint(p), "=")
				if want, ok := wanted[name]; ok && want != value {
					c.report("K016", o.Path, d, fmt.Sprintf("the kernel is given %s beside %s=%s, and takes the last: %s", p, name, want, culprit(&d)),
						"remove it there, or write it in kernel.params", text(o.Want), text(o.Found))
				}
			}
		}
	}
}

func list(v any) []any {
	items, _ := v.([]any)
	return items
}
