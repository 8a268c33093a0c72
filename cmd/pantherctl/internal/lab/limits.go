package lab

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// A Limit is a flood and what the document says of it.
type Limit struct {
	Flood
	Through int    // how many get through
	Rate    string // "10/minute"

	every time.Duration // lets one more through
}

// soon is how long a lab waits for a limit to recover unless it is told to.
const soon = time.Second

// The addresses that flood, so that the other probes of their node are not
// counted to them, and those that stand by. On the internet each has a network
// of its own, as the limit counts these.
var floods = map[schema.Side][2]string{
	schema.Tailnet: {"100.127.254.%d", "fd7a:115c:a1e0:fffd::%x"},
	schema.LAN:     {"192.168.254.%d", "fd1a:b001::%x"},
	schema.WAN:     {"198.51.101.%d", "2001:db8:1ac:%x::1"},
}

// limits plans a flood for every limit of a host, of the first member that
// reaches it there. Limits for named addresses are left out: what these send
// besides would count.
func (p *planner) limits() {
	type limited struct {
		host, side string
		port       Port
		four       bool
	}
	seen := map[limited]bool{}
	for _, e := range p.plan.Expected {
		h, ok := p.network.Fleet.Host(e.To)
		key := limited{e.To, e.Segment, e.Port, e.Address.Is4()}
		if !ok || !e.Open || e.Via != "" || seen[key] {
			continue
		}
		rate, burst, ok := p.limitOf(h, e)
		if !ok {
			continue
		}
		seen[key] = true
		forms, ok := floods[schema.Side(e.Segment)]
		if !ok {
			continue
		}
		form, bits := forms[1], space[schema.Side(e.Segment)].on6
		if e.Address.Is4() {
			form, bits = forms[0], space[schema.Side(e.Segment)].on4
		}
		n := 2 * len(p.plan.Limits)
		own, other := numbered(form, n%250+1, bits), numbered(form, n%250+2, bits)
		on := p.nodes[e.From].on(e.Segment)
		on.Addresses = append(on.Addresses, own, other)
		l := Limit{Flood: Flood{Probe: e.Probe, Count: burst + 5, Bystander: other.Addr()}, Through: burst, Rate: rate.String()}
		l.Source = own.Addr()
		l.every = interval(rate)
		p.plan.Limits = append(p.plan.Limits, l)
	}
	p.plan.Recover(soon)
}

// Recover has the lab wait for limits that let a source in again within some
// time.
func (p *Plan) Recover(within time.Duration) {
	for i := range p.Limits {
		if l := &p.Limits[i]; l.every <= within {
			l.Recovers = l.every + l.every/10 + 100*time.Millisecond
		}
	}
}

// limitOf returns the limit of what is expected to get through.
func (p *planner) limitOf(h *policy.Host, e Expectation) (rate schema.Rate, burst int, ok bool) {
	if e.Port == Echo {
		// Five is what nft takes for a burst that nobody names.
		return h.Firewall.PingLimit.V, 5, h.Firewall.PingLimit.IsSet()
	}
	src, known := p.network.Member(e.From)
	dst, _ := p.network.Member(e.To)
	if !known {
		return rate, 0, false
	}
	doors, _ := p.network.Doors(src, dst, schema.Side(e.Segment))
	// An address that no rule names must get through by the limit alone.
	nobody := netip.IPv6Unspecified()
	if e.Address.Is4() {
		nobody = netip.IPv4Unspecified()
	}
	d := through(h, doors, nobody, e.Port)
	if d == nil || d.Limit == nil {
		return rate, 0, false
	}
	return d.Limit.Rate, d.Limit.Burst, true
}

// interval is the time after which a rate lets one more through.
func interval(r schema.Rate) time.Duration {
	unit := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[r.Unit]
	return unit / time.Duration(max(r.Count, 1))
}

// Exceeds says in words how a flood went differently than the limit says, or
// "" if it did not. One more may get through while the flood lasts.
func (l Limit) Exceeds(f Flooded) string {
	switch {
	case f.Through > l.Through+1:
		return fmt.Sprintf("%d of %d get through at once, and the limit of %s lets %d through", f.Through, l.Count, l.Rate, l.Through)
	case f.Through < l.Through:
		return fmt.Sprintf("only %d get through at once, and the limit of %s lets %d through", f.Through, l.Rate, l.Through)
	case f.Bystander != Open:
		return fmt.Sprintf("while one source is over the limit of %s, another is kept out too", l.Rate)
	case f.Recovered != "" && f.Recovered != Open:
		return fmt.Sprintf("the limit of %s lets nobody in again", l.Rate)
	}
	return ""
}
