package gen

import (
	"fmt"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// audit is the module of the audit trail. The daemon alone would do nothing:
// before 25.11 NixOS turns the kernel's auditing off unless it is asked for
// too.
func audit(h *policy.Host) *nix.File {
	a := h.Audit
	if !a.Enable.V {
		return nil
	}
	var enable nix.Expr = nix.Bool(true)
	if a.Lock.V {
		enable = nix.String("lock")
	}
	rules := nix.List{{Doc: []string{"a file that is not there must not keep the rules below from loading"}, Value: nix.String("-i")}}
	for _, r := range a.Rules.Values() {
		rules = append(rules, nix.Element{Value: nix.String(r)})
	}
	kernel := nix.AttrSet{
		nix.Bind("enable", enable, "the kernel makes the events"),
		nix.Bind("backlogLimit", nix.Int(a.Backlog.V), why(a.Backlog.From)),
		nix.Bind("rateLimit", nix.Int(a.RateLimit.V), why(a.RateLimit.From)),
		nix.Bind("failureMode", nix.String("printk"), "lost events are told in the kernel log; a panic would serve an attacker"),
	}
	bind(&kernel, nix.Path("rules"), rules)
	always := nix.AttrSet{nix.Bind("security.audit", kernel)}
	bind(&always, nix.Path("security.auditd.enable"), nix.Bool(true), "the daemon keeps them; without it they flood the kernel log")
	parts := nix.Elements(append([]nix.Expr{always}, auditd(h)...)...)
	return &nix.File{Params: []string{"lib", "options"}, Body: nix.AttrSet{nix.Bind("config", nix.Call("lib.mkMerge", parts))}}
}

// auditd is the daemon's own configuration. Without one it writes a single
// file without end. NixOS has options for it since 25.11.
func auditd(h *policy.Host) []nix.Expr {
	settings, text := nix.AttrSet{}, ""
	set := func(key string, value nix.Expr, plain string, doc ...string) {
		settings = append(settings, nix.Bind(key, value, doc...))
		text += key + " = " + plain + "\n"
	}
	number := func(key string, n int, doc string) { set(key, nix.Int(n), fmt.Sprint(n), doc) }
	word := func(key, value string, doc ...string) { set(key, nix.String(value), value, doc...) }
	number("max_log_file", int(h.Audit.FileSize.V), "megabytes")
	number("num_logs", int(h.Audit.Files.V), why(h.Audit.Files.From))
	word("max_log_file_action", "rotate")
	word("space_left", "10%", "a disk that fills up is told, and never stops the host")
	word("space_left_action", "syslog")
	word("admin_space_left", "5%")
	word("admin_space_left_action", "syslog")
	word("disk_full_action", "syslog")
	word("disk_error_action", "syslog")
	return nix.OptionalAttrs(nix.Path("security.auditd.settings"),
		nix.AttrSet{nix.Bind("security.auditd.settings", settings)},
		nix.AttrSet{nix.Binding{Path: nix.Path("environment.etc").Append("audit/auditd.conf", "text"), Value: nix.String(text)}})
}
