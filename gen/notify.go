package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// notifyModule is where the module that notify.nix imports stands.
const notifyModule = "modules/notify.nix"

// notify is the module of notifications.
func notify(h *policy.Host) *nix.File {
	n := h.Notify
	if !n.Enable.V {
		return nil
	}
	f := &nix.File{}
	settings := nix.AttrSet{
		nix.Bind("via", nix.String(n.Via.V), why(n.Via.From)),
		nix.Bind("target", secretPath(h, string(n.Target.V), f), "where to and with which token"),
		nix.Bind("every", nix.Int(n.Every.V.Seconds()), why(n.Every.From)),
	}
	if units := h.NotifyUnits(); len(units) > 0 {
		settings = append(settings, nix.Bind("units", nix.Strings(units...), "told when systemd gives one of them up"))
	}
	if patterns := eventPatterns(n); len(patterns) > 0 {
		settings = append(settings, nix.Bind("patterns", patterns))
	}
	f.Body = nix.AttrSet{
		nix.Bind("imports", nix.Elements(nix.PathLit("../../"+notifyModule))),
		nix.Binding{Blank: true, Path: nix.Path("pantherctl.notify"), Value: settings},
	}
	return f
}

// eventPatterns are what sshd (OpenSSH 10) and sudo (1.9) write about events.
// A key that is tried and refused is none: an agent offers several.
func eventPatterns(n schema.Notify) nix.List {
	patterns := map[schema.Event]struct{ why, pattern string }{
		"login":   {"somebody logged in by SSH", "Accepted (publickey|password|keyboard-interactive) for"},
		"refused": {"somebody was not let in", "Invalid user|not allowed because|maximum authentication attempts exceeded"},
		"sudo":    {"somebody may not become root", "NOT in sudoers|incorrect password attempt"},
	}
	list := nix.List{}
	for _, e := range n.Events.Values() {
		p := patterns[e]
		list = append(list, nix.Element{Doc: []string{p.why}, Value: nix.String(p.pattern)})
	}
	return list
}
