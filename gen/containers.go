package gen

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// containers is the module of what keeps containers apart from the host. What
// runs in them is the user's: NixOS merges his containers.NAME.config with
// this.
func containers(h *policy.Host) *nix.File {
	if len(h.Containers) == 0 {
		return nil
	}
	f := &nix.File{Params: []string{"lib", "options"}}
	always, users := nix.AttrSet{}, nix.AttrSet{}
	for _, c := range h.Containers {
		bind(&always, nix.Path("containers").Append(c.Name), container(h, c, f))
		secretUnits(h, c, f, &always)
		users = append(users, nix.Bind("containers."+c.Name+".privateUsers", nix.String("pick")))
	}
	users[0].Doc = []string{"their root is nobody on the host"}
	handOn(h, &always)
	mapped := nix.Call("lib.optionalAttrs", nix.HasOption{Option: nix.Path("containers"), Item: "privateUsers"}, users)
	f.Body = nix.AttrSet{nix.Bind("config", nix.Call("lib.mkMerge", nix.Elements(always, mapped)))}
	return f
}

// container is the outside of a container and, in its config, its firewall.
func container(h *policy.Host, c policy.Container, f *nix.File) nix.AttrSet {
	set := nix.AttrSet{
		nix.Bind("autoStart", nix.Bool(c.Start)),
		nix.Bind("ephemeral", nix.Bool(c.Ephemeral)),
		nix.Bind("privateNetwork", nix.Bool(true), "a cable to the host and nothing else"),
	}
	for i, own := range c.Addresses {
		six := ""
		if own.Is6() {
			six = "6"
		}
		set = append(set,
			nix.Bind("hostAddress"+six, nix.String(c.Gateways[i].String())),
			nix.Bind("localAddress"+six, nix.String(own.String())))
	}
	if len(c.Binds) > 0 {
		binds := nix.AttrSet{}
		for _, b := range c.Binds {
			bind(&binds, nix.AttrPath{b.Path}, nix.AttrSet{
				nix.Bind("hostPath", nix.String(b.From)),
				nix.Bind("isReadOnly", nix.Bool(!b.Write)),
			})
		}
		bind(&set, nix.Path("bindMounts"), binds)
	}
	if flags := containerCredentials(h, c, f); flags != nil {
		bind(&set, nix.Path("extraFlags"), flags, "read by root of the host, handed to the units inside that ask for them")
	}
	bind(&set, nix.Path("config"), inside(h, c, f))
	return set
}

// containerCredentials hand secrets to the container's first process, which gives them
// to the units that say LoadCredential. A bind would not do: inside, a file of
// the host's root is nobody's, and what agenix mounts cannot be mapped.
func containerCredentials(h *policy.Host, c policy.Container, f *nix.File) nix.List {
	var flags nix.List
	for _, s := range c.Secrets {
		flags = append(flags, nix.Element{Value: nix.Template{nix.String("--load-credential=" + s + ":"), secretPath(h, s, f)}})
	}
	return flags
}

// secretUnits start the container again when a secret of it changes, and not
// before opnix has fetched its own.
func secretUnits(h *policy.Host, c policy.Container, f *nix.File, body *nix.AttrSet) {
	unit, files, fetched := nix.AttrSet{}, nix.List{}, false
	for _, name := range c.Secrets {
		s, _ := h.Secrets.Get(name)
		if policy.SecretProvider(s) == policy.Opnix {
			fetched = true
			continue
		}
		needs(f, "config")
		files = append(files, nix.Element{Value: nix.Ref{"config", "age", "secrets", name, "file"}})
	}
	if len(files) > 0 {
		unit = append(unit, nix.Bind("restartTriggers", files, "a changed secret reaches it"))
	}
	if fetched {
		unit = append(unit,
			nix.Bind("after", nix.Strings(opnixUnit), "its secrets are fetched from 1Password"),
			nix.Bind("wants", nix.Strings(opnixUnit)))
	}
	if len(unit) > 0 {
		bind(body, nix.Path("systemd.services").Append("container@"+c.Name), unit)
	}
}

