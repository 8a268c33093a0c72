package option

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pantherctl/pantherctl/gen/nix"
)

func TestLookup(t *testing.T) {
	type facts struct {
		Type         string
		Since, Until Release
		From         string
		FreeForm     bool
	}
	const port = "16 bit unsigned integer; between 0 and 65535 (both inclusive)"
	tests := []struct {
		name string
		path nix.AttrPath
		want facts
	}{
		{"plain", nix.Path("networking.firewall.enable"), facts{Type: "boolean"}},
		{"below a name", nix.Path("users.users.alice.openssh.authorizedKeys.keys"), facts{Type: "list of (optionally newline-terminated) single-line string"}},
		{"placeholder written out", nix.Path("users.users.<name>.openssh.authorizedKeys.keys"), facts{Type: "list of (optionally newline-terminated) single-line string"}},
		{"name with a dot", nix.Path("networking.firewall.interfaces").Append("eth0.100", "allowedTCPPorts"), facts{Type: "list of " + port}},
		{"item of a list", nix.Path("networking.nat.forwardPorts.*.destination"), facts{Type: "string"}},
		{"the set itself", nix.Path("users.users"), facts{Type: "attribute set of (submodule)"}},
		{"one of the set", nix.Path("users.users.alice"), facts{Type: "submodule"}},
		{"newer", nix.Path("security.lsm"), facts{Type: "list of string", Since: "25.05"}},
		{"only in the list of December 2024", nix.Path("services.caddy.environmentFile"), facts{Type: "null or path", Since: "25.05"}},
		{"gone", nix.Path("services.cloudflared.user"), facts{Type: "string", Until: "25.05"}},
		{"with its whole subtree", nix.Path("virtualisation.lxd.enable"), facts{Type: "boolean", Until: "25.11"}},
		{"third party", nix.Path("age.secrets.restic.file"), facts{Type: "path", From: "agenix"}},
		{"declared in a free-form set", nix.Path("services.openssh.settings.X11Forwarding"), facts{Type: "null or boolean"}},
		{"free-form", nix.Path("services.openssh.settings.MaxAuthTries"), facts{Type: "null, boolean, number or string", FreeForm: true}},
		{"free-form, quoted", nix.Path("boot.kernel.sysctl").Append("kernel.kptr_restrict"), facts{Type: "null, boolean, integer or string", FreeForm: true}},
		{"declared, quoted", nix.Path("boot.kernel.sysctl").Append("net.core.rmem_max"), facts{Type: "null or (unsigned integer, meaning >=0)"}},
		{"free-form, deep", nix.Path("services.adguardhome.settings.dns.bind_hosts"), facts{Type: "YAML value", FreeForm: true}},
		{"unit settings", nix.Path("systemd.services.caddy.serviceConfig.ProtectSystem"), facts{Type: "null, boolean, number, string or a list of them", FreeForm: true}},
		{"unit of stage 1", nix.Path("boot.initrd.systemd.services.rollback.serviceConfig.Type"), facts{Type: "null, boolean, number, string or a list of them", FreeForm: true}},
		{"network of stage 1", nix.Path("boot.initrd.systemd.network.networks").Append("10-lan", "matchConfig", "Name"), facts{Type: "null, boolean, number, string or a list of them", FreeForm: true}},
		{"system in a container", nix.Path("containers.web.config.services.caddy.enable"), facts{Type: "boolean"}},
		{"persisted directory", nix.Path("environment.persistence").Append("/persist", "directories", "*", "directory"), facts{Type: "string", From: "impermanence"}},
		{"jail", nix.Path("services.fail2ban.jails.DEFAULT.settings.findtime"), facts{Type: "null, boolean, number or string", FreeForm: true}},
		{"whose type changed", nix.Path("services.openssh.settings.AcceptEnv"), facts{Type: "null or (list of string)", Since: "26.05"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, err := Lookup(tt.path)
			if err != nil {
				t.Fatal(err)
			}
			got := facts{o.Type.String(), o.Since, o.Until, o.From, o.FreeForm}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLookupAt(t *testing.T) {
	path := nix.Path("services.openssh.settings.AcceptEnv")
	for release, want := range map[Release]string{
		R2411: "null, boolean, number or string",
		R2511: "null, boolean, number or string",
		R2605: "null or (list of string)",
	} {
		o, err := LookupAt(path, release)
		if err != nil {
			t.Fatal(err)
		}
		if o.Type.String() != want {
			t.Errorf("%s: got %s, want %s", release, o.Type, want)
		}
		if err := o.Available(release); err != nil {
			t.Error(err)
		}
	}
}

// The paths that the two security write-ups set and that do not exist: each
// must be refused, with a word about what is meant.
func TestLookupRefuses(t *testing.T) {
	tests := []struct{ path, want string }{
		{"networking.firewall.defaultInputPolicy", "drops by default"},
		{"networking.firewall.defaultForwardPolicy", "networking.firewall.filterForward"},
		{"networking.firewall.allowedOutgoingPorts", "networking.nftables.tables"},
		{"networking.firewall.rateLimit.burst", "extraInputRules"},
		{"networking.firewall.connectionTracking.max", "nf_conntrack"},
		{"networking.firewall.connectionTracking.tcpEstablishedTimeout", "nf_conntrack"},
		{"networking.firewall.connectionTracking.tcpCloseWaitTimeout", "nf_conntrack"},
		{"networking.nftables.rules", "networking.nftables.tables"},
		{"services.fail2ban.monitorSSH", "sshd"},
		{"services.fail2ban.maxRetry", "did you mean services.fail2ban.maxretry?"},
		{"services.fail2ban.findTime", "DEFAULT.settings.findtime"},
		{"security.rkhunter.enable", "clamav"},
		{"services.openssh.chrootDirectory", "Match"},
		{"services.openSSH.authorizedKeysFiles", "use services.openssh"},
		{"services.openSSH.hostKeyAlgorithms", "use services.openssh"},
		{"services.openssh.knownHostsFormat", "programs.ssh.knownHosts"},
		{"services.openssh.settings.UseDNS", "the declared name is UseDns"},
		{"services.sshd.settings", "services.sshd"},
		{"programs.ssh.enable", "home-manager"},
		{"programs.ssh.addKeysToAgent", "home-manager"},
		{"programs.ssh.matchBlocks.host", "home-manager"},
		{"services.tailscale.exitNode", "useRoutingFeatures"},
		{"opnix.enable", "services.onepassword-secrets"},
		{"services.caddy.domains", "virtualHosts"},
		{"services.caddy.cloudflareApiKey", "environmentFile"},
		{"services.caddy.autoHTTPS", "globalConfig"},
		{"services.postgresql.passwordFile", "role"},
		{"services.rsyslog.logPaths", "did you mean services.rsyslogd?"},
		{"services.auditd.config.rules", "security.audit.rules"},
		{"systemd.timers.certificate-monitor.serviceConfig", "does not exist"},

		{"security.apparmor.profiles.enable", "use security.apparmor.policies"},
		{"services.logrotate.config", "use services.logrotate.settings"},
		{"services.openssh.permitRootLogin", "use services.openssh.settings.PermitRootLogin"},
		{"boot.kernel.sysctl.net.ipv4", "has no attribute ipv4"},
		{"networking.firewall.enable.foo", "has no attribute foo"},
		{"networking.firewall", "set of options"},
		{"networking.firewal.enable", "did you mean networking.firewall.enable?"},
		{"users.users.alice.openssh.authorisedKeys.keys", "did you mean users.users.alice.openssh.authorizedKeys.keys?"},
		{"zzz", "zzz does not exist"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			_, err := Lookup(nix.Path(tt.path))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

// A set can be newer than what is in it, and the other way round.
func TestLimit(t *testing.T) {
	n := node{}
	for _, by := range []row{
		{since: R2505, until: R2605, use: "a"}, {since: R2511, until: R2611}, {until: R2511, use: "b"}, {since: R2411},
	} {
		n.limit(by)
	}
	want := row{since: R2511, until: R2511, use: "b"}
	if diff := cmp.Diff(want, n.row, cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
}

func TestAvailable(t *testing.T) {
	tests := []struct {
		path string
		in   Release
		want string // "" for available
	}{
		{"security.lsm", R2411, "new in NixOS 25.05"},
		{"security.lsm", R2505, ""},
		{"services.journald.extraConfig", R2605, ""},
		{"services.journald.extraConfig", R2611, "removed in NixOS 26.11: use services.journald.settings.Journal"},
		{"services.logind.lidSwitch", R2511, "use services.logind.settings.Login.HandleLidSwitch"},
		{"boot.readOnlyNixStore", R2505, ""},
		{"boot.readOnlyNixStore", R2511, "use boot.nixStoreMountOpts"},
		{"services.promtail.configuration.clients", R2605, "use services.alloy.enable"},
		{"security.auditd.plugins.syslog.active", R2505, "new in NixOS 25.11"},
		{"services.tailscale.serve.services.web.endpoints", R2511, "new in NixOS 26.05"},
	}
	for _, tt := range tests {
		t.Run(tt.path+"@"+string(tt.in), func(t *testing.T) {
			o, err := LookupAt(nix.Path(tt.path), tt.in)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := o.Available(tt.in); err != nil {
				got = err.Error()
			}
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
