package policy

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/pantherctl/pantherctl/schema"
)

// TailnetInterface is the interface tailscaled makes.
const TailnetInterface = "tailscale0"

// tailscale completes the membership of a host and checks it against others.
func (r *resolver) tailscale(f *Fleet, h *Host) {
	t := &h.Tailscale
	if !t.Enable.V {
		return
	}
	if t.AuthKey.IsSet() {
		r.bootSecret(h, h.Path("tailscale.auth_key"), t.AuthKey)
	}
	if t.Identity.V == "user" && t.Tags.IsSet() {
		r.report(t.Tags.From, h.Path("tailscale.tags"), "a host with a person's identity has no tags", "remove tags, or set identity: tag")
	}
	if t.ExitNode.V && len(h.InterfacesOf(schema.WAN)) == 0 {
		r.report(t.ExitNode.From, h.Path("tailscale.exit_node"), "an exit node needs an interface to the internet, or it would carry the tailnet into the LAN",
			"name it: interfaces: { eth0: wan }")
	}
	if !t.UseExitNode.IsSet() {
		return
	}
	path := h.Path("tailscale.use_exit_node")
	exit, ok := f.Host(string(t.UseExitNode.V))
	switch {
	case !ok:
	case !exit.Tailscale.Enable.V || !exit.Tailscale.ExitNode.V:
		r.report(t.UseExitNode.From, path, fmt.Sprintf("%s is no exit node", exit.Name), fmt.Sprintf("set hosts.%s.tailscale.exit_node: true", exit.Name))
	case t.ExitNode.V:
		r.report(t.UseExitNode.From, path, "an exit node cannot use another exit node", "")
	}
}

// Tags returns the tags of a host in the tailnet, sorted, without "tag:": those
// it declares, its roles, or its level. A host of tag identity always has one,
// as its key would expire like a person's otherwise.
func (h *Host) Tags() []string {
	if h.Tailscale.Identity.V == "user" {
		return nil
	}
	tags := slices.Clone(h.Roles)
	if h.Tailscale.Tags.IsSet() {
		tags = schema.Words(h.Tailscale.Tags)
	}
	if len(tags) == 0 {
		tags = []string{string(h.Level.V)}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// tailnetNetworks are the networks of the tailnet that the host speaks.
func (h *Host) tailnetNetworks() []netip.Prefix {
	networks := schema.TailnetNetworks()
	if !h.Network.IPv6.V {
		return networks[:1]
	}
	return networks
}

// Forwards reports whether the host carries traffic of others.
func (h *Host) Forwards() bool {
	return h.Tailscale.Enable.V && (h.Tailscale.ExitNode.V || len(h.Tailscale.Routes.Items) > 0)
}

// LooseReversePath reports whether packets may come back by another way than
// their senders' route.
func (h *Host) LooseReversePath() bool {
	switch h.Firewall.ReversePath.V {
	case "strict":
		return false
	case "loose":
		return true
	}
	return h.Tailscale.Enable.V && h.Tailscale.UseExitNode.IsSet()
}
