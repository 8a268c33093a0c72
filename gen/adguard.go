package gen

import (
	"github.com/pantherctl/pantherctl/gen/nix"
	"github.com/pantherctl/pantherctl/gen/policy"
	"github.com/pantherctl/pantherctl/schema"
)

// adguard is the module of AdGuard Home. Its settings lie readable in the
// store, so the one secret among them is put in when the service starts.
func adguard(h *policy.Host) *nix.File {
	a := h.AdGuard
	if !a.Enable.V {
		return nil
	}
	f := &nix.File{}
	dns := nix.AttrSet{
		nix.Bind("bind_hosts", nix.Strings(h.DNSAddresses()...), "named one by one: systemd-resolved keeps its own, 127.0.0.53"),
		nix.Bind("port", nix.Int(53)),
		nix.Bind("upstream_dns", nix.Strings(schema.Words(a.Upstreams)...), why(a.Upstreams.From)),
		nix.Bind("bootstrap_dns", addresses(a.Bootstrap), why(a.Bootstrap.From)),
		nix.Bind("refuse_any", nix.Bool(true), "an answer many times the question is what amplification lives on (RFC 8482)"),
	}
	settings := nix.AttrSet{nix.Bind("schema_version", nix.Int(28), "that of these names; a newer AdGuard Home translates them")}
	bind(&settings, nix.Path("dns"), dns)
	bind(&settings, nix.Path("filtering"), nix.AttrSet{
		nix.Bind("protection_enabled", nix.Bool(true)),
		nix.Bind("filtering_enabled", nix.Bool(true)),
		nix.Bind("filters_update_interval", nix.Int(24), "hours"),
	})
	settings = append(settings, nix.Bind("filters", blocklists(h)))
	if a.Password.IsSet() {
		bind(&settings, nix.Path("users"), nix.Elements(nix.AttrSet{
			nix.Bind("name", nix.String("admin")),
			nix.Bind("password", nix.String(hashPlaceholder), "replaced below, outside the store"),
		}))
	}
	service := nix.AttrSet{
		nix.Bind("enable", nix.Bool(true)),
		nix.Bind("mutableSettings", nix.Bool(false), "what the web interface changes is gone at the next start"),
		nix.Bind("host", nix.String(h.AdGuardAddress().Addr().String()), why(a.Web.From)),
		nix.Bind("port", nix.Int(policy.AdGuardPort)),
		nix.Bind("openFirewall", nix.Bool(false), "firewall.nix opens ports where access rules say so"),
	}
	bind(&service, nix.Path("settings"), settings)
	body := nix.AttrSet{nix.Bind("services.adguardhome", service)}
	unit := nix.AttrSet{}
	var after []string
	if h.Tailscale.Enable.V {
		after = append(after, "tailscaled.service")
	}
	if a.Password.IsSet() {
		needs(f, "config", "lib")
		password := []credential{{"password", string(a.Password.V)}}
		if fetches(h, password) {
			after = append(after, opnixUnit)
		}
		service := nix.AttrSet{}
		credentials(h, f, &unit, &service, password)
		bind(&unit, nix.Path("serviceConfig"), service)
		bind(&unit, nix.Path("preStart"), nix.Call("lib.mkAfter", nix.String(putHash)), "once NixOS has put the settings in place")
	}
	if len(after) > 0 {
		bind(&unit, nix.Path("after"), nix.Strings(after...))
	}
	if len(unit) > 0 {
		bind(&body, nix.Path("systemd.services.adguardhome"), unit)
	}
	f.Body = body
	return f
}

// hashPlaceholder stands in the store for the hash of the password.
const hashPlaceholder = "@password@"

// putHash puts the hash of the password into the settings that the service
// reads. Whatever is no bcrypt hash would lock everybody out.
const putHash = `hash=$(<"$CREDENTIALS_DIRECTORY/password")
if ! [[ "$hash" =~ ^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$ ]]; then
  echo "the secret is no hash as mkpasswd -m bcrypt prints it" >&2
  exit 1
fi
settings=$(<"$STATE_DIRECTORY/AdGuardHome.yaml")
printf '%s\n' "${settings//@password@/"$hash"}" >"$STATE_DIRECTORY/AdGuardHome.yaml"
`

// blocklists are the lists of AdGuard Home, which knows them by number.
func blocklists(h *policy.Host) nix.List {
	list := nix.List{}
	for i, e := range h.AdGuard.Blocklists.Entries {
		list = append(list, nix.Element{Value: nix.AttrSet{
			nix.Bind("enabled", nix.Bool(true)),
			nix.Bind("id", nix.Int(i+1)),
			nix.Bind("name", nix.String(e.Key)),
			nix.Bind("url", nix.String(e.Value.V)),
		}})
	}
	return list
}

func addresses(l schema.List[schema.Addr]) nix.List {
	list := nix.List{}
	for _, a := range l.Values() {
		list = append(list, nix.Element{Value: nix.String(a.String())})
	}
	return list
}
