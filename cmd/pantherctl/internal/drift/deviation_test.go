package drift_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/check"
	"github.com/pantherctl/pantherctl/cmd/pantherctl/internal/drift"
)

// deviation is a module of the user's own that breaks the policy of a host.
type deviation struct {
	name, fleet, host string
	module            string // the body of { lib, ... }: { … }
	rule              string
	priority          int
}

var deviations = []deviation{
	{"opens-a-port", "pantheros", "ovh-vps", `networking.firewall.allowedTCPPorts = [ 8080 ];`, "F3", 100},
	{"shows-kernel-addresses", "pantheros", "ovh-vps", `boot.kernel.sysctl."kernel.kptr_restrict" = lib.mkForce 0;`, "K017", 50},
	{"traces-anything", "pantheros", "ovh-vps", `boot.kernel.sysctl."kernel.yama.ptrace_scope" = 0;`, "K017", 100},
	{"lets-root-in", "pantheros", "ovh-vps", `services.openssh.settings.PermitRootLogin = lib.mkForce "yes";`, "V1", 50},
	{"trusts-the-tailnet", "pantheros", "ovh-vps", `networking.firewall.trustedInterfaces = [ "tailscale0" ];`, "F1", 100},
	{"opens-its-own-port", "pantheros", "ovh-vps", `services.iperf3 = { enable = true; openFirewall = true; };`, "F3", 100},
	{"listens-for-nobody", "pantheros", "ovh-vps", `systemd.sockets.nobody = { listenStreams = [ "/run/nobody" "127.0.0.1:631" "0.0.0.0:631" ]; wantedBy = [ "sockets.target" ]; };`, "E1", 100},
	{"opens-on-an-interface", "pantheros", "ovh-vps", `networking.firewall.interfaces.eth0.allowedUDPPorts = [ 500 ];`, "F3", 100},
	{"opens-on-the-tailnet", "pantheros", "ovh-vps", `networking.firewall.interfaces.tailscale0.allowedTCPPorts = [ 9000 ];`, "T5", 100},
	{"turns-nftables-off", "pantheros", "hetzner-vps", `networking.nftables.enable = lib.mkForce false;`, "A7", 50},
	{"shows-a-secret", "pantheros", "ovh-vps", `age.secrets.hbohlen-password.mode = lib.mkForce "0444";`, "V5", 50},
	{"secret-in-the-store", "pantheros", "ovh-vps", `services.tailscale.authKeyFile = lib.mkForce "/nix/store/00000000000000000000000000000000-key";`, "T8", 50},
	{"wheel-without-key", "pantheros", "ovh-vps", `users.users.mallory = { isNormalUser = true; extraGroups = [ "wheel" ]; };`, "V4", 100},
	{"known-user-in-docker", "pantheros", "yoga", `users.users.hbohlen.extraGroups = [ "docker" ];`, "V4", 100},
	{"further-key", "pantheros", "ovh-vps", `users.users.deploy.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA x" ];`, "V3", 100},
	{"password-in-the-store", "pantheros", "yoga", `users.users.root.initialPassword = "x";`, "V5", 100},
	{"no-sudo-password", "pantheros", "ovh-vps", `security.sudo.wheelNeedsPassword = lib.mkForce false;`, "V1", 50},
	{"sudo-for-all", "pantheros", "ovh-vps", `security.sudo.extraRules = [ { users = [ "mallory" ]; commands = [ "ALL" ]; } ];`, "V3", 100},
	{"trusted-user", "pantheros", "ovh-vps", `nix.settings.trusted-users = [ "@wheel" ];`, "V3", 100},
	{"no-mitigations", "pantheros", "ovh-vps", `boot.kernelParams = [ "mitigations=off" ];`, "K016", 100},
	{"weak-cipher", "pantheros", "ovh-vps", `services.openssh.settings.Ciphers = [ "aes128-cbc" ];`, "V3", 100},
	{"further-setting-of-sshd", "pantheros", "ovh-vps", `services.openssh.settings.AcceptEnv = "LD_PRELOAD";`, "V3", 100},
	{"text-for-sshd", "pantheros", "ovh-vps", `services.openssh.extraConfig = "Match User root\n  PermitRootLogin yes\n";`, "V3", 100},
	{"further-table", "pantheros", "ovh-vps", `networking.nftables.tables.x = { family = "inet"; content = "chain c { type filter hook input priority -10; accept; }"; };`, "V3", 100},
	{"further-input-rule", "pantheros", "ovh-vps", `networking.firewall.extraInputRules = "tcp dport 9000 accept";`, "V3", 100},
	{"no-egress-filter", "pantheros", "ovh-vps", `networking.nftables.tables.pantherctl-egress.content = lib.mkForce "";`, "V1", 50},
	{"tailscale-ssh", "pantheros", "yoga", `services.tailscale.extraSetFlags = [ "--ssh=true" ];`, "V3", 100},
	{"no-auditd", "pantheros", "ovh-vps", `security.auditd.enable = lib.mkForce false;`, "V1", 50},
	{"loads-anything", "pantheros", "ovh-vps", `boot.blacklistedKernelModules = lib.mkForce [ ];`, "V1", 50},
	{"forgets-state", "homelab", "server", `environment.persistence."/persist".directories = lib.mkForce [ "/var/lib/nixos" "/var/lib/systemd" "/var/log" "/root/.ssh" "/var/cache/restic-backups-daily" ];`, "V1", 50},
	{"further-state", "homelab", "server", `systemd.services.app.serviceConfig = { ExecStart = "/bin/app"; StateDirectory = "app"; };`, "P1", 100},
	{"mutable-users", "homelab", "server", `users.mutableUsers = lib.mkForce true;`, "V1", 50},
}

