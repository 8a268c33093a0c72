package tailnet

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	sshAccept = "accept"
	sshCheck  = "check"

	localpartPrefix = "localpart:*@"

	// maxCheckPeriod is the service's: one week.
	maxCheckPeriod = 168 * time.Hour
)

func (v *validator) ssh() *Rejection {
	for _, r := range v.policy.SSH {
		for _, check := range []func(SSHRule) *Rejection{
			v.sshAction, v.sshUsers, v.sshEnv, v.sshSources, v.sshDestinations, v.sshPairs,
		} {
			if rej := check(r); rej != nil {
				return rej
			}
		}
		if rej := v.postures(r.SrcPosture); rej != nil {
			return rej
		}
	}
	return nil
}

func (v *validator) sshAction(r SSHRule) *Rejection {
	action := strings.TrimSpace(r.Action.Value)
	switch action {
	case sshAccept, sshCheck:
	case "":
		return reject(orAt(r.Action.At, r.At), noActionGiven)
	default:
		return reject(r.Action.At, fmt.Sprintf(sshBadAction, action))
	}
	period := r.CheckPeriod.Value
	if r.CheckPeriod == (Text{}) {
		return nil
	}
	if period != "always" {
		d, err := time.ParseDuration(period)
		switch {
		case err != nil:
			return reject(r.CheckPeriod.At, err.Error())
		case action == sshCheck && d < 0:
			return reject(r.CheckPeriod.At, fmt.Sprintf(periodNegative, d))
		case action == sshCheck && d > maxCheckPeriod:
			return reject(r.CheckPeriod.At, fmt.Sprintf(periodAboveMax, d))
		}
	}
	if action != sshCheck {
		return reject(r.CheckPeriod.At, periodNotCheck)
	}
	return nil
}

// sshUsers refuses nothing but the empty name and "*": autogroups, groups and
// odd localparts are names of login users to the service.
func (v *validator) sshUsers(r SSHRule) *Rejection {
	if len(r.Users) == 0 {
		return reject(r.At, sshUsersMissing)
	}
	for _, u := range r.Users {
		name := strings.TrimSpace(u.Value)
		if name == "" || name == "*" {
			return reject(u.At, fmt.Sprintf(sshBadUser, name))
		}
		if domain, ok := localpartDomain(name); ok && !v.net.hasDomain(domain) {
			return reject(u.At, fmt.Sprintf(foreignDomain, domain))
		}
	}
	return nil
}

// localpartDomain is the DOMAIN of "localpart:*@DOMAIN": everyone of that
// domain may log in as the part of the own address before the @.
func localpartDomain(user string) (string, bool) {
	domain, ok := strings.CutPrefix(user, localpartPrefix)
	return domain, ok && domain != "" && !strings.Contains(domain, "@")
}

func (v *validator) sshEnv(r SSHRule) *Rejection {
	for _, e := range r.AcceptEnv {
		if e.Value == "" {
			return reject(e.At, emptyAcceptEnv)
		}
	}
	return nil
}

func (v *validator) sshSources(r SSHRule) *Rejection {
	for _, t := range r.Src {
		s := parseSelector(t)
		switch {
		case s.kind == user, s.kind == domainUser, s.kind == group, s.kind == tag:
		case s.is(autogroupSelf):
			return reject(t.At, selfAsSource)
		case s.kind == autogroup && isSourceAutogroup(s.name) && s.name != autogroupDangerAll:
		default:
			return reject(t.At, fmt.Sprintf(sshInvalidSrc, s.name))
		}
		if err := v.known(s); err != nil {
			return reject(t.At, err.Error())
		}
		if strings.TrimSpace(r.Action.Value) == sshCheck && (s.kind == tag || s.is(autogroupTagged)) {
			// Nobody is there to log in again (tailscale/tailscale#9660).
			return reject(t.At, sshCheckTags)
		}
	}
	return nil
}

func (v *validator) sshDestinations(r SSHRule) *Rejection {
	for _, t := range r.Dst {
		s := parseSelector(t)
		switch {
		case s.kind == user, s.kind == tag:
		case s.kind == autogroup && isDestinationAutogroup(s.name) && s.name != autogroupInternet:
		default:
			return reject(t.At, fmt.Sprintf(sshInvalidDst, s.name))
		}
		if err := v.known(s); err != nil {
			return reject(t.At, err.Error())
		}
	}
	return nil
}

// sshPairs wants a person's machine to be reached by that person only.
func (v *validator) sshPairs(r SSHRule) *Rejection {
	src := parseSelectors(r.Src)
	tagged := slices.ContainsFunc(src, func(s selector) bool { return s.kind == tag || s.is(autogroupTagged) })
	for _, t := range r.Dst {
		switch s := parseSelector(t); {
		case s.kind == user && slices.ContainsFunc(src, func(o selector) bool { return o.name != s.name }):
			return reject(t.At, sshOtherUser)
		case s.is(autogroupSelf) && tagged:
			return reject(t.At, selfNeedsUsers)
		case s.is(autogroupMember) && tagged:
			return reject(t.At, sshOtherUser)
		}
	}
	return nil
}

// sshTestShapes refuses what cannot name one machine to log in to.
func (v *validator) sshTestShapes() *Rejection {
	for _, t := range v.policy.SSHTests {
		if src := parseSelector(t.Src); src.kind == autogroup || src.kind == anyone || src.kind == network {
			return reject(t.Src.At, fmt.Sprintf(sshTestElement, "src", src.name))
		}
		for _, d := range t.Dst {
			s := parseSelector(d)
			switch {
			case s.is(autogroupInternet), s.kind == anyone, s.kind == network && !s.prefix.IsSingleIP():
				return reject(d.At, fmt.Sprintf(sshTestElement, "dst", s.name))
			case s.kind == tag && v.known(s) != nil:
				return reject(d.At, fmt.Sprintf(sshTestUnknown, s.name))
			case s.kind == host && v.isNetwork(s):
				return reject(d.At, fmt.Sprintf(sshTestElement, "dst", s.name))
			}
		}
	}
	return nil
}

// isNetwork reports an entry of hosts that stands for more than one address.
func (v *validator) isNetwork(s selector) bool {
	e, ok := find(v.policy.Hosts, s.name)
	if !ok {
		return false
	}
	target := hostTarget(e)
	return target.kind == network && !target.prefix.IsSingleIP()
}
