package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// authelia is the module of the service that decides on the visitors of sites.
// systemd hands it its secrets, so that their files stay root's in every
// release.
func authelia(h *policy.Host) *nix.File {
	a := h.Authelia
	if !a.Enable.V {
		return nil
	}
	const unit = "authelia-main"
	f := &nix.File{}
	variables, credentials, secrets := nix.AttrSet{}, nix.List{}, []schema.Name{}
	for _, s := range h.AutheliaSecrets() {
		secrets = append(secrets, s.Name.V)
		credentials = append(credentials, nix.Element{Value: loaded(h, s.Key, s.Name.V, f)})
		if s.Variable != "" {
			variables = append(variables, nix.Bind(s.Variable, nix.String(credentialFile(unit, s.Key))))
		}
	}
	instance := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("secrets.manual", nix.Bool(true), "as credentials, below"),
		nix.Bind("environmentVariables", variables),
		nix.Binding{Blank: true, Path: nix.Path("settings"), Value: autheliaSettings(h, unit)},
	}
	body := nix.AttrSet{nix.Bind("services.authelia.instances.main", instance)}
	service := afterSecrets(h, secrets...)
	service = append(service, nix.Bind("serviceConfig.LoadCredential", credentials))
	bind(&body, nix.Path("systemd.services."+unit), service)
	f.Body = body
	return f
}

// autheliaSettings is the configuration without its secrets.
func autheliaSettings(h *policy.Host, unit string) nix.AttrSet {
	a := h.Authelia
	return nix.AttrSet{
		nix.Bind("theme", nix.String("auto")),
		nix.Bind("log.level", nix.String("info")),
		nix.Bind("server.address", nix.String("tcp://"+h.Listeners()["authelia"].Address.String()+"/"), "only the proxy of this host reaches it"),
		nix.Bind("authentication_backend", nix.AttrSet{
			nix.Bind("file.path", nix.String(credentialFile(unit, "users"))),
			nix.Bind("password_reset.disable", nix.Bool(true), "users come from the secret, which Authelia cannot write"),
		}),
		nix.Bind("access_control", accessControl(h)),
		nix.Bind("session.cookies", nix.Elements(nix.AttrSet{
			nix.Bind("domain", nix.String(a.Domain.V)),
			nix.Bind("authelia_url", nix.String("https://"+string(a.Portal.V))),
		})),
		nix.Bind("storage.local.path", nix.String(policy.AutheliaState+"/db.sqlite3")),
		nix.Bind("notifier.filesystem.filename", nix.String(policy.AutheliaState+"/notifications.txt"), "an administrator reads the codes there: no mail server knows them"),
	}
}

// accessControl lets in who has shown the factors, at the guarded sites only.
func accessControl(h *policy.Host) nix.AttrSet {
	set := nix.AttrSet{nix.Bind("default_policy", nix.String("deny"))}
	var guarded []string
	for _, s := range h.Sites {
		if s.Auth == string(schema.ByAuthelia) {
			guarded = append(guarded, string(s.Name))
		}
	}
	if len(guarded) == 0 {
		// Authelia refuses to deny all without a rule.
		return nix.AttrSet{nix.Bind("default_policy", nix.String(h.Authelia.Factors.V), why(h.Authelia.Factors.From))}
	}
	return append(set, nix.Bind("rules", nix.Elements(nix.AttrSet{
		nix.Bind("domain", nix.Strings(guarded...)),
		nix.Bind("policy", nix.String(h.Authelia.Factors.V), why(h.Authelia.Factors.From)),
	})))
}
