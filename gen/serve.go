package gen

import (
	"fmt"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// serve is the unit that tells tailscaled what to answer for itself. NixOS has
// services.tailscale.serve since 26.05, for names of services that are no
// host's. tailscaled remembers what it serves: the unit begins with nothing,
// and leaves nothing when the document drops it.
func serve(h *policy.Host, f *nix.File, body *nix.AttrSet) {
	if len(h.Served) == 0 {
		return
	}
	needs(f, "config")
	script := "tailscale serve reset\n"
	for _, s := range h.Served {
		command := "serve"
		if s.Funnel {
			command = "funnel"
		}
		script += fmt.Sprintf("tailscale %s --bg --https=%d %s\n", command, s.Port, s.Upstream.URL())
	}
	after := []string{"tailscaled.service", "tailscaled-set.service"}
	if h.Tailscale.AuthKey.IsSet() {
		after = append(after, "tailscaled-autoconnect.service")
	}
	bind(body, nix.Path("systemd.services.pantherctl-serve"), nix.AttrSet{
		nix.Bind("description", nix.String("What tailscaled serves")),
		nix.Bind("wantedBy", nix.Strings("multi-user.target")),
		nix.Bind("requires", nix.Strings("tailscaled.service")),
		nix.Bind("after", nix.Strings(after...)),
		nix.Bind("path", nix.Elements(nix.Ref{"config", "services", "tailscale", "package"})),
		nix.Bind("script", nix.String(script)),
		nix.Bind("preStop", nix.String("tailscale serve reset\n"), "tailscaled would remember"),
		nix.Bind("serviceConfig", nix.AttrSet{
			nix.Bind("Type", nix.String("oneshot")),
			nix.Bind("RemainAfterExit", nix.Bool(true), "until the document drops it"),
			nix.Bind("TimeoutStartSec", nix.Int(60), "without HTTPS certificates in the tailnet it waits for somebody to allow them"),
			nix.Bind("Restart", nix.String("on-failure"), "until the host has joined"),
			nix.Bind("RestartSec", nix.Int(60)),
			nix.Bind("CapabilityBoundingSet", nix.String("")),
			nix.Bind("NoNewPrivileges", nix.Bool(true)),
			nix.Bind("PrivateDevices", nix.Bool(true)),
			nix.Bind("PrivateNetwork", nix.Bool(true), "it speaks to tailscaled's socket alone"),
			nix.Bind("PrivateTmp", nix.Bool(true)),
			nix.Bind("ProtectHome", nix.Bool(true)),
			nix.Bind("ProtectSystem", nix.String("strict")),
			nix.Bind("RestrictAddressFamilies", nix.Strings("AF_UNIX")),
			nix.Bind("UMask", nix.String("0077")),
		}),
	}, "HTTPS under the host's name in the tailnet")
}
