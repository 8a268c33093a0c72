package policy

// MetricsPort is the port of the node exporter, that of the known service.
const MetricsPort = 9100

// metrics checks that figures can be offered in the tailnet, and only there.
func (r *resolver) metrics(h *Host) {
	m := &h.Metrics
	switch {
	case !m.Enable.V:
	case !h.Tailscale.Enable.V:
		r.report(m.Enable.From, h.Path("metrics.enable"), "figures are offered in the tailnet only, and the host is not in it", "set tailscale.enable: true, or remove metrics")
	case len(h.Addresses.Tailnet.Items) == 0:
		r.report(m.Enable.From, h.Path("addresses.tailnet"), "the node exporter listens on the host's tailnet address, and none is declared", "declare it: addresses: 100.64.0.1")
	}
}
