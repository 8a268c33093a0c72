package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// cloudflared is the module of the tunnel.
func cloudflared(h *policy.Host) *nix.File {
	c := h.Cloudflared
	if !c.Enable.V {
		return nil
	}
	f := &nix.File{}
	id := string(c.Tunnel.V)
	unit := "cloudflared-tunnel-" + id
	ingress := nix.AttrSet{}
	for _, i := range h.Ingress {
		doc := []string{}
		if i.Upstream.Service != "" {
			doc = append(doc, string(i.Upstream.Service))
		}
		ingress = append(ingress, nix.Binding{Doc: doc, Path: nix.AttrPath{string(i.Hostname)}, Value: leadsTo(i)})
	}
	file, process, service := secretPath(h, string(c.Credentials.V), f), nix.AttrSet{}, tunnelSandbox()
	if h.Release.Before("25.05") {
		// There NixOS does not hand the secret over itself, and the unit is a
		// user's who could not read it.
		file = nix.String("/run/credentials/" + unit + ".service/credentials.json")
		credentials(h, f, &process, &service, []credential{{"credentials.json", string(c.Credentials.V)}})
	}
	tunnel := nix.AttrSet{
		nix.Bind("credentialsFile", file),
		nix.Bind("default", nix.String("http_status:404"), "whatever else is asked for"),
		nix.Bind("ingress", ingress, "from the internet, past the firewall"),
	}
	body := nix.AttrSet{nix.Bind("services.cloudflared.enable", nix.Bool(true))}
	bind(&body, nix.Path("services.cloudflared.tunnels").Append(id), tunnel)
	bind(&process, nix.Path("serviceConfig"), service)
	bind(&body, nix.Path("systemd.services").Append(unit), process, "it speaks to strangers, and needs nothing of the host but the network")
	f.Body = body
	return f
}

// leadsTo is where the requests for a name go. A proxy of the host shows the
// certificate of that name, which cloudflared would compare with 127.0.0.1 and
// refuse (cloudflared, ingress/origin_service.go).
func leadsTo(i policy.Ingress) nix.Expr {
	url := nix.String(i.Upstream.URL())
	if i.Upstream.Service == "" || !i.Upstream.TLS {
		return url
	}
	return nix.AttrSet{
		nix.Bind("service", url),
		nix.Bind("originRequest.originServerName", nix.String(i.Hostname)),
	}
}

// tunnelSandbox shuts the tunnel in. It is a Go program: it writes no file and
// starts no other program.
func tunnelSandbox() nix.AttrSet {
	return nix.AttrSet{
		nix.Bind("CapabilityBoundingSet", nix.String("")),
		nix.Bind("LockPersonality", nix.Bool(true)),
		nix.Bind("MemoryDenyWriteExecute", nix.Bool(true)),
		nix.Bind("NoNewPrivileges", nix.Bool(true)),
		nix.Bind("PrivateDevices", nix.Bool(true)),
		nix.Bind("PrivateMounts", nix.Bool(true)),
		nix.Bind("PrivateTmp", nix.Bool(true)),
		nix.Bind("PrivateUsers", nix.Bool(true)),
		nix.Bind("ProcSubset", nix.String("pid")),
		nix.Bind("ProtectClock", nix.Bool(true)),
		nix.Bind("ProtectControlGroups", nix.Bool(true)),
		nix.Bind("ProtectHome", nix.Bool(true)),
		nix.Bind("ProtectHostname", nix.Bool(true)),
		nix.Bind("ProtectKernelLogs", nix.Bool(true)),
		nix.Bind("ProtectKernelModules", nix.Bool(true)),
		nix.Bind("ProtectKernelTunables", nix.Bool(true)),
		nix.Bind("ProtectProc", nix.String("invisible")),
		nix.Bind("ProtectSystem", nix.String("strict")),
		nix.Bind("RemoveIPC", nix.Bool(true)),
		nix.Bind("RestrictAddressFamilies", nix.Strings("AF_INET", "AF_INET6", "AF_UNIX")),
		nix.Bind("RestrictNamespaces", nix.Bool(true)),
		nix.Bind("RestrictRealtime", nix.Bool(true)),
		nix.Bind("RestrictSUIDSGID", nix.Bool(true)),
		nix.Bind("SystemCallArchitectures", nix.String("native")),
		nix.Bind("SystemCallErrorNumber", nix.String("EPERM"), "refused, not killed"),
		nix.Bind("SystemCallFilter", nix.Strings("@system-service", "~@privileged")),
		nix.Bind("UMask", nix.String("0077")),
	}
}
