package policy

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// Container is a NixOS container of a host, resolved.
type Container struct {
	Name      string
	From      schema.Origin
	Addresses []netip.Addr // its own, at most one IPv4 and one IPv6
	Gateways  []netip.Addr // the host's end, one for each of Addresses
	Serves    []string     // services the host hands on to it, on the same ports
	Ports     []schema.Ports
	Secrets   []string
	Binds     []Bind
	Start     bool
	Ephemeral bool
}

// Bind is a folder of a host that a container sees.
type Bind struct {
	Path  string // inside
	From  string // on the host
	Write bool
}

// Interface is the host's end of the container's cable, as systemd-nspawn
// names it.
func (c *Container) Interface() string { return "ve-" + c.Name }

// Address returns the container's address of a family: 4 or 6.
func (c *Container) Address(family int) (netip.Addr, bool) {
	i := slices.IndexFunc(c.Addresses, func(a netip.Addr) bool { return a.Is4() == (family == 4) })
	if i < 0 {
		return netip.Addr{}, false
	}
	return c.Addresses[i], true
}

// maxContainerName keeps the name of the interface within the kernel's 15
// characters (IFNAMSIZ); systemd-nspawn would shorten it.
const maxContainerName = 15 - len("ve-")

// PrivateUsersSince is the first release whose containers can have users of
// their own (nixpkgs#362210).
const PrivateUsersSince schema.Release = "25.05"

// ContainerState is where containers keep what they write (NixOS module
// nixos-containers, since stateVersion 22.05).
const ContainerState = "/var/lib/nixos-containers"

// containers completes the containers of a host and checks that they fit it.
func (r *resolver) containers(h *Host) {
	taken := map[netip.Addr]string{}
	served := map[string]string{}
	for _, e := range h.Settings.Containers.Entries {
		at := h.Path("containers." + e.Key)
		c := Container{
			Name: e.Key, From: e.From, Ephemeral: e.Value.Ephemeral.V,
			Start: e.Value.Start.V || !e.Value.Start.IsSet(),
		}
		if len(e.Key) > maxContainerName {
			r.report(e.From, at, fmt.Sprintf("the name of a container has at most %d characters: its interface is called after it", maxContainerName), "")
		}
		if !h.faces(c.Interface(), schema.Container) {
			r.report(e.From, at, "the firewall does not know its interface, "+c.Interface(), `name it: interfaces: { "ve-*": container }`)
		}
		r.containerAddresses(h, &c, e.Value, taken)
		r.containerServices(h, &c, e.Value, served)
		for i, s := range e.Value.Secrets.Items {
			r.secret(h, fmt.Sprintf("%s.secrets[%d]", at, i), s)
			c.Secrets = append(c.Secrets, string(s.V))
		}
		r.binds(h, &c, e.Value)
		h.Containers = append(h.Containers, c)
	}
}

// faces reports whether an interface of the host faces a side, by its name or
// by a pattern.
func (h *Host) faces(name string, side schema.Side) bool {
	return slices.ContainsFunc(h.InterfacesOf(side), func(i string) bool {
		prefix, pattern := strings.CutSuffix(i, "*")
		return i == name || pattern && strings.HasPrefix(name, prefix)
	})
}

// containerAddresses takes the addresses of a container, and the one before
// each as the host's end.
func (r *resolver) containerAddresses(h *Host, c *Container, from schema.NixosContainer, taken map[netip.Addr]string) {
	at := h.Path("containers." + c.Name + ".addresses")
	if !from.Addresses.IsSet() {
		r.report(c.From, at, "the container has no address, and would share the host's network", "give it one of its own: addresses: 10.233.1.2")
	}
	for i, a := range from.Addresses.Items {
		at, own := fmt.Sprintf("%s[%d]", at, i), a.V.Addr
		_, second := c.Address(map[bool]int{true: 4, false: 6}[own.Is4()])
		switch {
		case own.Is6() && !h.Network.IPv6.V:
			r.report(a.From, at, fmt.Sprintf("%s is an IPv6 address, and IPv6 is off at %s", own, h.Network.IPv6.From.Pos), "remove it, or set network.ipv6: true")
			continue
		case !own.IsPrivate():
			r.report(a.From, at, fmt.Sprintf("%s is no private address: what is elsewhere could not be reached", own), "take one of 10.0.0.0/8, 192.168.0.0/16 or fd00::/8")
			continue
		case second:
			r.report(a.From, at, "a container has one address of each kind", "remove it")
			continue
		}
		gateway := own.Prev()
		for _, end := range []netip.Addr{own, gateway} {
			if other, ok := taken[end]; ok {
				r.report(a.From, at, fmt.Sprintf("%s is taken by %s already: a container needs its address and the one before", end, other), "leave room, as in 10.233.1.2 and 10.233.2.2")
			}
			taken[end] = "container " + c.Name
		}
		c.Addresses, c.Gateways = append(c.Addresses, own), append(c.Gateways, gateway)
	}
}

