package policy

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/pantherctl/pantherctl/schema"
)

// AdGuardWeb is the service of AdGuard Home's web interface, AdGuardPort its
// port.
const (
	AdGuardWeb  = "adguard-web"
	AdGuardPort = 3000
)

// adguard checks where AdGuard Home answers, and who manages it.
func (r *resolver) adguard(h *Host) {
	a := &h.AdGuard
	if !a.Enable.V {
		return
	}
	if len(a.Listen.Items) == 0 {
		r.report(a.Enable.From, h.Path("adguard.listen"), "AdGuard Home answers nobody", "write listen: lan")
	}
	for i, side := range a.Listen.Items {
		path, from := h.Path(fmt.Sprintf("adguard.listen[%d]", i)), side.From
		if from.Default() {
			from = a.Enable.From
		}
		switch {
		case len(h.InterfacesOf(schema.Side(side.V))) == 0 && side.V == "lan":
			r.report(from, path, "AdGuard Home answers the LAN, and the host names no interface to it", "name it: interfaces: { enp1s0: lan }")
		case len(h.InterfacesOf(schema.Side(side.V))) == 0:
			r.report(from, path, "AdGuard Home answers the tailnet, and the host is not in it", "set tailscale.enable: true")
		case len(h.Addresses.On(schema.Side(side.V)).Items) == 0:
			r.report(from, h.Path("addresses."+string(side.V)), fmt.Sprintf("AdGuard Home listens on the host's own address in the %s, and none is declared", side.V),
				fmt.Sprintf("declare it: addresses: { %s: … }, and have the router always give it that one", side.V))
		}
	}
	if a.Password.IsSet() {
		r.secret(h, h.Path("adguard.password"), a.Password)
	}
	path := h.Path("adguard.web")
	switch {
	case a.Web.V == "local":
	case !h.Tailscale.Enable.V || len(h.Addresses.Tailnet.Items) == 0:
		r.report(a.Web.From, path, "the web interface listens on the host's tailnet address, and there is none", "set tailscale.enable: true and addresses: 100.64.0.1, or web: local")
	case !a.Password.IsSet():
		r.report(a.Web.From, path, "whoever the tailnet lets at the web interface decides what names mean: it has no password", "name a secret: password: adguard-password")
	}
}

// DNSAddresses returns the addresses on which AdGuard Home answers.
func (h *Host) DNSAddresses() []string {
	var addresses []string
	for _, side := range h.AdGuard.Listen.Values() {
		for _, a := range h.Addresses.On(schema.Side(side)).Values() {
			addresses = append(addresses, a.String())
		}
	}
	return addresses
}

// AdGuardAddress is where AdGuard Home's web interface is.
func (h *Host) AdGuardAddress() netip.AddrPort {
	address := loopback
	if h.AdGuard.Web.V != "local" && len(h.Addresses.Tailnet.Items) > 0 {
		address = h.Addresses.Tailnet.Items[0].V.Addr
	}
	return netip.AddrPortFrom(address, AdGuardPort)
}

// resolverService is the service by which a name server is asked.
func resolverService(r schema.Resolver) string {
	switch scheme, _, ok := strings.Cut(string(r), "://"); {
	case !ok:
		return "dns"
	case scheme == "https":
		return "https"
	}
	return "dns-over-tls"
}

// adGuardState is what AdGuard Home keeps on the host. The folder of all
// services without a user of their own is kept as a whole: systemd refuses it
// unless only root can enter.
func (h *Host) adGuardState() []Kept {
	if !h.AdGuard.Enable.V {
		return nil
	}
	return []Kept{{Path: "/var/lib/private", Mode: "0700", Why: "blocklists and statistics of AdGuard Home"}}
}
