package option

import (
	"strings"
	"testing"

	"github.com/pantherctl/pantherctl/gen/nix"
)

// What the generator is built to write must be known: a name of a host, user or
// unit is written as x.
const emitted = `
age.identityPaths age.secrets.x.owner age.secrets.x.mode age.secrets.x.group
boot.blacklistedKernelModules boot.extraModprobeConfig boot.initrd.availableKernelModules
boot.initrd.luks.devices.x.device boot.initrd.luks.devices.x.allowDiscards boot.initrd.network.enable
boot.initrd.network.ssh.authorizedKeys boot.initrd.network.ssh.hostKeys boot.initrd.network.ssh.port
boot.initrd.systemd.emergencyAccess boot.initrd.systemd.enable boot.initrd.systemd.network.enable
boot.initrd.systemd.network.networks.x.networkConfig.DHCP boot.initrd.systemd.services.x.script
boot.initrd.systemd.services.x.unitConfig.DefaultDependencies boot.kernel.sysctl boot.kernelModules
boot.kernelPackages boot.kernelParams boot.kernelPatches boot.lanzaboote.autoEnrollKeys.enable
boot.lanzaboote.pkiBundle boot.loader.systemd-boot.editor boot.loader.systemd-boot.enable
boot.loader.efi.canTouchEfiVariables boot.specialFileSystems.x.options boot.supportedFilesystems boot.tmp.tmpfsSize boot.tmp.useTmpfs
boot.tmp.cleanOnBoot containers.x.autoStart containers.x.bindMounts.x.hostPath containers.x.ephemeral
containers.x.extraFlags containers.x.hostAddress containers.x.localAddress containers.x.privateNetwork
containers.x.privateUsers containers.x.config.system.stateVersion console.keyMap
environment.etc.x.text environment.persistence.x.directories environment.persistence.x.files
environment.persistence.x.hideMounts environment.systemPackages environment.variables.X
environment.sessionVariables.X environment.shellAliases.x fileSystems.x.device fileSystems.x.fsType
fileSystems.x.neededForBoot fileSystems.x.options hardware.cpu.intel.updateMicrocode
hardware.enableRedistributableFirmware i18n.defaultLocale networking.domain networking.enableIPv6
networking.firewall.allowPing networking.firewall.checkReversePath networking.firewall.extraForwardRules
networking.firewall.extraInputRules networking.firewall.filterForward networking.firewall.interfaces.x.allowedTCPPorts
networking.firewall.interfaces.x.allowedUDPPorts networking.firewall.logRefusedConnections
networking.firewall.logReversePathDrops networking.firewall.pingLimit networking.firewall.rejectPackets
networking.firewall.trustedInterfaces networking.hostId networking.hostName networking.nameservers
networking.nat.enable networking.nat.externalInterface networking.nat.internalInterfaces
networking.networkmanager.enable networking.networkmanager.wifi.backend networking.networkmanager.wifi.macAddress
networking.networkmanager.wifi.scanRandMacAddress networking.networkmanager.unmanaged networking.nftables.enable
networking.nftables.tables.x.content networking.nftables.tables.x.family networking.nftables.checkRuleset
networking.nftables.preCheckRuleset networking.useDHCP networking.useNetworkd networking.wireless.iwd.enable
networking.wireless.iwd.settings.General.AddressRandomization nix.gc.automatic nix.gc.options nix.optimise.automatic
nix.settings.allowed-users nix.settings.experimental-features nix.settings.trusted-users nix.settings.sandbox
nix.settings.auto-optimise-store nix.channel.enable nixpkgs.hostPlatform nixpkgs.config.allowUnfree
programs._1password-gui.enable programs._1password-gui.polkitPolicyOwners programs._1password.enable
programs.fish.enable programs.nh.clean.extraArgs programs.nh.enable programs.nh.flake programs.ssh.extraConfig
programs.ssh.knownHosts.x.publicKey programs.ssh.startAgent programs.zsh.enable security.acme.acceptTerms
security.acme.certs.x.domain security.acme.defaults.dnsProvider security.acme.defaults.email
security.acme.defaults.environmentFile security.allowSimultaneousMultithreading security.allowUserNamespaces
security.apparmor.enable security.apparmor.killUnconfinedConfinables security.apparmor.policies.x.profile
security.apparmor.policies.x.state security.audit.backlogLimit security.audit.enable security.audit.rules
security.auditd.enable security.forcePageTableIsolation security.lockKernelModules security.lsm
security.pam.loginLimits security.pam.services.x.u2fAuth security.polkit.enable security.protectKernelImage security.rtkit.enable
security.sudo.execWheelOnly security.sudo.extraRules security.sudo.wheelNeedsPassword security.tpm2.enable
security.unprivilegedUsernsClone security.virtualisation.flushL1DataCache services.adguardhome.enable
services.adguardhome.host services.adguardhome.mutableSettings services.adguardhome.port
services.adguardhome.settings.dns.upstream_dns services.authelia.instances.x.secrets.jwtSecretFile
services.authelia.instances.x.settings.access_control.default_policy services.authelia.instances.x.settings.server.address
services.avahi.enable services.caddy.email services.caddy.enable services.caddy.enableReload services.caddy.environmentFile
services.caddy.globalConfig services.caddy.package services.caddy.virtualHosts.x.extraConfig services.chrony.enable
services.clamav.daemon.enable services.clamav.updater.enable services.cloudflared.enable
services.cloudflared.tunnels.x.credentialsFile services.cloudflared.tunnels.x.default
services.cloudflared.tunnels.x.ingress.x services.dbus.implementation services.fail2ban.bantime
services.fail2ban.bantime-increment.enable services.fail2ban.enable services.fail2ban.ignoreIP
services.fail2ban.jails.x.settings.mode services.fail2ban.maxretry services.fstrim.enable services.fwupd.enable
services.journald.extraConfig services.journald.rateLimitBurst services.journald.storage
services.journald.upload.settings.Upload.URL services.logind.settings.Login.HandleLidSwitch services.logrotate.enable
services.logrotate.settings.x.frequency services.logrotate.settings.x.rotate services.onepassword-secrets.enable
services.onepassword-secrets.secrets.x.reference services.onepassword-secrets.tokenFile
services.openssh.authorizedKeysInHomedir services.openssh.enable services.openssh.extraConfig
services.openssh.generateHostKeys services.openssh.hostKeys services.openssh.openFirewall services.openssh.ports
services.openssh.settings.AllowGroups services.openssh.settings.HostKeyAlgorithms services.openssh.settings.KexAlgorithms
services.openssh.settings.LogLevel services.openssh.settings.MaxAuthTries services.openssh.settings.PerSourcePenalties
services.openssh.settings.RequiredRSASize services.openssh.settings.UseDns services.pipewire.enable
services.postgresql.authentication services.postgresql.enable services.postgresql.ensureDatabases
services.postgresql.ensureUsers services.postgresql.settings.password_encryption services.postgresqlBackup.enable
services.power-profiles-daemon.enable services.resolved.enable services.restic.backups.x.extraBackupArgs
services.restic.backups.x.initialize services.restic.backups.x.passwordFile services.restic.backups.x.paths
services.restic.backups.x.pruneOpts services.restic.backups.x.repositoryFile
services.restic.backups.x.timerConfig.OnCalendar services.rsyslogd.extraConfig services.tailscale.authKeyFile
services.tailscale.authKeyParameters.ephemeral services.tailscale.derper.enable services.tailscale.disableUpstreamLogging
services.tailscale.enable services.tailscale.extraDaemonFlags services.tailscale.extraSetFlags
services.tailscale.extraUpFlags services.tailscale.openFirewall services.tailscale.port
services.tailscale.useRoutingFeatures services.timesyncd.enable services.timesyncd.servers
services.traefik.dynamicConfigOptions.http.routers.x.rule services.traefik.enable services.traefik.environmentFiles
services.traefik.staticConfigOptions.entryPoints.x.address services.usbguard.enable
services.usbguard.implicitPolicyTarget services.usbguard.rules services.userborn.enable
services.vaultwarden.config.SIGNUPS_ALLOWED services.vaultwarden.environmentFile swapDevices
system.autoUpgrade.allowReboot system.autoUpgrade.dates system.autoUpgrade.flake system.autoUpgrade.rebootWindow.upper
system.activationScripts.x.text system.stateVersion system.switch.inhibitors systemd.coredump.enable systemd.coredump.settings.Coredump.Storage
systemd.enableEmergencyMode systemd.services.x.after systemd.services.x.onFailure systemd.services.x.path
systemd.services.x.script systemd.services.x.serviceConfig.LoadCredential systemd.services.x.startLimitBurst systemd.settings.Manager.X
systemd.timers.x.timerConfig.OnCalendar systemd.tmpfiles.rules systemd.tmpfiles.settings.x.x.d.mode systemd.mounts
systemd.sockets.x.listenStreams systemd.targets.x.wants systemd.paths.x.pathConfig.PathChanged systemd.network.networks.x.matchConfig.Name
time.timeZone users.groups.x.gid users.groups.x.members users.mutableUsers users.users.x.extraGroups
users.users.x.hashedPasswordFile users.users.x.home users.users.x.isNormalUser users.users.x.isSystemUser
users.users.x.openssh.authorizedKeys.keys users.users.x.shell virtualisation.docker.enable
virtualisation.oci-containers.backend virtualisation.oci-containers.containers.x.image virtualisation.podman.enable
virtualisation.podman.defaultNetwork.settings.dns_enabled zramSwap.enable zramSwap.memoryPercent
preservation.enable preservation.preserveAt.x.directories disko.devices.disk.x.content.partitions.x.size
`

func TestEmitted(t *testing.T) {
	for path := range strings.FieldsSeq(emitted) {
		if _, err := Lookup(nix.Path(path)); err != nil {
			t.Error(err)
		}
	}
}