// TestDeviations evaluates the example fleets with every deviation in a file of
// its own, and wants each found with its rule, file and priority, and no other
// file blamed.
func TestDeviations(t *testing.T) {
	for _, name := range []string{"pantheros", "homelab"} {
		f := fleet(t, name)
		added := map[string]map[string]string{}
		for _, d := range deviations {
			if d.fleet != name {
				continue
			}
			if added[d.host] == nil {
				added[d.host] = map[string]string{}
			}
			added[d.host][d.name+".nix"] = fmt.Sprintf("{ lib, ... }:\n{\n  %s\n}\n", d.module)
		}
		hosts := evaluate(t, f, added)
		byFile, refused := map[string][]check.Finding{}, ""
		for _, h := range f.Hosts {
			for _, message := range hosts[h.Name].Assertions {
				if strings.HasPrefix(message, "pantherctl: ") {
					refused += message + "\n"
				}
			}
			for _, finding := range drift.Compare(h, hosts[h.Name]).Findings {
				byFile[finding.File] = append(byFile[finding.File], finding)
			}
		}
		for _, d := range deviations {
			if d.fleet != name {
				continue
			}
			t.Run(d.name, func(t *testing.T) {
				if d.rule != "E1" && !strings.Contains(refused, d.name+".nix ") {
					t.Errorf("the guard does not refuse it, but: %s", refused)
				}
				found := byFile[d.name+".nix"]
				delete(byFile, d.name+".nix")
				for _, finding := range found {
					if finding.Rule == d.rule && finding.Priority == d.priority && finding.Host == d.host && finding.Pos.Line > 0 && finding.Want+finding.Got != "" {
						return
					}
				}
				t.Errorf("%s of %s with priority %d was not found, but: %+v", d.rule, d.host, d.priority, found)
			})
		}
		for file, findings := range byFile {
			for _, finding := range findings {
				if finding.Rule != "V6" && finding.Rule != "V9" { // NixOS sees some of them too, and names no file
					t.Errorf("%q: %s on %s: %s", file, finding.Rule, finding.Host, finding.Message)
				}
			}
		}
	}
}
