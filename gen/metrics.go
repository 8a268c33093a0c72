package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// metrics is the module of the node exporter. It listens in the tailnet only,
// and its unit talks to nobody else, whatever the firewall lets in.
func metrics(h *policy.Host) *nix.File {
	if !h.Metrics.Enable.V || len(h.Addresses.Tailnet.Items) == 0 {
		return nil
	}
	address := h.Addresses.Tailnet.Items[0].V
	listen := address.String()
	if address.Is6() {
		listen = "[" + listen + "]"
	}
	exporter := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("listenAddress", nix.String(listen), "the host's address in the tailnet"),
		nix.Bind("port", nix.Int(policy.MetricsPort)),
		nix.Bind("openFirewall", nix.Bool(false), "firewall.nix opens the port where access rules say so"),
		nix.Bind("enabledCollectors", nix.Strings("systemd"), "units that failed"),
	}
	body := nix.AttrSet{nix.Bind("services.prometheus.exporters.node", exporter)}
	unit := nix.AttrSet{
		nix.Bind("after", nix.Strings("tailscaled.service"), "which brings the address"),
		nix.Bind("serviceConfig.RestartSec", nix.Int(15), "until it is there; systemd would give up after five tries at once"),
		nix.Bind("serviceConfig.IPAddressDeny", nix.String("any")),
		nix.Bind("serviceConfig.IPAddressAllow", nix.Strings("100.64.0.0/10", "fd7a:115c:a1e0::/48"), "the tailnet"),
	}
	bind(&body, nix.Path("systemd.services.prometheus-node-exporter"), unit)
	return &nix.File{Body: body}
}
