package gen

import (
	"strings"

	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// cloudflareToken is the credential by which proxies get at the API token.
const cloudflareToken = "cloudflare-token"

// identityHeaders tell a service who the visitor is. Only Authelia may set
// them (authelia.com, Integration, Trusted Header SSO).
var identityHeaders = []string{"Remote-User", "Remote-Groups", "Remote-Name", "Remote-Email"}

// caddy is the module of Caddy and its sites.
func caddy(h *policy.Host) *nix.File {
	c := h.Caddy
	if !c.Enable.V {
		return nil
	}
	f := &nix.File{}
	global := "admin off\n"
	service := nix.AttrSet{nix.Bind("enable", nix.Bool(true))}
	if c.Plugin.Enable.V {
		needs(f, "pkgs")
		service = append(service, nix.Bind("package", withPlugin(h, f), why(c.Plugin.Enable.From)))
		service = append(service, nix.Bind("email", nix.String(h.Certificates.Email.V)))
		global += "acme_dns cloudflare {file." + credentialFile("caddy", cloudflareToken) + "}\n"
	}
	bind(&service, nix.Path("globalConfig"), nix.String(global), "its admin API asks nobody who he is")
	service = append(service, nix.Bind("enableReload", nix.Bool(false), "a reload needs that API: changes restart it"))
	sites := nix.AttrSet{}
	for _, s := range h.Sites {
		if s.Proxy != "caddy" {
			continue
		}
		site := nix.AttrSet{nix.Bind("extraConfig", nix.String(caddySite(h, s)))}
		if s.Certificate != "" {
			site = append(nix.AttrSet{nix.Bind("useACMEHost", nix.String(s.Certificate))}, site...)
		}
		bind(&sites, nix.AttrPath{string(s.Name)}, site)
	}
	if len(sites) > 0 {
		bind(&service, nix.Path("virtualHosts"), sites)
	}
	needs(f, "config")
	unit := nix.AttrSet{nix.Bind("restartTriggers", nix.Elements(nix.Ref(nix.Path("config.services.caddy.configFile"))), "NixOS 24.11 would not restart it")}
	sandbox := proxySandbox()
	sandbox = append(sandbox, nix.Bind("AmbientCapabilities", nix.Strings("", "CAP_NET_BIND_SERVICE"), "its own unit adds CAP_NET_ADMIN"),
		nix.Bind("ProtectSystem", nix.String("strict")))
	if c.Plugin.Enable.V {
		unit = append(unit, afterSecrets(h, h.Certificates.Token.V)...)
		sandbox = append(nix.AttrSet{nix.Bind("LoadCredential", nix.Elements(loaded(h, cloudflareToken, h.Certificates.Token.V, f)), "the token, which its user cannot read itself")}, sandbox...)
	}
	bind(&unit, nix.Path("serviceConfig"), sandbox)
	f.Body = nix.AttrSet{
		nix.Bind("services.caddy", service),
		nix.Binding{Blank: true, Path: nix.Path("systemd.services.caddy"), Value: unit},
	}
	return f
}

// withPlugin is Caddy built with the plugin for Cloudflare.
func withPlugin(h *policy.Host, f *nix.File) nix.Expr {
	p := h.Caddy.Plugin
	hash := nix.Bind("hash", nix.String(p.Hash.V))
	if !p.Hash.IsSet() {
		needs(f, "lib")
		hash = nix.Bind("hash", nix.Ref{"lib", "fakeHash"}, "the build stops and prints the right one, for caddy.plugin.hash")
	}
	return nix.Call("pkgs.caddy.withPlugins", nix.AttrSet{
		nix.Bind("plugins", nix.Strings("github.com/caddy-dns/cloudflare@"+string(p.Version.V))),
		hash,
	})
}

// caddySite is what Caddy does with the requests for a site. A route keeps the
// order: Caddy would ask Authelia before it takes the visitor's own headers
// away.
func caddySite(h *policy.Host, s policy.Site) string {
	var b strings.Builder
	b.WriteString("header Strict-Transport-Security max-age=31536000\n")
	b.WriteString("route {\n")
	b.WriteString("  request_header -Remote-*\n")
	if s.Auth != "" {
		b.WriteString("  forward_auth " + h.Listeners()[s.Auth].Address.String() + " {\n")
		b.WriteString("    uri " + authURI + "\n")
		b.WriteString("    copy_headers " + strings.Join(identityHeaders, " ") + "\n")
		b.WriteString("  }\n")
	}
	b.WriteString("  reverse_proxy " + s.Upstream.URL() + "\n")
	b.WriteString("}\n")
	return b.String()
}

// authURI is where Authelia answers proxies (authelia.com, Reference, Proxy
// Authorization).
const authURI = "/api/authz/forward-auth"
