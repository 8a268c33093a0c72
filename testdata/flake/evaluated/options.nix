# The options that facts are read from, with defaults that say nothing.
let
  option = default: {
    _type = "option";
    inherit default;
  };
  off = option false;
  none = option [ ];
  text = option "";
  set = option { };
  null' = option null;
  drv =
    name:
    derivation {
      inherit name;
      system = "x86_64-linux";
      builder = "/bin/sh";
    };
in
{
  assertions = none;
  warnings = none;
  system.nixos.release = option "25.11";
  system.stateVersion = option "25.11";
  system.build = {
    toplevel = option (drv "nixos-system");
    initialRamdisk = option (drv "initrd");
  };
  system.autoUpgrade = {
    enable = off;
    allowReboot = off;
    dates = text;
    flags = none;
    randomizedDelaySec = option "0";
    rebootWindow = null';
  };
  nix.gc.automatic = off;
  nix.gc.options = text;
  # Its assertions ask for more of lib than there is here.
  pantherctl.guard = {
    enable = off;
    modules = none;
    waived = none;
    forgotten = none;
  };
  boot = {
    blacklistedKernelModules = none;
    extraModprobeConfig = text;
    kernelParams = none;
    kernelModules = none;
    kernelPackages.kernel = option (drv "linux");
    kernel.sysctl = set;
    loader.systemd-boot.editor = off;
    loader.systemd-boot.enable = off;
    resumeDevice = text;
    specialFileSystems = option { "/dev/shm".options = [ ]; };
    initrd = {
      luks.devices = set;
      network.enable = off;
      network.ssh.enable = off;
      systemd.enable = off;
      systemd.emergencyAccess = off;
      systemd.services = set;
  systemd.sockets = set;
    };
  };
  containers = set;
  environment.etc = set;
  fileSystems = set;
  networking = {
    hostName = text;
    enableIPv6 = option true;
    firewall = {
      enable = option true;
      allowPing = option true;
      allowedTCPPortRanges = none;
      allowedTCPPorts = none;
      allowedUDPPortRanges = none;
      allowedUDPPorts = none;
      checkReversePath = option true;
      extraForwardRules = text;
      extraInputRules = text;
      filterForward = off;
      interfaces = set // {
        apply = builtins.mapAttrs (
          _: ports:
          {
            allowedTCPPortRanges = [ ];
            allowedTCPPorts = [ ];
            allowedUDPPortRanges = [ ];
            allowedUDPPorts = [ ];
          }
          // ports
        );
      };
      logRefusedConnections = option true;
      trustedInterfaces = none;
    };
    nat = {
      enable = off;
      enableIPv6 = off;
      externalInterface = null';
      internalInterfaces = none;
    };
    networkmanager.wifi.backend = option "wpa_supplicant";
    nftables = {
      enable = off;
      flushRuleset = off;
      ruleset = text;
      tables = set // {
        apply = builtins.mapAttrs (
          name: table:
          {
            inherit name;
            enable = true;
            family = "inet";
          }
          // table
        );
      };
    };
    wireless.iwd.enable = off;
    wireless.iwd.settings = set;
  };
  programs = {
    _1password.enable = off;
    _1password-gui.enable = off;
    _1password-gui.polkitPolicyOwners = none;
    nh.enable = off;
    nh.clean.enable = off;
    nh.clean.extraArgs = text;
    ssh.extraConfig = text;
    ssh.knownHosts = set;
    ssh.startAgent = off;
  };
  security = {
    acme.certs = set;
    apparmor.enable = off;
    apparmor.policies = set;
    audit.enable = off;
    audit.rules = none;
    auditd.enable = off;
    lockKernelModules = off;
    protectKernelImage = off;
    sudo = {
      enable = off;
      configFile = text;
      execWheelOnly = off;
      extraRules = none;
      wheelNeedsPassword = option true;
    };
  };
  services = {
    adguardhome.enable = off;
    authelia.instances = set;
    caddy.enable = off;
    chrony = {
      enable = off;
      enableNTS = off;
      extraConfig = text;
      servers = none;
    };
    cloudflared.tunnels = set;
    postgresql.enable = off;
    postgresqlBackup.enable = off;
    timesyncd.enable = off;
    traefik.enable = off;
    vaultwarden.enable = off;
    fail2ban.enable = off;
    fail2ban.jails = set;
    journald.settings.Journal = set;
    logrotate.settings = set;
    openssh = {
      enable = off;
      authorizedKeysFiles = none;
      extraConfig = text;
      hostKeys = none;
      openFirewall = off;
      ports = none;
      settings = set;
    };
    prometheus.exporters.node.enable = off;
    restic.backups = set;
    rsyslogd.defaultConfig = text;
    rsyslogd.enable = off;
    rsyslogd.extraConfig = text;
    tailscale = {
      enable = off;
      authKeyFile = null';
      extraDaemonFlags = none;
      extraSetFlags = none;
      extraUpFlags = none;
      interfaceName = option "tailscale0";
      openFirewall = off;
      port = option 41641;
      useRoutingFeatures = option "none";
    };
  };
  swapDevices = none;
  systemd.enableEmergencyMode = option true;
  systemd.services = set;
  systemd.sockets = set;
  systemd.timers = set;
  systemd.units = option {
    "app.service" = {
      enable = true;
      text = "[Service]\nExecStart=/bin/app\n";
    };
  };
  users.groups = set;
  users.mutableUsers = option true;
  users.users = set;
  virtualisation.docker.enable = off;
  zramSwap.enable = off;
  zramSwap.memoryPercent = option 50;
}
