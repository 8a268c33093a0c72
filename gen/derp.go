package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// derp adds a relay of the fleet's own. Which ports are open to whom is for
// access rules to say.
func derp(h *policy.Host, service *nix.AttrSet) {
	if !h.DERP() {
		return
	}
	bind(service, nix.Path("derper"), nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("domain", nix.String(h.Tailscale.DERP.Domain.V)),
		nix.Bind("openFirewall", nix.Bool(false), "access rules open the service derp"),
		nix.Bind("verifyClients", nix.Bool(true), "it relays for members of the tailnet, not for the world"),
	})
}

// derpCertificate adds what ends TLS before the relay: NixOS puts nginx there.
func derpCertificate(h *policy.Host, body *nix.AttrSet) {
	if !h.DERP() {
		return
	}
	d := h.Tailscale.DERP
	bind(body, nix.Path("services.nginx.virtualHosts").Append(string(d.Domain.V), "enableACME"), nix.Bool(true), "clients want a certificate")
	bind(body, nix.Path("security.acme"), nix.AttrSet{
		nix.Bind("acceptTerms", nix.Bool(true)),
		nix.Bind("defaults.email", nix.String(d.Email.V)),
	})
}
