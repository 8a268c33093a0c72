package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// certificatesModule is where the module that certificates.nix imports stands.
const certificatesModule = "modules/certificates.nix"

// certificates is the module of the certificates that the host keeps, and of
// the timer that looks for those that end soon.
func certificates(h *policy.Host) *nix.File {
	c := h.Certificates
	kept, served := h.Watched()
	if len(kept)+len(served) == 0 {
		return nil
	}
	f := &nix.File{}
	body := nix.AttrSet{nix.Bind("imports", nix.Elements(nix.PathLit("../../"+certificatesModule)))}
	if len(kept) > 0 {
		bind(&body, nix.Path("security.acme"), acme(h, f))
	}
	for _, name := range kept {
		after := afterSecrets(h, c.Token.V)
		if len(after) > 0 {
			body = append(body, nix.Binding{Blank: true, Path: nix.Path("systemd.services").Append(renewal(h, name)), Value: after})
		}
	}
	watch := nix.AttrSet{nix.Bind("within", nix.Int(c.Warn.V.Seconds()), why(c.Warn.From))}
	if len(kept) > 0 {
		watch = append(watch, nix.Bind("kept", nix.Strings(kept...)))
	}
	if len(served) > 0 {
		watch = append(watch, nix.Bind("served", nix.Strings(served...), "as browsers get them"))
	}
	bind(&body, nix.Path("pantherctl.certificates"), watch)
	f.Body = body
	return f
}

// acme asks for certificates. Every name is proven by DNS, so none needs port
// 80 open, and wildcards work.
func acme(h *policy.Host, f *nix.File) nix.AttrSet {
	c := h.Certificates
	certs := nix.AttrSet{}
	for _, e := range c.Domains.Entries {
		certs = append(certs, nix.Binding{
			Path:  nix.AttrPath{e.Key},
			Value: nix.AttrSet{nix.Bind("extraDomainNames", nix.Strings(schema.Words(e.Value.Names)...))},
		})
	}
	set := nix.AttrSet{
		nix.Bind("acceptTerms", nix.Bool(true), why(c.Enable.From)),
		nix.Bind("defaults", nix.AttrSet{
			nix.Bind("email", nix.String(c.Email.V)),
			nix.Bind("dnsProvider", nix.String("cloudflare"), "names are proven without a port open to the internet"),
			nix.Binding{
				Path:  nix.Path("credentialFiles").Append("CF_DNS_API_TOKEN_FILE"),
				Value: secretPath(h, string(c.Token.V), f), Doc: []string{"handed over by systemd: no service's user can read the secret itself"},
			},
		}),
	}
	bind(&set, nix.Path("certs"), certs)
	return set
}

// renewal is the unit that asks the authority for a certificate: 25.11 parted
// it from the one that keeps the files in place (NixOS 25.11 release notes).
func renewal(h *policy.Host, certificate string) string {
	if h.Release.Before("25.11") {
		return "acme-" + certificate
	}
	return "acme-order-renew-" + certificate
}

// afterSecrets orders a unit after secrets that come from 1Password. Those of
// agenix are there before any unit.
func afterSecrets(h *policy.Host, names ...schema.Name) nix.AttrSet {
	for _, name := range names {
		if s, ok := h.Secrets.Get(string(name)); ok && policy.SecretProvider(s) == policy.Opnix {
			return nix.AttrSet{
				nix.Bind("wants", nix.Strings(opnixUnit)),
				nix.Bind("after", nix.Strings(opnixUnit), "1Password brings a secret that it reads"),
			}
		}
	}
	return nil
}

// credentialFile is where systemd puts a credential of a unit (systemd.exec(5),
// LoadCredential=). The variable that names the folder is not set for reloads.
func credentialFile(unit, name string) string { return "/run/credentials/" + unit + ".service/" + name }

// loaded is one element of LoadCredential=: a secret under a name.
func loaded(h *policy.Host, name string, secret schema.Name, f *nix.File) nix.Expr {
	path := secretPath(h, string(secret), f)
	if text, ok := path.(nix.String); ok {
		return nix.String(name+":") + text
	}
	return nix.Template{nix.String(name + ":"), path}
}

// proxySandbox is what a proxy's service does without, beyond what NixOS takes
// from it.
func proxySandbox() nix.AttrSet {
	return nix.AttrSet{
		nix.Bind("CapabilityBoundingSet", nix.String("CAP_NET_BIND_SERVICE"), "it listens on ports 80 and 443, and needs no other right"),
		nix.Bind("LockPersonality", nix.Bool(true)),
		nix.Bind("MemoryDenyWriteExecute", nix.Bool(true)),
		nix.Bind("PrivateTmp", nix.Bool(true)),
		nix.Bind("ProtectClock", nix.Bool(true)),
		nix.Bind("ProtectControlGroups", nix.Bool(true)),
		nix.Bind("ProtectHostname", nix.Bool(true)),
		nix.Bind("ProtectKernelLogs", nix.Bool(true)),
		nix.Bind("ProtectKernelModules", nix.Bool(true)),
		nix.Bind("ProtectKernelTunables", nix.Bool(true)),
		nix.Bind("ProtectProc", nix.String("invisible")),
		nix.Bind("RestrictAddressFamilies", nix.Strings("AF_INET", "AF_INET6", "AF_UNIX")),
		nix.Bind("RestrictNamespaces", nix.Bool(true)),
		nix.Bind("RestrictRealtime", nix.Bool(true)),
		nix.Bind("RestrictSUIDSGID", nix.Bool(true)),
		nix.Bind("SystemCallArchitectures", nix.String("native")),
		nix.Bind("SystemCallErrorNumber", nix.String("EPERM")),
		nix.Bind("SystemCallFilter", nix.Strings("@system-service", "~@privileged")),
	}
}
