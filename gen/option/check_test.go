package option

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pantherctl/pantherctl/gen/nix"
)

var pkgsGit = nix.Ref{"pkgs", "git"}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, path string
		value      nix.Expr
		want       string // part of the error, "" for none
	}{
		{"bool", "networking.firewall.enable", nix.Bool(true), ""},
		{"string for a bool", "services.openssh.settings.X11Forwarding", nix.String("no"), `got string "no"`},
		{"bool for an enum", "services.openssh.settings.PermitRootLogin", nix.Bool(false), "got false"},
		{"member of an enum", "services.openssh.settings.PermitRootLogin", nix.String("no"), ""},
		{"not a member", "services.openssh.settings.PermitRootLogin", nix.String("nope"), `want null or one of "yes"`},
		{"lock, or a boolean", "security.audit.enable", nix.String("lock"), ""},
		{"int for a string", "services.fail2ban.bantime", nix.Int(3600), "want string, got integer 3600"},
		{"list for a string", "services.openssh.settings.AuthenticationMethods", nix.Strings("publickey"), "got a list"},
		{"string for a list", "services.openssh.settings.AllowUsers", nix.String("hbohlen"), "got string"},
		{"string for a list of ciphers", "services.openssh.settings.Ciphers", nix.String("aes256-ctr"), "got string"},
		{"list of ciphers", "services.openssh.settings.Ciphers", nix.Strings("aes256-ctr"), ""},
		{"list for a script", "systemd.services.tailscale.postStart", nix.Strings("a"), "got a list"},
		{"port", "services.openssh.ports", nix.Ints(22, 2222), ""},
		{"port too high", "services.openssh.ports", nix.Ints(22, 70000), "services.openssh.ports[1]: want 16 bit"},
		{"port as text", "networking.firewall.allowedTCPPorts", nix.Strings("22"), "got string"},
		{"null", "services.openssh.settings.AllowUsers", nix.Null{}, ""},
		{"null where not allowed", "networking.firewall.enable", nix.Null{}, "got null"},
		{"sysctl", `boot.kernel.sysctl.a`, nix.Int(1), ""},
		{"sysctl of a list", `boot.kernel.sysctl.a`, nix.Strings("1"), "got a list"},
		{"key of several lines", "users.users.a.openssh.authorizedKeys.keys", nix.Strings("ssh-ed25519 A\nssh-ed25519 B"), "single-line"},
		{"key with a newline at its end", "users.users.a.openssh.authorizedKeys.keys", nix.Strings("ssh-ed25519 A\n"), ""},
		{"path", "services.tailscale.authKeyFile", nix.String("/run/agenix/key"), ""},
		{"relative path", "services.tailscale.authKeyFile", nix.String("agenix/key"), "want null or path"},
		{"path literal", "age.secrets.a.file", nix.PathLit("../secrets/a.age"), ""},
		{"path literal for a string", "networking.hostName", nix.PathLit("./x"), "got path ./x"},
		{"path in a template", "age.secrets.a.file", nix.Template{nix.Ref{"secrets"}, nix.String("/a.age")}, ""},
		{"relative template", "age.secrets.a.file", nix.Template{nix.String("a/"), nix.Ref{"b"}}, "references"},
		{"package", "environment.systemPackages", nix.Elements(pkgsGit), ""},
		{"package by name", "environment.systemPackages", nix.Strings("git"), "want package"},
		{"a package for a list", "environment.systemPackages", pkgsGit, "got reference pkgs.git"},
		{"pattern", "system.autoUpgrade.rebootWindow.lower", nix.String("04:00"), ""},
		{"not the pattern", "system.autoUpgrade.rebootWindow.lower", nix.String("4am"), "pattern"},
		{"unit without suffix", "systemd.services.a.wantedBy", nix.Strings("multi-user"), "pattern"},
		{"unit setting", "systemd.services.a.serviceConfig.CapabilityBoundingSet", nix.String(""), ""},
		{"unit setting, many", "systemd.services.a.serviceConfig.SystemCallFilter", nix.Strings("@system-service"), ""},
		{"read-only", "boot.lanzaboote.installCommand", nix.String("x"), "read-only"},
		{"unknown type", "system.build.images", nix.String("x"), "not known"},
		{"state version", "system.stateVersion", nix.String("26.5"), "pattern"},
		{"string filter of a jail", "services.fail2ban.jails.sshd.filter", nix.String("sshd[mode=aggressive]"), "got string"},
		{"empty text", "services.tailscale.permitCertUid", nix.String(" "), "want null or"},
		{"empty list", "security.auditd.plugins.syslog.args", nix.Strings(""), "args[0]: want non-empty string"},
		{"no mount options", "fileSystems.x.options", nix.List{}, "got an empty list"},
		{"mount options", "fileSystems.x.options", nix.Strings("nosuid"), ""},
		{"null list", "services.restic.backups.a.paths", nix.Null{}, ""},

		{"submodule", "networking.firewall.interfaces.tailscale0", nix.AttrSet{nix.Bind("allowedTCPPorts", nix.Ints(22))}, ""},
		{"in a submodule", "networking.firewall.interfaces.tailscale0", nix.AttrSet{nix.Bind("allowedTCPPorts", nix.String("22"))}, "networking.firewall.interfaces.tailscale0.allowedTCPPorts: want list"},
		{"not in the submodule", "networking.firewall.interfaces.tailscale0", nix.AttrSet{nix.Bind("allowedTCPPort", nix.Ints(22))}, "did you mean networking.firewall.interfaces.tailscale0.allowedTCPPorts?"},
		{"list of submodules", "services.openssh.hostKeys", nix.Elements(nix.AttrSet{nix.Bind("path", nix.String("/a")), nix.Bind("type", nix.String("dsa"))}), `services.openssh.hostKeys[0].type: want one of "rsa"`},
		{"converted", "environment.persistence.p.directories", nix.Elements(nix.String("/var/log"), nix.AttrSet{nix.Bind("directory", nix.String("/var/lib/tailscale")), nix.Bind("mode", nix.String("0700"))}), ""},
		{"rule of sudo", "security.sudo.extraRules", nix.Elements(nix.AttrSet{nix.Bind("commands", nix.Elements(nix.AttrSet{nix.Bind("command", nix.String("ALL")), nix.Bind("options", nix.Strings("NOPASWD"))}))}), "options[0]: want one of"},
		{"set for a list", "networking.nameservers", nix.AttrSet{}, "got a set"},
		{"list for a set", "users.users", nix.List{}, "got a list"},

		{"forced", "networking.firewall.enable", nix.Call("lib.mkForce", nix.Bool(false)), ""},
		{"forced, wrongly", "networking.firewall.enable", nix.Call("lib.mkForce", nix.String("no")), "got string"},
		{"overridden", "networking.firewall.enable", nix.Override(90, nix.Int(1)), "got integer 1"},
		{"merged", "networking.firewall.allowedTCPPorts", nix.Call("lib.mkMerge", nix.Elements(nix.Ints(1), nix.Strings("2"))), "[0]: want 16 bit"},
		{"optional", "environment.systemPackages", nix.Call("lib.optionals", nix.Ref{"x"}, nix.Elements(pkgsGit)), ""},
		{"call for text", "networking.hostName", nix.Call("lib.concatStrings", nix.Ref{"x"}), ""},
		{"call for a bool", "networking.firewall.enable", nix.Call("f", nix.Ref{"x"}), "got a call of f"},
		{"too few arguments", "networking.firewall.enable", nix.Call("lib.mkOverride", nix.Bool(true)), "got a call"},

		{"a setting of its type", "networking.firewall.allowedTCPPorts", nix.Ref(nix.Path("config.services.openssh.ports")), ""},
		{"a setting of another", "networking.firewall.allowedTCPPorts", nix.Ref(nix.Path("config.services.tailscale.port")), "which is 16 bit"},
		{"a setting that is not there", "services.tailscale.authKeyFile", nix.Ref(nix.Path("config.age.secret.key.path")), "did you mean age.secrets"},
		{"a secret", "services.tailscale.authKeyFile", nix.Ref(nix.Path("config.age.secrets.key.path")), ""},
		{"attribute of a package", "environment.systemPackages", nix.Elements(nix.Ref(nix.Path("config.services.caddy.package.man"))), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, err := Lookup(nix.Path(tt.path))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := Check(o, tt.value); err != nil {
				got = err.Error()
			}
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Whatever the value, Check answers, and answers the same below lib.mkForce.
func TestCheckAny(t *testing.T) {
	paths := []string{
		"networking.firewall.enable", "services.openssh.settings", "users.users", "systemd.services.a.serviceConfig",
		"services.openssh.hostKeys", "environment.systemPackages", "services.caddy.settings", "containers.a.config",
		"assertions", "boot.kernel.sysctl", "services.tailscale.authKeyFile",
	}
	rapid.Check(t, func(t *rapid.T) {
		o, err := Lookup(nix.Path(rapid.SampledFrom(paths).Draw(t, "path")))
		if err != nil {
			t.Fatal(err)
		}
		v := expr(3).Draw(t, "value")
		plain, forced := Check(o, v), Check(o, nix.Call("lib.mkForce", v))
		if (plain == nil) != (forced == nil) {
			t.Fatalf("plain: %v\nforced: %v", plain, forced)
		}
	})
}

// expr draws expressions with at most depth levels, malformed ones included.
func expr(depth int) *rapid.Generator[nix.Expr] {
	name := rapid.SampledFrom([]string{"enable", "lib", "config", "services", "mkForce", "mkIf", "mkMerge", "", "a.b", "*", "<name>", "path", "x"})
	path := rapid.SliceOfN(name, 0, 3)
	leaf := []*rapid.Generator[nix.Expr]{
		rapid.Just[nix.Expr](nil), rapid.Just[nix.Expr](nix.Null{}), rapid.Just[nix.Expr](nix.Bool(true)),
		rapid.Custom(func(t *rapid.T) nix.Expr { return nix.Int(rapid.Int64().Draw(t, "int")) }),
		rapid.Custom(func(t *rapid.T) nix.Expr { return nix.String(rapid.String().Draw(t, "string")) }),
		rapid.Custom(func(t *rapid.T) nix.Expr { return nix.Ref(path.Draw(t, "ref")) }),
		rapid.Custom(func(t *rapid.T) nix.Expr { return nix.HasOption{Option: path.Draw(t, "option")} }),
		rapid.Custom(func(t *rapid.T) nix.Expr { return nix.Template{nix.String("a"), nix.Ref(path.Draw(t, "ref"))} }),
	}
	if depth == 0 {
		return rapid.OneOf(leaf...)
	}
	inner := rapid.SliceOfN(expr(depth-1), 0, 3)
	return rapid.OneOf(append(leaf,
		rapid.Custom(func(t *rapid.T) nix.Expr { return nix.Elements(inner.Draw(t, "items")...) }),
		rapid.Custom(func(t *rapid.T) nix.Expr {
			return nix.Apply{Fn: nix.Ref(path.Draw(t, "fn")), Args: inner.Draw(t, "args")}
		}),
		rapid.Custom(func(t *rapid.T) nix.Expr {
			var set nix.AttrSet
			for _, v := range inner.Draw(t, "values") {
				set = append(set, nix.Binding{Path: path.Draw(t, "path"), Value: v})
			}
			return set
		}),
	)...)
}
