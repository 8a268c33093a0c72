package tailnet

import (
	"net/netip"
	"strings"
)

// selectorKind says what a name in a rule names.
type selectorKind int

const (
	anyone     selectorKind = iota // *
	address                        // 100.64.0.1
	network                        // 10.0.0.0/8
	user                           // NAME@DOMAIN
	domainUser                     // user:*@DOMAIN
	group                          // group:NAME
	tag                            // tag:NAME
	autogroup                      // autogroup:NAME
	ipset                          // ipset:NAME
	service                        // svc:NAME
	host                           // any other word: an entry of hosts
)

// The autogroups that have a meaning of their own. The roles of users
// (autogroup:admin and so on) are those of [User.Roles].
const (
	autogroupMember    = "autogroup:member"
	autogroupMembers   = "autogroup:members" // the older name
	autogroupTagged    = "autogroup:tagged"
	autogroupSelf      = "autogroup:self"
	autogroupInternet  = "autogroup:internet"
	autogroupNonroot   = "autogroup:nonroot"
	autogroupShared    = "autogroup:shared"
	autogroupDangerAll = "autogroup:danger-all"
)

// isRole reports an autogroup of users by what they may do in the
// administration (tailscale.com/docs/reference/targets-and-selectors).
func isRole(name string) bool {
	switch name {
	case "autogroup:owner", "autogroup:admin", "autogroup:it-admin",
		"autogroup:network-admin", "autogroup:billing-admin", "autogroup:auditor":
		return true
	}
	return false
}

// selector is one name of a rule, classified.
type selector struct {
	kind   selectorKind
	name   string
	prefix netip.Prefix // of address and network
	at     Position
}

const domainUserPrefix = "user:*@"

// parseSelector classifies a name. It cannot fail: what is nothing else is
// the name of a host. White space around a name does not count.
func parseSelector(t Text) selector {
	s := selector{name: strings.TrimSpace(t.Value), at: t.At}
	if addr, err := netip.ParseAddr(s.name); err == nil && addr.Zone() == "" {
		s.kind, s.prefix = address, netip.PrefixFrom(addr, addr.BitLen())
		return s
	}
	if prefix, err := netip.ParsePrefix(s.name); err == nil {
		s.kind, s.prefix = network, prefix
		return s
	}
	switch {
	case s.name == "*":
		s.kind = anyone
	case strings.HasPrefix(s.name, domainUserPrefix):
		s.kind = domainUser
	case strings.HasPrefix(s.name, "group:"):
		s.kind = group
	case strings.HasPrefix(s.name, "tag:"):
		s.kind = tag
	case strings.HasPrefix(s.name, "autogroup:"):
		s.kind = autogroup
	case strings.HasPrefix(s.name, "ipset:"):
		s.kind = ipset
	case strings.HasPrefix(s.name, "svc:"):
		s.kind = service
	case strings.Contains(s.name, "@"):
		s.kind = user
	default:
		s.kind = host
	}
	return s
}

// is reports the autogroup of that name.
func (s selector) is(autogroupName string) bool {
	return s.kind == autogroup && s.name == autogroupName
}

// isTagName reports "tag:" followed by a letter and then letters, digits and
// dashes, all ASCII (tailcfg.CheckTag).
func isTagName(name string) bool {
	rest, ok := strings.CutPrefix(name, "tag:")
	if !ok || rest == "" || !isLetter(rest[0]) {
		return false
	}
	for i := range len(rest) {
		if c := rest[i]; !isLetter(c) && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
