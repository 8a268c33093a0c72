package lab

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/policy"
)

// Topic is what of an sshd went differently.
type Topic string

// The topics.
const (
	WhoEnters Topic = "who may log in"
	Offers    Topic = "what sshd offers"
	Bans      Topic = "fail2ban"
)

// An SSHFinding is what went differently at an sshd than the document says.
type SSHFinding struct {
	Host    string
	Topic   Topic
	Message string
	Story   string // in sshd's own words
	Unknown bool   // nobody could look
}

// Judge compares what sshds did with the document.
func (p *SSHPlan) Judge(reports []SSHDReport) []SSHFinding {
	var all []SSHFinding
	for i, r := range reports {
		h, _ := p.fleet.Host(r.Host)
		j := &sshJudge{SSHPlan: p, report: r, host: h}
		switch {
		case r.LeftOut != "":
			j.unknown(WhoEnters, "nobody tried to log in: "+r.LeftOut)
			if r.Fault == "" {
				j.offer()
			} else {
				j.unknown(Offers, "without other accounts sshd does not work: "+r.Fault)
			}
		case r.Fault != "":
			j.fail(Offers, "nobody can speak to sshd"+p.SSHDs[i].whySilent(r.Fault), r.Fault)
		default:
			j.offer()
			j.logins(p.Expected[i])
			j.forwards()
			j.bans()
		}
		all = append(all, j.found...)
	}
	return all
}

type sshJudge struct {
	*SSHPlan
	report SSHDReport
	host   *policy.Host
	found  []SSHFinding
}

func (j *sshJudge) fail(t Topic, message, story string) {
	j.found = append(j.found, SSHFinding{Host: j.report.Host, Topic: t, Message: message, Story: story})
}

func (j *sshJudge) unknown(t Topic, message string) {
	j.found = append(j.found, SSHFinding{Host: j.report.Host, Topic: t, Message: message, Unknown: true})
}

// offer judges the first message of sshd. The document says which key exchanges
// there are; ciphers and MACs that are broken nobody should offer.
func (j *sshJudge) offer() {
	o := j.report.Offer
	for _, k := range o.Kex {
		quantum := strings.HasPrefix(k, "mlkem") || strings.HasPrefix(k, "sntrup")
		signal := k == "ext-info-s" || strings.HasPrefix(k, "kex-strict-")
		compatible := j.host.SSH.Kex.V == "compat" && strings.HasPrefix(k, "curve25519")
		if !quantum && !signal && !compatible {
			j.fail(Offers, fmt.Sprintf("sshd offers the key exchange %s, and the document says %s", k, j.host.SSH.Kex.V), "")
		}
	}
	for _, name := range slices.Concat(o.Ciphers, o.MACs) {
		if slices.ContainsFunc([]string{"cbc", "arcfour", "md5", "sha1", "-96"}, func(bad string) bool { return strings.Contains(name, bad) }) {
			j.fail(Offers, "sshd offers "+name, "")
		}
	}
}

// whySilent adds what sshd's own words for having no host key to offer leave
// out.
func (d SSHD) whySilent(fault string) string {
	if !strings.Contains(fault, "No supported key exchange algorithms") {
		return ""
	}
	for line := range strings.Lines(d.Config) {
		if name, list, _ := strings.Cut(strings.TrimSpace(line), " "); strings.EqualFold(name, "HostKeyAlgorithms") {
			return fmt.Sprintf(": it has a host key of type %s, and of HostKeyAlgorithms (%s) none is for a plain key of that type",
				strings.Join(d.KeyTypes, ", "), list)
		}
	}
	return ""
}

// logins judges who got in, a finding for each account and direction.
func (j *sshJudge) logins(expected []LoginExpectation) {
	type kind struct {
		user string
		in   bool
	}
	var (
		order   []kind
		keys    = map[kind][]string{}
		stories = map[kind]string{}
		asked   = map[string]bool{}
	)
	for i, e := range expected {
		got := j.report.Logins[i]
		asked["a password"] = asked["a password"] || got.Password
		asked["answers to questions"] = asked["answers to questions"] || got.Interactive
		if got.Accepted == e.Accepted {
			continue
		}
		k, which := kind{e.User, got.Accepted >= 0}, e.Accepted
		if k.in {
			which = got.Accepted
		}
		if keys[k] == nil {
			order = append(order, k)
			stories[k] = got.Log
			if stories[k] == "" {
				stories[k] = got.Error
			}
		}
		keys[k] = append(keys[k], j.name(which))
	}
	for _, k := range order {
		said := "is refused, and the document lets them in"
		if k.in {
			said = "gets in, and the document does not let them"
		}
		j.fail(WhoEnters, fmt.Sprintf("%s with %s %s", k.user, strings.Join(keys[k], ", "), said), stories[k])
	}
	for _, what := range []string{"a password", "answers to questions"} {
		if asked[what] {
			j.fail(Offers, "sshd asks for "+what+", and the document has only keys log in", "")
		}
	}
}

func (j *sshJudge) name(identity int) string {
	if identity < len(j.names) {
		return j.names[identity]
	}
	return "a key that nobody has authorized"
}

func (j *sshJudge) forwards() {
	var wanted []string
	switch j.host.SSH.TCPForwarding.V {
	case "local":
		wanted = []string{"local"}
	case "yes":
		wanted = []string{"local", "remote"}
	}
	entered := slices.ContainsFunc(j.report.Logins, func(l LoginResult) bool { return l.Accepted >= 0 })
	if entered && !slices.Equal(wanted, j.report.Forward) {
		j.fail(Offers, fmt.Sprintf("sshd forwards [%s], and the document says [%s]", strings.Join(j.report.Forward, " "), strings.Join(wanted, " ")), "")
	}
}

func (j *sshJudge) bans() {
	switch said := j.report.Bans; {
	case said == "":
	case j.report.Unread:
		j.fail(Bans, "fail2ban's filter understands nothing of what sshd logs of refused logins", said)
	case !strings.HasPrefix(said, "of "):
		j.unknown(Bans, "nobody asked fail2ban's filter: "+said)
	}
}

// Unasked are the findings of a plan whose sshds nobody could run.
func (p *SSHPlan) Unasked(why string) []SSHFinding {
	var all []SSHFinding
	for _, d := range p.SSHDs {
		all = append(all, SSHFinding{Host: d.Host, Topic: WhoEnters, Message: "nobody tried to log in: " + why, Unknown: true})
	}
	return all
}