// containerServices takes the services that the host hands on.
func (r *resolver) containerServices(h *Host, c *Container, from schema.NixosContainer, served map[string]string) {
	for i, s := range from.Serves.Items {
		at, name := h.Path(fmt.Sprintf("containers.%s.serves[%d]", c.Name, i)), string(s.V)
		switch other, twice := served[name]; {
		case name == "ssh":
			r.report(s.From, at, "ssh is the host's own way in", "serve another port: services: { git-ssh: tcp/2222 }")
			continue
		case twice:
			r.report(s.From, at, fmt.Sprintf("container %s serves %s already", other, name), "")
			continue
		case h.Firewall.Mode.V != schema.Generate:
			r.report(s.From, at, fmt.Sprintf("only the firewall that pantherctl writes hands services on, and the host has its own (%s)", h.Firewall.Mode.From.Pos),
				"set firewall.mode: generate, or forward the ports in your module")
		}
		served[name] = c.Name
		ports := r.ports(h, name)
		for _, other := range h.Containers {
			if p, ok := common(ports, other.Ports); ok {
				r.report(s.From, at, fmt.Sprintf("%s of %s is handed on to container %s already", p, name, other.Name), "")
			}
		}
		c.Serves, c.Ports = append(c.Serves, name), append(c.Ports, ports...)
	}
	if len(c.Serves) == 0 {
		return
	}
	for _, e := range h.Kernel.Sysctl.Entries {
		key := strings.ReplaceAll(e.Key, "/", ".")
		if (key == "net.ipv4.ip_forward" || key == "net.ipv4.conf.all.forwarding") && e.Value.V.Text == "0" {
			r.report(e.From, h.Path("kernel.sysctl"), fmt.Sprintf("nothing reaches container %s (%s) with forwarding off", c.Name, from.Serves.From.Pos), "remove it")
		}
	}
}

// secretPlaces are where secrets lie on a host.
var secretPlaces = []string{"/run/agenix", "/run/agenix.d", "/run/opnix-secrets", "/run/credentials"}

// binds takes the folders that a container sees. Inside a user namespace a
// secret of root on the host is nobody's: it cannot be read there.
func (r *resolver) binds(h *Host, c *Container, from schema.NixosContainer) {
	for _, e := range from.Binds.Entries {
		at := h.Path("containers." + c.Name + ".binds." + e.Key)
		b := Bind{Path: e.Key, From: e.Key, Write: e.Value.Write.V}
		if e.Value.From.IsSet() {
			b.From = string(e.Value.From.V)
		}
		c.Binds = append(c.Binds, b)
		within := func(place string) bool { return covers(place, b.From) || covers(b.From, place) }
		switch {
		case b.From != "/" && slices.ContainsFunc(secretPlaces, within):
			message := "the users of the container are not those of the host: it cannot read what lies in " + b.From
			if s := path.Base(b.From); h.Secrets.Has(s) {
				message = fmt.Sprintf("the container cannot read the secret %s (%s): its users are not those of the host", s, r.declared(h, s))
			}
			r.report(e.From, at, message, "name it in secrets of the container: it comes as a credential")
		case slices.ContainsFunc([]string{"/", "/etc", "/home", "/root", "/run", "/var", "/var/lib", "/nix", "/dev", "/proc", "/sys", "/boot"}, func(s string) bool { return s == b.From }):
			r.report(e.From, at, fmt.Sprintf("all of %s is more than a container should see", b.From), "name the folder it needs")
		case h.Persistence.Enable.V && b.From == string(h.Persistence.Path.V):
			r.report(e.From, at, fmt.Sprintf("%s holds the host's keys", b.From), "name a folder below it")
		}
	}
}

// declared is where the document declares a secret.
func (r *resolver) declared(h *Host, secret string) string {
	for _, e := range h.Secrets.Entries {
		if e.Key == secret {
			return e.From.Pos.String()
		}
	}
	return ""
}

// covers reports whether a path is a folder or lies below it.
func covers(folder, path string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

// containerOf returns the container that serves a service, "" for the host.
func (h *Host) containerOf(service string) string {
	for _, c := range h.Containers {
		if slices.Contains(c.Serves, service) {
			return c.Name
		}
	}
	return ""
}

// Container returns a container of the host by its name.
func (h *Host) Container(name string) (Container, bool) {
	i := slices.IndexFunc(h.Containers, func(c Container) bool { return c.Name == name })
	if i < 0 {
		return Container{}, false
	}
	return h.Containers[i], true
}

// HandsOn reports whether the host forwards any of its ports to a container.
func (h *Host) HandsOn() bool {
	return slices.ContainsFunc(h.Containers, func(c Container) bool { return len(c.Serves) > 0 })
}

// containerState is what containers keep on the host.
func (h *Host) containerState() []Kept {
	if !slices.ContainsFunc(h.Containers, func(c Container) bool { return !c.Ephemeral }) {
		return nil
	}
	return []Kept{{Path: ContainerState, Why: "what containers write"}}
}
