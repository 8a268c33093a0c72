package tailnet

import (
	"fmt"
	"net/netip"
	"strings"
)

func (v *validator) grants() *Rejection {
	for _, g := range v.policy.Grants {
		if rej := v.grant(g); rej != nil {
			return rej
		}
	}
	return nil
}

func (v *validator) grant(g Grant) *Rejection {
	if len(g.IP) == 0 && len(g.App) == 0 {
		return reject(g.At, ipAndAppEmpty)
	}
	for _, t := range g.Via {
		if s := parseSelector(t); s.kind != tag {
			return reject(t.At, viaNotTag)
		}
	}
	for _, t := range g.IP {
		if _, err := parseProtoPorts(t.Value); err != nil {
			return reject(t.At, err.Error())
		}
	}
	for _, c := range g.App {
		if message := checkCapability(c.Name.Value); message != "" {
			return reject(c.Name.At, message)
		}
	}
	dst := parseSelectors(g.Dst)
	for _, s := range dst {
		switch {
		case s.is(autogroupInternet) && len(g.App) > 0:
			return reject(s.at, appInternet)
		case s.kind == network && s.prefix.Bits() == 0:
			return reject(s.at, fmt.Sprintf(defaultRouteDst, s.name))
		}
	}
	if rej := v.sources(g.Src); rej != nil {
		return rej
	}
	for _, s := range dst {
		if rej := v.destination(s); rej != nil {
			return rej
		}
	}
	for _, t := range g.Via {
		if s := parseSelector(t); v.known(s) != nil {
			return reject(t.At, fmt.Sprintf(viaNotFound, s.name))
		}
	}
	if rej := v.selfRule(parseSelectors(g.Src), dst, false); rej != nil {
		return rej
	}
	return v.postures(g.SrcPosture)
}

// The service's own capabilities that a grant may name. It adds the companions
// drive-sharer and relay-target itself and refuses them, and all others, here.
func isGrantable(name string) bool {
	switch strings.TrimPrefix(name, "tailscale.com/cap/") {
	case "drive", "relay", "webui", "kubernetes", "tsidp", "secrets", "golink":
		return true
	}
	return false
}

// checkCapability wants DOMAIN/PATH in a domain of one's own. It returns the
// service's message, or nothing.
func checkCapability(name string) string {
	domain, path, ok := strings.Cut(name, "/")
	if !ok || domain == "" || path == "" || strings.Contains(name, "://") {
		return capForm
	}
	if domain == "tailscale.com" || strings.HasSuffix(domain, ".tailscale.com") {
		if !isGrantable(name) {
			return capTailscale
		}
	}
	return ""
}

// nodeAttrs takes attributes of any name, as the service does, and targets
// without attributes or attributes without targets.
func (v *validator) nodeAttrs() *Rejection {
	for _, a := range v.policy.NodeAttrs {
		for _, t := range a.IPPool {
			if message := checkPool(t.Value); message != "" {
				return reject(t.At, message)
			}
		}
		for _, t := range a.Target {
			s := parseSelector(t)
			if s.is(autogroupSelf) {
				return &Rejection{Status: 500, Message: serverError, At: t.At}
			}
			if err := v.known(s); err != nil {
				return reject(t.At, err.Error())
			}
		}
	}
	return nil
}

// checkPool wants a pool inside the service's range and outside the parts it
// keeps: MagicDNS and the addresses of ChromeOS.
func checkPool(text string) string {
	pool, err := netip.ParsePrefix(text)
	if err != nil {
		return fmt.Sprintf(poolInvalid, text)
	}
	for _, reserved := range []string{"100.100.100.0/24", "100.115.92.0/23"} {
		if pool.Overlaps(netip.MustParsePrefix(reserved)) {
			return fmt.Sprintf(poolReserved, text)
		}
	}
	if !setOf(pool).within(setOf(netip.MustParsePrefix("100.64.0.0/10"))) {
		return fmt.Sprintf(poolOutOfRange, text)
	}
	return ""
}
