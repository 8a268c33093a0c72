# What one evaluated host itself really is, as plain JSON: who gets in and how,
# what its network lets through, and what it boots. These are the values NixOS
# arrived at after every module had its say, and the texts its programs will
# read. No judgement is made here, and no password is taken along.
#
# The argument is an evaluated NixOS system, as in a flake's
# nixosConfigurations:
#
#   nix eval --json .#nixosConfigurations.HOST --apply "$(cat host.nix)"
#
# services.nix beside this file tells the rest. Neither imports the other, as a
# text that is handed to Nix has no files beside it; ../evaluate.nix asks both
# where there is no flake.
{
  config,
  lib,
  ...
}:
let
  inherit (lib)
    concatStringsSep
    filter
    filterAttrs
    isBool
    isList
    mapAttrs
    mapAttrsToList
    optionalAttrs
    optionalString
    ;

  # A store path or file path as text, without adding the file to the store.
  path = value: if value == null then null else toString value;

  # Sshd

  sshd = config.services.openssh;

  # Sshd's own spelling of a setting. These lists are comma separated, all
  # others are words: sshd_config(5).
  sshdValue =
    name: value:
    let
      commas = [
        "Ciphers"
        "HostKeyAlgorithms"
        "KexAlgorithms"
        "Macs"
        "PubkeyAcceptedAlgorithms"
      ];
    in
    if isBool value then
      (if value then "yes" else "no")
    else if isList value then
      concatStringsSep (if builtins.elem name commas then "," else " ") (map toString value)
    else
      toString value;

  sshdSettings = filterAttrs (_: value: value != null) sshd.settings;

  # The module joins the settings and extraConfig in a derivation, so the file
  # cannot be read while evaluating; this is the same text.
  sshdConfig =
    concatStringsSep "" (
      mapAttrsToList (name: value: "${name} ${sshdValue name value}\n") sshdSettings
    )
    + sshd.extraConfig;

  # Boot

  inherit (config) boot;
  unlock = boot.initrd.network.ssh;

  # Firewall

  firewall = config.networking.firewall;
  nftables = config.networking.nftables;

  ports = from: {
    inherit (from)
      allowedTCPPortRanges
      allowedTCPPorts
      allowedUDPPortRanges
      allowedUDPPorts
      ;
  };

  # Without nftables its tables may be half defined.
  tables = optionalAttrs nftables.enable (filterAttrs (_: table: table.enable) nftables.tables);

  # The text `nft -f` loads, without the deletions NixOS writes before it.
  ruleset =
    concatStringsSep "" (
      mapAttrsToList (_: table: ''
        table ${table.family} ${table.name} {
        ${table.content}
        }
      '') tables
    )
    + nftables.ruleset;

  # Fail2ban

  fail2ban = config.services.fail2ban;

  # The module writes the jails in a derivation; this is the same text, of the
  # jails that are sets.
  jails = lib.generators.toINI { mkKeyValue = lib.generators.mkKeyValueDefault { } " = "; } (
    {
      INCLUDES.before = "paths-nixos.conf";
    }
    // mapAttrs (
      name: jail: optionalAttrs (name != "DEFAULT") { inherit (jail) enabled; } // jail.settings
    ) (filterAttrs (_: builtins.isAttrs) fail2ban.jails)
  );

  # Accounts

  # Passwords are named by the options that set them, never by value; a hash
  # that no password can match counts as locked.
  account = user: {
    inherit (user)
      extraGroups
      group
      home
      isNormalUser
      isSystemUser
      name
      uid
      ;
    shell = path user.shell + user.shell.shellPath or "";
    keys = user.openssh.authorizedKeys.keys;
    keyFiles = map path user.openssh.authorizedKeys.keyFiles;
    locked = user.hashedPassword != null && builtins.match "[!*].*" user.hashedPassword != null;
    passwordFile = path user.hashedPasswordFile;
    passwordOptions = filter (name: user.${name} != null) [
      "hashedPassword"
      "initialHashedPassword"
      "initialPassword"
      "password"
    ];
  };

  facts = {
    hostName = config.networking.hostName;
    release = config.system.nixos.release;
    stateVersion = config.system.stateVersion;
    assertions = map (a: a.message) (filter (a: !a.assertion) config.assertions);
    warnings = config.warnings;

    sshd = {
      inherit (sshd)
        authorizedKeysFiles
        enable
        openFirewall
        ports
        ;
      config = if sshd.enable then sshdConfig else "";
      hostKeys = map (key: { inherit (key) path type; }) sshd.hostKeys;
      settings = sshdSettings;
    };

    ssh = {
      inherit (config.programs.ssh) startAgent;
      config = config.programs.ssh.extraConfig;
      knownHosts = mapAttrs (_: known: {
        inherit (known) hostNames publicKey;
      }) config.programs.ssh.knownHosts;
      onePassword = config.programs._1password-gui.enable && config.programs._1password.enable;
      onePasswordOwners = config.programs._1password-gui.polkitPolicyOwners;
    };

    firewall = ports firewall // {
      inherit (firewall)
        allowPing
        checkReversePath
        enable
        filterForward
        logRefusedConnections
        trustedInterfaces
        ;
      interfaces = mapAttrs (_: ports) firewall.interfaces;
    };

    nftables = {
      inherit (nftables) enable flushRuleset;
      ruleset = if nftables.enable then ruleset else "";
      tables = mapAttrs (_: table: { inherit (table) content family; }) tables;
    };

    network = {
      inherit (config.networking) enableIPv6;
      nat = {
        inherit (config.networking.nat)
          enable
          enableIPv6
          externalInterface
          internalInterfaces
          ;
      };
    };

    fail2ban = {
      inherit (fail2ban) enable;
      jails = if fail2ban.enable then jails else "";
    };

    # Releases spell a policy differently, and a policy read from a file is a
    # path.
    apparmor = {
      inherit (config.security.apparmor) enable;
      policies = mapAttrs (
        _: policy: policy.profile.text or (toString policy.profile)
      ) config.security.apparmor.policies;
    };

    # What systemd listens on for a unit. What a service listens on by itself is
    # in its own settings, which no two write alike.
    listeners = filterAttrs (_: socket: socket.streams ++ socket.datagrams != [ ]) (
      mapAttrs (
        _: socket:
        let
          all = key: options: map toString (options ++ lib.toList (socket.socketConfig.${key} or [ ]));
        in
        {
          streams = all "ListenStream" (socket.listenStreams or [ ]);
          datagrams = all "ListenDatagram" (socket.listenDatagrams or [ ]);
        }
      ) (filterAttrs (_: socket: socket.enable or true) config.systemd.sockets)
    );

    kernel = {
      inherit (config.boot) blacklistedKernelModules extraModprobeConfig kernelParams;
      lockModules = config.security.lockKernelModules;
      modules = config.boot.kernelModules;
      protectImage = config.security.protectKernelImage;
      # What comes before the kernel's own soft dependencies.
      softdeps = config.environment.etc."modprobe.d/00-pantherctl.conf".text or "";
      sysctl = filterAttrs (_: value: value != null) config.boot.kernel.sysctl;
      # Whether systemd's own defaults, which lie below these, are installed.
      systemdSysctl = config.environment.etc ? "sysctl.d/50-default.conf";
    };

    users = {
      inherit (config.users) mutableUsers;
      accounts = mapAttrs (_: account) config.users.users;
      groups = mapAttrs (_: group: { inherit (group) gid members; }) config.users.groups;
    };

    sudo = {
      inherit (config.security.sudo)
        enable
        execWheelOnly
        extraRules
        wheelNeedsPassword
        ;
      config = optionalString config.security.sudo.enable config.security.sudo.configFile;
    };

    tailscale = {
      inherit (config.services.tailscale)
        enable
        extraDaemonFlags
        extraSetFlags
        extraUpFlags
        interfaceName
        openFirewall
        port
        useRoutingFeatures
        ;
      authKeyFile = path config.services.tailscale.authKeyFile;
    };

    boot = {
      editor = boot.loader.systemd-boot.editor;
      emergencyMode = config.systemd.enableEmergencyMode;
      initrdEmergencyAccess = boot.initrd.systemd.emergencyAccess;
      luks = mapAttrs (_: device: path device.device) boot.initrd.luks.devices;
      luksOptions = mapAttrs (_: device: device.crypttabExtraOpts) boot.initrd.luks.devices;
      shmOptions = boot.specialFileSystems."/dev/shm".options;
      systemdBoot = boot.loader.systemd-boot.enable;
      systemdInitrd = boot.initrd.systemd.enable;
      # The unit that wipes the root, as systemd reads it.
      wipe = optionalString (boot.initrd.systemd.services ? wipe-root) (
        boot.initrd.systemd.units."wipe-root.service".text or ""
      );
    };

    swap = {
      devices = map (swap: {
        inherit (swap) device;
        randomKey = swap.randomEncryption.enable;
      }) config.swapDevices;
      resume = boot.resumeDevice;
      zram = config.zramSwap.enable;
      zramPercent = config.zramSwap.memoryPercent;
    };

    time = {
      inherit (config.services.chrony) enable extraConfig;
      nts = config.services.chrony.enableNTS;
      servers = config.services.chrony.servers;
      timesyncd = config.services.timesyncd.enable;
    };

    remoteUnlock = optionalAttrs unlock.enable {
      inherit (unlock) authorizedKeys port;
      hostKeys = map path unlock.hostKeys;
      network = boot.initrd.network.enable;
      networks = mapAttrs (_: network: {
        inherit (network) matchConfig networkConfig;
      }) boot.initrd.systemd.network.networks;
      # What sshd of a systemd initrd reads.
      config = boot.initrd.systemd.contents."/etc/ssh/sshd_config".text or "";
    };

    secureBoot = optionalAttrs (boot ? lanzaboote) {
      inherit (boot.lanzaboote) allowUnsigned enable;
      enroll = boot.lanzaboote.autoEnrollKeys.enable;
      loader = boot.lanzaboote.settings;
      microsoftKeys = boot.lanzaboote.autoEnrollKeys.includeMicrosoftKeys;
      pkiBundle = path boot.lanzaboote.pkiBundle;
    };

    wifi = {
      inherit (config.networking.wireless.iwd) enable settings;
      backend = config.networking.networkmanager.wifi.backend;
    };

    audit = {
      inherit (config.security.audit) enable rules;
      daemon = config.security.auditd.enable;
      # Where NixOS has settings for it, the file is made of them.
      config =
        config.security.auditd.settings or config.environment.etc."audit/auditd.conf".text or "";
    };

    containers = mapAttrs (name: c: {
      inherit (c)
        autoStart
        ephemeral
        extraFlags
        hostAddress
        hostAddress6
        localAddress
        localAddress6
        privateNetwork
        ;
      privateUsers = toString (c.privateUsers or "no");
      binds = mapAttrs (_: bind: { inherit (bind) hostPath isReadOnly; }) c.bindMounts;
      inside = ports c.config.networking.firewall // {
        assertions = map (a: a.message) (filter (a: !a.assertion) c.config.assertions);
        firewall = c.config.networking.firewall.enable && c.config.networking.nftables.enable;
        inherit (c.config.networking) enableIPv6;
        inherit (c.config.system) stateVersion;
      };
      after = config.systemd.services."container@${name}".after;
      restartTriggers = map toString config.systemd.services."container@${name}".restartTriggers;
    }) config.containers;

    # What sshd judges certificates by, and the keys that sign hosts'.
    sshCertificates = {
      files = mapAttrs (_: file: { inherit (file) mode text; }) (
        filterAttrs (
          name: _: name == "ssh/trusted-user-cas.pub" || lib.hasPrefix "ssh/principals/" name
        ) config.environment.etc
      );
      authorities = mapAttrs (_: known: {
        inherit (known) hostNames publicKey;
      }) (filterAttrs (_: known: known.certAuthority) config.programs.ssh.knownHosts);
    };

    # What cuts the host off in an incident.
    lockdown = optionalAttrs (config.pantherctl.lockdown or { } != { }) {
      inherit (config.pantherctl.lockdown) ruleset;
      boot = {
        inherit (config.systemd.services.pantherctl-lockdown-boot) before wantedBy;
        inherit (config.systemd.services.pantherctl-lockdown-boot) unitConfig;
      };
    };

    fileSystems = mapAttrs (_: fs: {
      inherit (fs) fsType neededForBoot options;
    }) config.fileSystems;
  };
in
# Through text and back: everything is forced, so an option that does not exist
# fails here, and nothing asks for a build.
builtins.fromJSON (builtins.unsafeDiscardStringContext (builtins.toJSON facts))
