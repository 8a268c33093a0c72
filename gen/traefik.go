package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// traefik is the module of Traefik and its sites.
func traefik(h *policy.Host) *nix.File {
	if !h.Traefik.Enable.V {
		return nil
	}
	f := &nix.File{}
	needs(f, "lib")
	service := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("staticConfigOptions", traefikStatic(h), "without api: neither dashboard nor API"),
		nix.Binding{Blank: true, Path: nix.Path("dynamicConfigOptions"), Value: traefikDynamic(h)},
	}
	unit := nix.AttrSet{nix.Bind("environment.CF_DNS_API_TOKEN_FILE", nix.String(credentialFile("traefik", cloudflareToken)))}
	unit = append(unit, afterSecrets(h, h.Certificates.Token.V)...)
	sandbox := nix.AttrSet{nix.Bind("LoadCredential", nix.Elements(loaded(h, cloudflareToken, h.Certificates.Token.V, f)), "the token, which its user cannot read itself")}
	for _, b := range proxySandbox() {
		switch b.Path.String() {
		case "CapabilityBoundingSet", "PrivateTmp": // NixOS says so already
		default:
			sandbox = append(sandbox, b)
		}
	}
	sandbox = append(sandbox, nix.Bind("ProtectSystem", nix.Call("lib.mkForce", nix.String("strict")), "it writes to its own folders only"))
	bind(&unit, nix.Path("serviceConfig"), sandbox)
	f.Body = nix.AttrSet{
		nix.Bind("services.traefik", service),
		nix.Binding{Blank: true, Path: nix.Path("systemd.services.traefik"), Value: unit},
	}
	return f
}

// traefikStatic is what Traefik reads when it starts.
func traefikStatic(h *policy.Host) nix.AttrSet {
	return nix.AttrSet{
		nix.Bind("global", nix.AttrSet{
			nix.Bind("checkNewVersion", nix.Bool(false), "Nix decides"),
			nix.Bind("sendAnonymousUsage", nix.Bool(false)),
		}),
		nix.Bind("entryPoints", nix.AttrSet{
			nix.Bind("web", nix.AttrSet{
				nix.Bind("address", nix.String(":80")),
				nix.Bind("http.redirections.entryPoint", nix.AttrSet{
					nix.Bind("to", nix.String("websecure")),
					nix.Bind("scheme", nix.String("https")),
				}),
			}),
			nix.Bind("websecure", nix.AttrSet{
				nix.Bind("address", nix.String(":443")),
				nix.Bind("http.tls.certResolver", nix.String("cloudflare")),
			}),
		}),
		nix.Bind("certificatesResolvers.cloudflare.acme", nix.AttrSet{
			nix.Bind("email", nix.String(h.Certificates.Email.V)),
			nix.Bind("storage", nix.String(policy.TraefikState+"/acme.json")),
			nix.Bind("dnsChallenge.provider", nix.String("cloudflare"), "names are proven without a port open to the internet"),
		}),
	}
}

// traefikDynamic is what Traefik does with the requests for its sites.
func traefikDynamic(h *policy.Host) nix.AttrSet {
	routers, services, guarded := nix.AttrSet{}, nix.AttrSet{}, ""
	for _, s := range h.Sites {
		if s.Proxy != "traefik" {
			continue
		}
		use := []string{"transport", "nobody"}
		if s.Auth != "" {
			use, guarded = append(use, s.Auth), s.Auth
		}
		name := string(s.Name)
		routers = append(routers, nix.Binding{Path: nix.AttrPath{name}, Value: nix.AttrSet{
			nix.Bind("rule", nix.String("Host(`"+name+"`)")),
			nix.Bind("entryPoints", nix.Strings("websecure")),
			nix.Bind("middlewares", nix.Strings(use...)),
			nix.Bind("service", nix.String(name)),
		}})
		services = append(services, nix.Binding{
			Path:  nix.AttrPath{name, "loadBalancer", "servers"},
			Value: nix.Elements(nix.AttrSet{nix.Bind("url", nix.String(s.Upstream.URL()))}),
		})
	}
	set := nix.AttrSet{nix.Bind("tls.options.default", nix.AttrSet{
		nix.Bind("minVersion", nix.String("VersionTLS12")),
		nix.Bind("sniStrict", nix.Bool(true), "no certificate for names that are no site"),
	})}
	if len(routers) == 0 {
		return set
	}
	nobody := nix.AttrSet{}
	for _, name := range identityHeaders {
		nobody = append(nobody, nix.Bind(name, nix.String("")))
	}
	middlewares := nix.AttrSet{
		nix.Bind("transport.headers.stsSeconds", nix.Int(31536000)),
		nix.Bind("nobody.headers.customRequestHeaders", nobody, "empty takes them away: visitors do not say who they are"),
	}
	if guarded != "" {
		middlewares = append(middlewares, nix.Binding{Path: nix.AttrPath{guarded, "forwardAuth"}, Value: nix.AttrSet{
			nix.Bind("address", nix.String(h.Listeners()[guarded].URL()+authURI)),
			nix.Bind("trustForwardHeader", nix.Bool(false), "what a visitor says of himself is no news"),
			nix.Bind("authResponseHeaders", nix.Strings(identityHeaders...)),
		}})
	}
	return append(set, nix.Bind("http", nix.AttrSet{
		nix.Bind("routers", routers),
		nix.Bind("services", services),
		nix.Bind("middlewares", middlewares),
	}))
}
