package option

import (
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen/nix"
)

func module(body nix.Expr) *nix.File { return &nix.File{Params: []string{"lib"}, Body: body} }

func TestVerify(t *testing.T) {
	enable := nix.Bind("services.tailscale.enable", nix.Bool(true))
	lsm := nix.Bind("security.lsm", nix.Call("lib.mkBefore", nix.Strings("lockdown")))
	params := nix.Bind("boot.kernelParams", nix.Strings("security=apparmor"))
	oldJournal := nix.AttrSet{nix.Bind("extraConfig", nix.String("Seal=yes"))}
	newJournal := nix.AttrSet{nix.Bind("settings.Journal.Seal", nix.Bool(true))}
	journal := func(then, otherwise nix.AttrSet) *nix.File {
		return module(nix.AttrSet{nix.Bind("services.journald", nix.Call("lib.mkMerge",
			nix.Elements(nix.OptionalAttrs(nix.Path("services.journald.settings"), then, otherwise)...)))})
	}
	pick := nix.Bind("containers.web.privateUsers", nix.String("pick"))
	tests := []struct {
		name    string
		file    *nix.File
		release Release
		want    []string // one part of each error, in order
	}{
		{"short form", module(nix.AttrSet{nix.Bind("imports", nix.Elements(nix.PathLit("./a.nix"))), enable}), R2411, nil},
		{"long form", module(nix.AttrSet{nix.Bind("imports", nix.List{}), nix.Bind("config", nix.AttrSet{enable})}), R2411, nil},
		{"config in a path", module(nix.AttrSet{{Path: nix.Path("config.services.tailscale.enable"), Value: nix.Int(1)}}), R2411, []string{"services.tailscale.enable: want boolean"}},
		{"both forms at once", module(nix.AttrSet{nix.Bind("config", nix.AttrSet{enable}), enable}), R2411, []string{"beside config"}},
		{"merged config", module(nix.AttrSet{nix.Bind("config", nix.Call("lib.mkMerge", nix.Elements(nix.AttrSet{enable}, nix.AttrSet{lsm})))}), R2411, []string{"security.lsm is new"}},
		{"merge for a module", module(nix.Call("lib.mkMerge", nix.Elements(nix.AttrSet{enable}))), R2411, []string{"lib.mkMerge is no module"}},
		{"condition for a module", module(nix.Call("lib.mkIf", nix.Ref{"x"}, nix.AttrSet{lsm})), R2411, []string{"security.lsm is new"}},
		{"module in place", module(nix.AttrSet{nix.Bind("imports", nix.Elements(nix.AttrSet{nix.Bind("services.sshd.ports", nix.Ints(22))}))}), R2411, []string{"services.sshd.ports does not exist"}},
		{"no list of imports", module(nix.AttrSet{nix.Bind("imports", nix.PathLit("./a.nix"))}), R2411, []string{"imports wants a list"}},
		{"own options", module(nix.AttrSet{nix.Bind("options.services.x", nix.AttrSet{})}), R2411, []string{"declares options"}},
		{"every error", module(nix.AttrSet{
			nix.Bind("services.caddy", nix.AttrSet{
				nix.Bind("domains", nix.List{}),
				nix.Bind("enable", nix.String("yes")),
				nix.Bind("environmentFile", nix.String("/run/a")),
			}),
		}), R2411, []string{"virtualHosts", "services.caddy.enable: want boolean", "services.caddy.environmentFile is new in NixOS 25.05"}},
		{"a name with a dot", module(nix.AttrSet{{Path: nix.Path("services.caddy.virtualHosts").Append("a.example.org", "extra"), Value: nix.String("")}}), R2411, []string{`services.caddy.virtualHosts."a.example.org".extra does not exist`}},
		{"assertion", module(nix.AttrSet{nix.Bind("assertions", nix.Elements(nix.AttrSet{
			nix.Bind("assertion", nix.Ref(nix.Path("config.networking.nftables.enable"))), nix.Bind("message", nix.String("m")),
		}))}), R2411, nil},
		{"reference to what is gone", module(nix.AttrSet{nix.Bind("warnings", nix.Elements(nix.Ref(nix.Path("config.services.journald.extraConfig"))))}), R2611, []string{"refers to config.services.journald.extraConfig was removed"}},
		{"let", &nix.File{Let: []nix.Binding{nix.Bind("ports", nix.Ints(22)), nix.Bind("loop", nix.Ref{"loop"})}, Body: nix.AttrSet{
			nix.Bind("services.openssh.ports", nix.Ref{"ports"}),
			nix.Bind("networking.hostName", nix.Ref{"ports"}),
			nix.Bind("networking.domain", nix.Ref{"loop"}),
		}}, R2411, []string{"networking.hostName: want"}},

		{"tested, release without it", module(nix.AttrSet{nix.Bind("config", nix.Call("lib.mkMerge", nix.Elements(nix.OptionalAttrs(nix.Path("security.lsm"), nix.AttrSet{lsm}, nix.AttrSet{params})...)))}), R2411, nil},
		{"tested, release with it", module(nix.AttrSet{nix.Bind("config", nix.OptionalAttrsOrNothing(nix.Path("security.lsm"), nix.AttrSet{lsm}))}), R2605, nil},
		{"tested with mkIf", module(nix.AttrSet{nix.Bind("config", nix.Call("lib.mkIf", nix.HasOption{Option: nix.Path("security.lsm")}, nix.AttrSet{lsm}))}), R2411, []string{"security.lsm is new"}},
		{"both sides, before", journal(newJournal, oldJournal), R2411, nil},
		{"both sides, after", journal(newJournal, oldJournal), R2611, nil},
		{"sides swapped, before", journal(oldJournal, newJournal), R2411, []string{"removed in NixOS 26.11", "new in NixOS 26.11"}},
		{"sides swapped, after", journal(oldJournal, newJournal), R2611, []string{"removed in NixOS 26.11", "new in NixOS 26.11"}},
		{"type of the branch", journal(nix.AttrSet{nix.Bind("settings.Journal", nix.String("x"))}, oldJournal), R2411, []string{"services.journald.settings.Journal: want"}},
		{"never without", module(nix.AttrSet{nix.Bind("config", nix.Call("lib.optionalAttrs", nix.HasOption{Option: nix.Path("networking.firewall.enable"), Not: true}, nix.AttrSet{enable}))}), R2411, []string{"never used"}},
		{"no such option tested", module(nix.AttrSet{nix.Bind("config", nix.OptionalAttrsOrNothing(nix.Path("security.lsms"), nix.AttrSet{lsm}))}), R2411, []string{"did you mean security.lsm?"}},
		{"set of the tested option missing", module(nix.AttrSet{nix.Bind("config", nix.OptionalAttrsOrNothing(nix.Path("services.tailscale.serve.enable"), nix.AttrSet{enable}))}), R2511, []string{"options.services.tailscale.serve does not exist in NixOS 25.11"}},
		{"whole set tested", module(nix.AttrSet{nix.Bind("config", nix.OptionalAttrsOrNothing(nix.Path("services.tailscale.serve"), nix.AttrSet{nix.Bind("services.tailscale.serve.enable", nix.Bool(true))}))}), R2511, nil},
		{"nearest release before", module(nix.AttrSet{nix.Bind("config", nix.Call("lib.optionalAttrs", nix.HasOption{Option: nix.Path("services.tailscale.serve"), Not: true}, nix.AttrSet{
			nix.Bind("services.tailscale.disableUpstreamLogging", nix.Bool(true)),
		}))}), R2611, nil},
		{"far before", module(nix.AttrSet{nix.Bind("config", nix.Call("lib.optionalAttrs", nix.HasOption{Option: nix.Path("services.tailscale.serve"), Not: true}, nix.AttrSet{
			nix.Bind("services.tailscale.disableUpstreamLogging", nix.Bool(true)),
		}))}), R2411, []string{"new in NixOS 25.11"}},
		{"removed option tested", module(nix.AttrSet{nix.Bind("config", nix.OptionalAttrsOrNothing(nix.Path("services.journald.extraConfig"), nix.AttrSet{enable}))}), R2411, []string{"test what replaced it"}},
		{"removed set tested", module(nix.AttrSet{nix.Bind("config", nix.OptionalAttrsOrNothing(nix.Path("virtualisation.lxd"), nix.AttrSet{enable}))}), R2411, []string{"removed in NixOS 25.11"}},
		{"part of an option tested", module(nix.AttrSet{nix.Bind("config", nix.OptionalAttrsOrNothing(nix.Path("services.openssh.settings.Banner"), nix.AttrSet{enable}))}), R2411, []string{"services.openssh.settings is an option, so the test never holds"}},
		{"option of an item, release without it", module(nix.AttrSet{nix.Bind("config", nix.Call("lib.optionalAttrs", nix.HasOption{Option: nix.Path("containers"), Item: "privateUsers"}, nix.AttrSet{pick}))}), R2411, nil},
		{"option of an item, not tested", module(nix.AttrSet{pick}), R2411, []string{"containers.web.privateUsers is new"}},
		{"no such option of an item", module(nix.AttrSet{nix.Bind("config", nix.Call("lib.optionalAttrs", nix.HasOption{Option: nix.Path("containers"), Item: "privateUser"}, nix.AttrSet{pick}))}), R2411, []string{"privateUsers?"}},
		{"third party", module(nix.AttrSet{nix.Bind("config", nix.Call("lib.optionalAttrs", nix.HasOption{Option: nix.Path("age"), Not: true}, nix.AttrSet{enable}))}), R2511, nil},
		{"unknown release", module(nix.AttrSet{enable}), "24.05", []string{"unknown NixOS release"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			errs := Verify(tt.file, tt.release)
			if len(errs) != len(tt.want) {
				t.Fatalf("got %v, want %q", errs, tt.want)
			}
			for i, want := range tt.want {
				if !strings.Contains(errs[i].Error(), want) {
					t.Errorf("got %q, want %q", errs[i], want)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	var body nix.AttrSet // about a host
	for path := range strings.FieldsSeq(emitted) {
		body = append(body, nix.Bind(path, nix.Call("lib.mkForce", nix.Ref{"x"})))
	}
	f := module(body)
	for b.Loop() {
		Verify(f, R2605)
	}
	b.ReportMetric(float64(len(body)), "bindings")
}
