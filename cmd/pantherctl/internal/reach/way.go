package reach

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// Tunnel is the side of requests that a tunnel or funnel brings from the
// internet, by a connection that the host itself opened: no port stands for
// them.
const Tunnel schema.Side = "tunnel"

// Way is how requests for a DNS name get to a service that is not open itself:
// by a tunnel, a proxy, tailscaled, and who guards it.
type Way struct {
	Name    string      // of the site
	Service string      // at the end; the name of the site if it has none
	Entry   Ports       // of the proxy that answers; none for a tunnel
	Side    schema.Side // from which the proxy is asked; "" for every side
	Stages  []Stage
}

// Stage is one hop of a way.
type Stage struct {
	Name    string
	Demands string // of a visitor; "" for nothing
	From    schema.Origin
}

// tunnelled reports whether the way begins in the internet.
func (w *Way) tunnelled() bool { return len(w.Entry) == 0 }

// Hops are the names of the stages.
func (w *Way) Hops() []string {
	names := make([]string, len(w.Stages))
	for i, s := range w.Stages {
		names[i] = s.Name
	}
	return names
}

// Why says hop by hop what is demanded, and which lines lead there.
func (w *Way) Why() string {
	parts := make([]string, len(w.Stages))
	for i, s := range w.Stages {
		demands := s.Demands
		if demands == "" {
			demands = "demands nothing"
		}
		parts[i] = s.Name + " " + demands
		if s.From.IsSet() {
			parts[i] += fmt.Sprintf(" (%s)", s.From)
		}
	}
	return strings.Join(parts, ", then ")
}

// passage is what a host passes on, as its policy says.
type passage struct {
	ingress []ingress
	sites   []site
	served  []served
	auth    Stage // what guards a site, if anything does
}

// ingress is one host name of a tunnel.
type ingress struct {
	name, service string
	from          schema.Origin
}

// site is one name that a proxy answers for.
type site struct {
	name, proxy, service string
	guarded              bool
	from                 schema.Origin
}

// served is a port that tailscaled answers itself.
type served struct {
	name, service string
	port          schema.Port
	funnel        bool
	from          schema.Origin
}

// passes reads from a host what it passes on.
func passes(h *policy.Host) passage {
	p := passage{auth: Stage{Name: "authelia", Demands: "demands " + factors(h), From: h.Authelia.Enable.From}}
	for _, i := range h.Ingress {
		p.ingress = append(p.ingress, ingress{string(i.Hostname), called(i.Upstream, i.Hostname), i.From})
	}
	for _, s := range h.Sites {
		p.sites = append(p.sites, site{string(s.Name), s.Proxy, called(s.Upstream, s.Name), s.Auth != "", s.From})
	}
	for _, s := range h.Served {
		p.served = append(p.served, served{s.Site, called(s.Upstream, schema.Domain(s.Site)), s.Port, s.Funnel, s.From})
	}
	return p
}

// called is the name of a service or, of one that has none, its site's.
func called(u schema.Upstream, site schema.Domain) string {
	if u.Service == "" {
		return string(site)
	}
	return string(u.Service)
}

// factors is what Authelia demands of a visitor, in words.
func factors(h *policy.Host) string {
	if h.Authelia.Factors.V == "one_factor" {
		return "a password"
	}
	return "a password and a second factor"
}

// ways follows every name that a host answers for to the service at its end.
func (p passage) ways() []Way {
	var list []Way
	for _, i := range p.ingress {
		w := Way{Name: i.name, Service: i.service, Stages: []Stage{{
			Name: "tunnel", Demands: "takes requests for " + i.name, From: i.from,
		}}}
		behind := slices.IndexFunc(p.sites, func(s site) bool { return s.name == i.name && s.proxy == i.service })
		if behind >= 0 {
			w.Service = p.sites[behind].service
			w.Stages = append(w.Stages, p.behind(p.sites[behind])...)
		} else {
			w.Stages = append(w.Stages, Stage{Name: i.service, Demands: ownLogin})
		}
		list = append(list, w)
	}
	for _, s := range p.sites {
		list = append(list, Way{Name: s.name, Service: s.service, Entry: setOf(one("tcp", 443)), Stages: p.behind(s)})
	}
	for _, s := range p.served {
		end := Stage{Name: s.service, Demands: ownLogin}
		if s.funnel {
			list = append(list, Way{Name: s.name, Service: s.service, Stages: []Stage{
				{Name: "funnel", Demands: "takes requests of anybody for " + s.name + " over TLS", From: s.from}, end,
			}})
		}
		list = append(list, Way{Name: s.name, Service: s.service, Entry: setOf(one("tcp", s.port)), Side: schema.Tailnet, Stages: []Stage{
			{Name: "serve", Demands: "answers for " + s.name + " over TLS", From: s.from}, end,
		}})
	}
	return list
}

// ownLogin is what a service at the end of a way may demand.
const ownLogin = "asks for its own login, if it has one"

// behind are the stages of a site, from the proxy on.
func (p passage) behind(s site) []Stage {
	stages := []Stage{{Name: s.proxy, Demands: "answers for " + s.name + " over TLS", From: s.from}}
	if s.guarded {
		stages = append(stages, p.auth)
	}
	return append(stages, Stage{Name: s.service, Demands: ownLogin})
}

// relayed adds to the links of two members the ways behind them, and a link
// for what a tunnel brings.
func (n *Network) relayed(src, dst *Member, links []Link) []Link {
	var tunnel []Way
	for _, w := range n.ways[dst.Name] {
		if w.tunnelled() {
			tunnel = append(tunnel, w)
			continue
		}
		for i := range links {
			if (w.Side == "" || w.Side == links[i].Side) && len(links[i].Open().intersect(w.Entry)) > 0 {
				links[i].Ways = append(links[i].Ways, w)
			}
		}
	}
	if len(tunnel) > 0 && src.isInternet() {
		links = append(links, Link{Side: Tunnel, Granted: allPorts(), Sent: allPorts(), Ways: tunnel})
	}
	return links
}

// leads reports whether a way by a link is what a service of an expectation
// means. Any means what a tunnel brings; what is behind an open proxy counts
// as the proxy.
func (l *Link) leads(w *Way, service string, except []schema.Name) bool {
	if service == schema.Any {
		return l.Side == Tunnel && !slices.Contains(except, schema.Name(w.Service))
	}
	return w.Service == service
}
