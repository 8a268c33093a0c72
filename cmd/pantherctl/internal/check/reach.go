package check

import (
	"fmt"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/reach"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/rule"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// whole is a fleet under one rule that is about all of its hosts at once.
type whole struct {
	net     *reach.Network
	answers []reach.Answer // to the document's expectations
	rule    rule.Rule
	found   *[]Finding
}

// wholeJudges is the table of the rules that are judged once for a fleet.
func wholeJudges() []struct {
	rule  string
	judge func(*whole)
} {
	return []struct {
		rule  string
		judge func(*whole)
	}{
		{"R1", refusedByHost},
		{"R2", grantedToNobody},
		{"R3", usedByNobody},
		{"R4", notSent},
		{"T26", ledNowhere},
		{"X1", contradicted},
		{"X2", cannotFail},
		{"X3", cannotJudge},
	}
}

// judgeWhole judges the rules about a whole fleet.
func judgeWhole(fleet *policy.Fleet, rules map[string]rule.Rule, found *[]Finding) {
	if len(fleet.Access.Items)+len(fleet.Expect.Items) == 0 {
		return
	}
	net := reach.New(fleet)
	answers := net.Expectations()
	for _, j := range wholeJudges() {
		j.judge(&whole{net: net, answers: answers, rule: rules[j.rule], found: found})
	}
}

func (w *whole) report(host string, at schema.Origin, path, message, hint string) {
	*w.found = append(*w.found, Finding{
		Rule: w.rule.ID, Severity: w.rule.Severity, Host: host, Path: path, Pos: at.Pos,
		Message: message, Hint: hint, Status: Fail,
	})
}

// refusedByHost is R1.
func refusedByHost(w *whole) {
	for _, d := range w.net.Refused() {
		for _, target := range d.Targets {
			if target == d.Src {
				continue
			}
			why, hint := "its firewall refuses "+d.Ports.String(), "withdraw the service from the rule for this host"
			if d.Service == "ssh" && !target.Host.SSH.Enable.V {
				why, hint = "no sshd runs there", fmt.Sprintf("set hosts.%s.ssh.enable: true, or leave the host out of the rule", target.Name)
			}
			w.report(target.Name, d.At, fmt.Sprintf("access[%d].allow", d.Rule),
				fmt.Sprintf("the tailnet grants %s to %s on %s, and %s", d.Service, d.Src.Title(), target.Name, why), hint)
		}
	}
}

// grantedToNobody is R2.
func grantedToNobody(w *whole) {
	for _, a := range w.net.Accidents() {
		for _, target := range a.Targets {
			w.report(target.Name, a.Door.From, target.Host.Path("firewall"),
				fmt.Sprintf("the firewall lets everybody in the tailnet use %s (%s), and the tailnet's policy grants that to nobody", a.Ports, a.Door.What),
				"withdraw what opens it, or name somebody in the tailnet who uses it")
		}
	}
}

// usedByNobody is R3.
func usedByNobody(w *whole) {
	for _, i := range w.net.Unused() {
		w.report(schema.Everyone, w.net.Fleet.Access.Items[i].From, fmt.Sprintf("access[%d]", i),
			"nobody can use this rule: no two members that it names meet on the side it is about",
			"remove it, or name members and a side that meet")
	}
}

// notSent is R4.
func notSent(w *whole) {
	seen := map[string]bool{}
	for _, d := range w.net.Unsent() {
		key := fmt.Sprint(d.At.Pos, d.For, d.Src.Name)
		if seen[key] {
			continue
		}
		seen[key] = true
		w.report(d.Src.Name, d.At, fmt.Sprintf("access[%d].allow", d.Rule),
			fmt.Sprintf("%s may use %s of %s over the %s, and its own firewall does not let %s out (%s)", d.Src.Name, d.Service, d.Targets[0].Name, d.Side, d.Ports, d.Egress),
			fmt.Sprintf("add %s to hosts.%s.firewall.egress.allow, or withdraw the rule", d.Service, d.Src.Name))
	}
}

// ledNowhere is T26.
func ledNowhere(w *whole) {
	for _, u := range w.net.Unrouted() {
		w.report(schema.Everyone, u.At, fmt.Sprintf("access[%d].to", u.Rule),
			fmt.Sprintf("no host advertises %s", u.Network.Title()), fmt.Sprintf("set tailscale.routes: [%s] for the host that is in it", u.Network.Name))
	}
}

// contradicted is X1.
func contradicted(w *whole) {
	for _, a := range w.answers {
		if len(a.Broken) == 0 {
			continue
		}
		e := w.net.Fleet.Expect.Items[a.Index].V
		b, pairs := a.Broken[0], 0
		for _, x := range a.Broken {
			pairs += x.Pairs
		}
		more := ""
		if pairs > 1 {
			more = fmt.Sprintf("; %d more like this", pairs-1)
		}
		says, hint := "must not reach", "withdraw what opens it, or change the expectation"
		if e.Allow.IsSet() {
			says, hint = "must reach", "add an access rule that opens it, or change the expectation"
		}
		over := ""
		if b.Side != "" {
			over = fmt.Sprintf(" over the %s", b.Side)
		}
		w.report(schema.Everyone, a.From, fmt.Sprintf("expect[%d]", a.Index),
			fmt.Sprintf("%s %s %s of %s%s: %s%s", b.Src.Title(), says, b.Service, b.Dst.Title(), over, b.Why, more), hint)
	}
}

// cannotFail is X2.
func cannotFail(w *whole) {
	for _, a := range w.answers {
		why := ""
		switch {
		case a.Pairs == 0:
			why = "it names no two members: a role without hosts, or one host alone"
		case !a.Meets:
			why = "no two members that it names meet that way, or none of those reached has the service"
		default:
			continue
		}
		w.report(schema.Everyone, a.From, fmt.Sprintf("expect[%d]", a.Index), "this cannot fail: "+why, "name members and a way that exist, or remove it")
	}
}

// cannotJudge is X3.
func cannotJudge(w *whole) {
	for _, a := range w.answers {
		if len(a.Unknown) > 0 {
			b := a.Unknown[0]
			w.report(schema.Everyone, a.From, fmt.Sprintf("expect[%d]", a.Index),
				fmt.Sprintf("whether %s reaches %s of %s is not known: %s", b.Src.Title(), b.Service, b.Dst.Title(), b.Why),
				"set firewall.mode: generate or report there")
		}
	}
}