// inside is what every container is told: its own firewall, which holds also
// where the host's lets something by.
func inside(h *policy.Host, c policy.Container, f *nix.File) nix.AttrSet {
	filter := nix.AttrSet{nix.Bind("enable", nix.Bool(true))}
	for _, protocol := range []string{"tcp", "udp"} {
		p := newPorts()
		for _, s := range c.Ports {
			if s.Protocol == protocol {
				p.add(policy.Opening{}, s)
			}
		}
		option := "allowed" + strings.ToUpper(protocol) + "Port"
		if len(p.single) > 0 {
			slices.Sort(p.single)
			filter = append(filter, nix.Bind(option+"s", nix.Ints(slices.Compact(p.single)...)))
		}
		if len(p.ranges) > 0 {
			filter = append(filter, nix.Bind(option+"Ranges", p.ranges))
		}
	}
	needs(f, "config")
	return nix.AttrSet{
		nix.Bind("networking.enableIPv6", nix.Bool(h.Network.IPv6.V && slices.ContainsFunc(c.Addresses, netip.Addr.Is6))),
		nix.Bind("networking.nftables.enable", nix.Bool(true)),
		nix.Bind("networking.firewall", filter),
		nix.Bind("system.stateVersion", nix.Call("lib.mkDefault", nix.Ref(nix.Path("config.system.stateVersion"))), "unless its own module says since when it holds data"),
	}
}

// handOn is the table that hands ports of the host on to containers, to those
// alone that access rules let in. NixOS's forwardPorts would hand them on to
// everybody. What no rule takes goes to the host itself, which refuses it.
func handOn(h *policy.Host, body *nix.AttrSet) {
	if !h.HandsOn() {
		return
	}
	rules := handOnRules(h)
	if rules == "" {
		return // nobody may use them
	}
	table := nix.AttrSet{
		nix.Bind("family", nix.String("inet")),
		nix.Bind("content", nix.String(limitSets(h, true)+
			"chain prerouting {\n  type nat hook prerouting priority dstnat; policy accept;\n"+
			"  fib daddr type != local return comment \"only what is for the host\"\n"+rules+"}\n")),
	}
	bind(body, nix.Path("networking.nftables.tables").Append("pantherctl-containers"), table,
		"the firewall's forward chain lets through what is handed on")
	if !h.NATs() && !h.Forwards() {
		sysctl(h, body, "net.ipv4.conf.all.forwarding", 1, "or nothing is handed on")
	}
	if slices.ContainsFunc(h.Containers, func(c policy.Container) bool {
		return len(c.Serves) > 0 && slices.ContainsFunc(c.Addresses, netip.Addr.Is6)
	}) && !h.Forwards() {
		sysctl(h, body, "net.ipv6.conf.all.forwarding", 1, "or nothing is handed on")
		sysctl(h, body, "net.ipv6.conf.default.accept_ra", 2, "a host that forwards still learns its own way out")
	}
}

func handOnRules(h *policy.Host) string {
	var rules strings.Builder
	for _, o := range h.Openings {
		c, ok := h.Container(o.Container)
		if !ok {
			continue
		}
		fmt.Fprintf(&rules, "\n  # %s, in %s\n", o.Why(), c.Name)
		in := "iifname " + nftSet(quoted(o.Interfaces))
		for _, family := range families(h, o.Sources) {
			own, ok := c.Address(map[string]int{"ip": 4, "ip6": 6}[family.name])
			if !ok {
				continue
			}
			from := family.source
			if from == "" {
				from = " meta nfproto " + map[string]string{"ip": "ipv4", "ip6": "ipv6"}[family.name]
			}
			for _, match := range matches(o.Ports) {
				limit := ""
				if o.Limit != nil {
					limit = fmt.Sprintf(" add @%s { %s limit rate %s burst %d packets }",
						limitSet(o.Service, o.Side, family.name), counted(o.Side, family.name), o.Limit.Rate, o.Limit.Burst)
				}
				fmt.Fprintf(&rules, "  %s%s %s%s dnat %s to %s\n", in, from, match, limit, family.name, own)
			}
		}
	}
	return rules.String()
}
