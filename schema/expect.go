package schema

import "fmt"

// Expectation is a statement about who reaches whom. It opens and closes
// nothing: it is held against what the rest of the document does.
type Expectation struct {
	From   List[Member]  `yaml:"from,required" doc:"Roles, hosts, devices, users, everyone, or a stranger: lan, container, internet."`
	To     List[Member]  `yaml:"to,required" doc:"Roles, hosts, everyone, networks, or internet."`
	Allow  List[Name]    `yaml:"allow" doc:"Services, or any, that each of from must reach on each of to."`
	Deny   List[Name]    `yaml:"deny" doc:"Services, or any, that none of from may reach on any of to."`
	Except List[Name]    `yaml:"except" doc:"Services that deny: any does not mean."`
	Via    Value[Member] `yaml:"via" doc:"Only what goes this way: a side, tunnel, or a host that carries it. Default: every way."`
}

// Services that hosts have by other settings than access rules, and that
// expectations can name.
const (
	DirectService = "tailscale-direct" // WireGuard's own port, of tailscale.direct
	RelayService  = "tailscale-relay"  // the peer relay of tailscale.relay_port
	UnlockService = "initrd-ssh"       // the SSH server of disk.remote_unlock
)

// expectations reports statements that name what nothing bears, or say nothing.
func (c *checker) expectations() {
	from, to, via := names{Internet: true}, names{}, names{}
	for n := range c.sources {
		from[n] = true
	}
	devices := namesOf(c.Devices.Keys())
	for n := range c.targets {
		to[n] = !devices[n]
	}
	for _, side := range new(Side).words() {
		via[side] = true
	}
	via["tunnel"] = true
	for n := range c.hosts {
		via[n] = true
	}
	services := names{DirectService: true, RelayService: true, UnlockService: true}
	for n := range c.allowed {
		services[n] = true
	}
	for i, e := range c.Expect.Items {
		c.expectation(fmt.Sprintf("expect[%d]", i), e, from, to, via, services)
	}
}

func (c *checker) expectation(at string, e Value[Expectation], from, to, via, services names) {
	x := e.V
	each(at+".from", x.From, func(path string, name Value[Member]) {
		c.known(path, string(name.V), name.From, "role, host, device, user or stranger", from)
	})
	each(at+".to", x.To, func(path string, name Value[Member]) {
		if c.Devices.Has(string(name.V)) {
			c.report(name.From, path, fmt.Sprintf("%s is a device: what it lets in is not for this document to know", name.V), "name a host or role")
			return
		}
		c.known(path, string(name.V), name.From, "role, host or network", to)
	})
	service := func(path string, name Value[Name]) {
		c.known(path, string(name.V), name.From, "service", services)
	}
	each(at+".allow", x.Allow, service)
	each(at+".deny", x.Deny, service)
	each(at+".except", x.Except, service)
	if x.Via.IsSet() {
		c.known(at+".via", string(x.Via.V), x.Via.From, "side or host", via)
	}
	switch {
	case x.Allow.IsSet() == x.Deny.IsSet():
		c.report(e.From, at, "an expectation has either allow or deny", "name the services in one of them")
	case x.Except.IsSet() && !(len(x.Deny.Items) == 1 && x.Deny.Items[0].V == Any):
		c.report(x.Except.From, at+".except", "except belongs to deny: any", "name the services that deny means")
	}
}
