package gen

import (
	"fmt"
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// tailscale is the module of the tailnet membership.
func tailscale(h *policy.Host) *nix.File {
	t := h.Tailscale
	if !t.Enable.V {
		return nil
	}
	f := &nix.File{}
	ours := h.Firewall.Mode.V == schema.Generate // openings of a firewall of the user's own are his
	service := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("port", nix.Int(t.Port.V)),
		nix.Bind("openFirewall", nix.Bool(t.Direct.V && ours), why(t.Direct.From)),
		nix.Bind("useRoutingFeatures", nix.String(routing(h)), routingReason(h)),
	}
	if t.AuthKey.IsSet() {
		bind(&service, nix.Path("authKeyFile"), secretPath(h, string(t.AuthKey.V), f))
		up := []string{"--reset"}
		if tags := h.Tags(); len(tags) > 0 {
			up = append(up, "--advertise-tags=tag:"+strings.Join(tags, ",tag:"))
		}
		bind(&service, nix.Path("extraUpFlags"), nix.Strings(up...),
			"only when the host joins: a change of tags needs a new login")
	}
	bind(&service, nix.Path("extraSetFlags"), nix.Strings(setFlags(h)...), "at every activation")
	derp(h, &service)
	body := nix.AttrSet{nix.Bind("services.tailscale", service)}
	bind(&body, nix.Path("systemd.services.tailscaled.serviceConfig.Environment"), nix.Strings("TS_DEBUG_FIREWALL_MODE=nftables"),
		"its rules stand beside ours, never before them")
	if t.AuthKey.IsSet() {
		bind(&body, nix.Path("systemd.services.tailscaled-set.after"), nix.Strings("tailscaled-autoconnect.service"),
			"the first start sets nothing before the host has joined")
	}
	if h.Kernel.LockModules.V {
		bind(&body, nix.Path("boot.kernelModules"), nix.Strings("tun"), "once modules are locked, tailscaled could not load it")
	}
	if t.Relay.V == schema.PeerRelay && ours {
		bind(&body, nix.Path("networking.firewall.allowedUDPPorts"), nix.Ints(int64(t.RelayPort.V)), "a peer relay is reached from the internet")
	}
	derpCertificate(h, &body)
	serve(h, f, &body)
	f.Body = body
	return f
}

// routing is what the host does with others' packets: the module sets
// forwarding and the reverse-path filter by it.
func routing(h *policy.Host) string {
	client := h.Tailscale.UseExitNode.IsSet()
	switch {
	case h.Forwards() && client:
		return "both"
	case h.Forwards():
		return "server"
	case client:
		return "client"
	}
	return "none"
}

func routingReason(h *policy.Host) string {
	return map[string]string{
		"both":   "carries traffic of others and uses an exit node",
		"server": "carries traffic of others",
		"client": "answers come back by the exit node",
		"none":   "carries nobody's traffic",
	}[routing(h)]
}

// setFlags state every preference, so that none survives from an earlier
// document. One element is one argument.
func setFlags(h *policy.Host) []string {
	t := h.Tailscale
	flags := []string{
		fmt.Sprintf("--accept-dns=%t", t.AcceptDNS.V),
		fmt.Sprintf("--advertise-exit-node=%t", t.ExitNode.V),
	}
	routes := make([]string, len(t.Routes.Items))
	for i, r := range t.Routes.Values() {
		routes[i] = r.String()
	}
	flags = append(flags, "--advertise-routes="+strings.Join(routes, ","), "--exit-node="+string(t.UseExitNode.V))
	if t.UseExitNode.IsSet() {
		flags = append(flags, "--exit-node-allow-lan-access=true")
	}
	if t.Relay.V == schema.PeerRelay {
		flags = append(flags, fmt.Sprintf("--relay-server-port=%d", t.RelayPort.V))
	}
	return append(flags, fmt.Sprintf("--ssh=%t", t.SSH.V))
}
