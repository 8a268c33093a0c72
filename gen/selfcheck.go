package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
)

// selfcheckModule is where the module that selfcheck.nix imports stands.
const selfcheckModule = "modules/selfcheck.nix"

// selfcheck is the module that compares the running host with what was
// generated, and of the programs to look at hosts from outside.
func selfcheck(h *policy.Host) *nix.File {
	s := h.Selfcheck
	f, body := &nix.File{}, nix.AttrSet{}
	if s.Enable.V {
		settings := nix.AttrSet{
			nix.Bind("every", nix.Int(s.Every.V.Seconds()), why(s.Every.From)),
			nix.Bind("store", nix.Bool(s.Store.V), why(s.Store.From)),
		}
		if len(h.Secrets.Entries) > 0 {
			list := nix.List{}
			for _, e := range h.Secrets.Entries {
				list = append(list, nix.Element{Value: secretPath(h, e.Key, f)})
			}
			settings = append(settings, nix.Bind("secrets", list, "readable, and not empty"))
		}
		body = nix.AttrSet{nix.Bind("imports", nix.Elements(nix.PathLit("../../"+selfcheckModule)))}
		bind(&body, nix.Path("pantherctl.selfcheck"), settings)
	}
	if len(s.Tools.Items) > 0 {
		needs(f, "pkgs")
		tools := nix.List{}
		for _, t := range s.Tools.Values() {
			tools = append(tools, nix.Element{Value: nix.Ref{"pkgs", string(t)}})
		}
		bind(&body, nix.Path("environment.systemPackages"), tools, "for people who look at a host from outside")
	}
	if len(body) == 0 {
		return nil
	}
	f.Body = body
	return f
}
