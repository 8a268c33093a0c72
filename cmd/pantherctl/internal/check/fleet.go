package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
	"github.com/pantherctl/pantherctl/schema/suggest"
)

// noBreakGlass is B1.
func noBreakGlass(s *subject) {
	if s.onlyTailnet() && !s.hasConsole() {
		s.report(s.BreakGlass.Console.From, s.Path("break_glass"),
			"the host is reachable only through the tailnet: an expired key, a logout or a wrong policy ends every access",
			"name the console, break_glass: the provider's console; or set break_glass: { lan: true } or { port: 2222 }")
	}
}

// onlyTailnet reports whether people log in through the tailnet and from
// nowhere else.
func (s *subject) onlyTailnet() bool {
	var sides []schema.Side
	if ssh(s.Host) {
		sides = s.sshSides()
	}
	if s.tailscaleSSH() {
		sides = append(sides, schema.Tailnet)
	}
	elsewhere := func(side schema.Side) bool { return side != schema.Tailnet }
	return len(sides) > 0 && !slices.ContainsFunc(sides, elsewhere)
}

// hasConsole reports whether the document names a console of the host.
func (s *subject) hasConsole() bool {
	return strings.TrimSpace(string(s.BreakGlass.Console.V)) != ""
}

// leftToOwnModule is M1.
func leftToOwnModule(s *subject) {
	for _, c := range []struct {
		name string
		mode schema.Value[schema.Mode]
	}{
		{"firewall", s.Firewall.Mode},
		{"ssh", s.SSH.Mode},
		{"ssh_client", s.SSHClient.Mode},
		{"tailscale", s.Tailscale.Mode},
		{"kernel", s.Kernel.Mode},
		{"persistence", s.Persistence.Mode},
		{"disk", s.Disk.Mode},
		{"accounts", s.Settings.Accounts.Mode},
		{"swap", s.Swap.Mode},
		{"time", s.Time.Mode},
		{"backup", s.Backup.Mode},
		{"upgrade", s.Upgrade.Mode},
		{"journal", s.Journal.Mode},
		{"wifi", s.Wifi.Mode},
		{"audit", s.Audit.Mode},
		{"logs", s.Logs.Mode},
		{"notify", s.Notify.Mode},
		{"metrics", s.Metrics.Mode},
		{"selfcheck", s.Selfcheck.Mode},
		{"incident", s.Incident.Mode},
	} {
		if c.mode.V == schema.Own {
			s.report(c.mode.From, s.Path(c.name+".mode"), fmt.Sprintf("%s is left to a module of your own, and not judged here", c.name),
				"set mode: report to have the evaluated host judged")
		}
	}
}

// waive marks the findings that waivers accept and returns what is wrong with
// the waivers themselves: W1, W2 and W3.
func waive(found []Finding, fleet *policy.Fleet, in Input) []Finding {
	var about []Finding
	for i, w := range fleet.Waivers {
		report := func(id string, at schema.Origin, key, message, hint string) {
			r, _ := rule.Find(id)
			about = append(about, Finding{
				Rule: id, Severity: r.Severity, Host: string(w.Host.V), Path: fmt.Sprintf("waivers[%d].%s", i, key), Pos: at.Pos,
				Message: message, Hint: hint, Status: Fail,
			})
		}
		r, known := rule.Find(string(w.Rule.V))
		host := string(w.Host.V)
		_, isHost := fleet.Host(host)
		switch {
		case !known:
			report("W3", w.Rule.From, "rule", fmt.Sprintf("there is no rule %q: nothing is waived", string(w.Rule.V)), didYouMean(rule.Nearest(string(w.Rule.V)), "pantherctl rules lists them all"))
		case !isHost && host != schema.Everyone:
			report("W3", w.Host.From, "host", fmt.Sprintf("there is no host %q: nothing is waived", host), didYouMean(suggest.Nearest(host, fleet.Fleet.Hosts.Keys()), "name a host of the fleet, or everyone"))
		case in.JudgeDates && in.AsOf.Format(time.DateOnly) > w.Until.V.String():
			report("W1", w.Until.From, "until", fmt.Sprintf("the waiver of %s ended on %s: its findings count again", r.ID, w.Until.V), "fix the finding, or decide anew and write a later date")
		case !accept(found, r.ID, host) && judged(r, host, fleet, in):
			report("W2", w.Rule.From, "rule", fmt.Sprintf("%s finds nothing here: the waiver would hide the finding when it comes back", r.ID), "remove the waiver")
		}
	}
	return about
}

// accept marks the findings of a rule on a host and reports whether there are
// any, or may be where nobody could look.
func accept(found []Finding, id, host string) bool {
	met := false
	for i := range found {
		if f := &found[i]; f.Rule == id && (f.Host == host || host == schema.Everyone) {
			if f.Status == Fail {
				f.Status = Waived
			}
			met = true
		}
	}
	return met
}

// judged reports whether a rule has been judged on all that a waiver is about:
// on the document, and where the rule asks for it on the evaluated hosts.
func judged(r rule.Rule, host string, fleet *policy.Fleet, in Input) bool {
	if r.JudgedAt(rule.Document) && (r.ID != "S1" || in.Secrets != nil) {
		return true
	}
	if !r.JudgedAt(rule.Evaluated) {
		return false
	}
	unseen := func(h *policy.Host) bool { return (host == schema.Everyone || host == h.Name) && !in.Compared[h.Name] }
	return !slices.ContainsFunc(fleet.Hosts, unseen)
}

func didYouMean(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return fmt.Sprintf("did you mean %q?", name)
}
