# What one evaluated host really is, as plain JSON: the values NixOS arrived at
# after every module had its say, and the texts its programs will read. No
# judgement is made here, and no password is taken along.
#
# The argument is an evaluated NixOS system, as in a flake's
# nixosConfigurations:
#
#   nix eval --json .#nixosConfigurations.HOST --apply "$(cat facts.nix)"
#
# evaluate.nix beside this file does the same where there is no flake.
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

  # The words of a systemd setting, which may be a list or one string.
  words = value: filter (word: word != "") (lib.splitString " " (toString value));

  isTrue = value: value == true || value == "yes" || value == "true";

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

  # State

  # Units that keep state, with the folders systemd makes for them.
  stateful = filterAttrs (
    _: unit: unit.enable && unit.serviceConfig ? StateDirectory
  ) config.systemd.services;

  # What a unit is given and what is taken from it.
  sandboxed =
    name:
    let
      unit = config.systemd.services.${name};
    in
    {
      inherit (unit) after;
      environment = removeAttrs unit.environment [
        "LOCALE_ARCHIVE"
        "PATH"
        "TZDIR"
      ];
      credentials = map toString (lib.toList (unit.serviceConfig.LoadCredential or [ ]));
      capabilities = words (unit.serviceConfig.CapabilityBoundingSet or "");
      protectSystem = unit.serviceConfig.ProtectSystem or null;
    };

  persistedPath = key: item: if builtins.isString item then item else item.${key};

  persisted = store: {
    directories = map (persistedPath "directory") store.directories;
    files = map (persistedPath "file") store.files;
  };

  preserved =
    item:
    {
      inherit (item)
        configureParent
        how
        inInitrd
        mode
        ;
      path = item.directory or item.file;
    }
    // optionalAttrs item.configureParent { parentMode = item.parent.mode; };

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

    # What runs by the clock, with the command it runs.
    timers = mapAttrs (name: timer: {
      inherit (timer) timerConfig wantedBy;
      execStart = map toString (
        lib.toList (config.systemd.services.${name}.serviceConfig.ExecStart or [ ])
      );
    }) (filterAttrs (name: timer: timer.enable && lib.hasPrefix "pantherctl-" name) config.systemd.timers);

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

    # What systemd starts, and what it is told of the secrets' places.
    backups = mapAttrs (name: backup: {
      inherit (backup) initialize paths timerConfig;
      commands = config.systemd.services."restic-backups-${name}".serviceConfig.ExecStart;
      environment = filterAttrs (
        variable: value: value != null && lib.hasPrefix "RESTIC_" variable
      ) config.systemd.services."restic-backups-${name}".environment;
      environmentFile = path backup.environmentFile;
    }) config.services.restic.backups;

    upgrade = {
      inherit (config.system.autoUpgrade)
        allowReboot
        dates
        enable
        flags
        randomizedDelaySec
        rebootWindow
        ;
      script = if config.system.autoUpgrade.enable then config.systemd.services.nixos-upgrade.script else "";
      collectGarbage = config.nix.gc.automatic;
      collectGarbageOptions = config.nix.gc.options;
      nh = config.programs.nh.enable;
      nhClean = config.programs.nh.clean.enable;
      before = map toString (config.systemd.services.nixos-upgrade.serviceConfig.ExecStartPre or [ ]);
      after =
        config.systemd.services.nixos-upgrade.onSuccess or [ ]
        ++ config.systemd.services.nixos-upgrade.onFailure or [ ];
      nhCleanArguments = config.programs.nh.clean.extraArgs;
    };

    # The text journald reads where NixOS has it as text, else the settings that
    # it is made of.
    journal = {
      text = config.environment.etc."systemd/journald.conf".text or null;
      settings = config.services.journald.settings.Journal or { };
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

    logs = {
      rsyslog = optionalString config.services.rsyslogd.enable (
        config.services.rsyslogd.defaultConfig + config.services.rsyslogd.extraConfig
      );
      rotated = mapAttrs (_: section: filterAttrs (_: value: value != null) section) (
        filterAttrs (_: section: section.enable) config.services.logrotate.settings
      );
    };

    metrics =
      let
        exporter = config.services.prometheus.exporters.node;
      in
      optionalAttrs exporter.enable {
        inherit (exporter) listenAddress openFirewall port;
        unit = {
          inherit (config.systemd.services.prometheus-node-exporter) after;
          inherit (config.systemd.services.prometheus-node-exporter.serviceConfig)
            IPAddressAllow
            IPAddressDeny
            Restart
            RestartSec
            ;
        };
      };

    # Services for others, and the units that make them so. A secret is named by
    # its place alone.
    applications =
      let
        inherit (config.services) adguardhome postgresql postgresqlBackup vaultwarden;
        unit =
          name: keys:
          let
            service = config.systemd.services.${name} or { };
          in
          filterAttrs (key: _: builtins.elem key keys) service
          // {
            serviceConfig = mapAttrs (
              _: value: if isList value then map toString value else if isBool value then value else toString value
            ) (filterAttrs (key: _: !lib.hasPrefix "Exec" key) (service.serviceConfig or { }));
          };
      in
      {
        backupWants = config.systemd.services.restic-backups-daily.wants or [ ];
        postgresql = optionalAttrs postgresql.enable {
          inherit (postgresql) authentication ensureDatabases;
          inherit (postgresql.settings) port;
          listenAddresses = postgresql.settings.listen_addresses;
          passwordEncryption = postgresql.settings.password_encryption or null;
          owners = map (user: user.name) (filter (user: user.ensureDBOwnership) postgresql.ensureUsers);
          passwords = optionalAttrs (config.systemd.services ? pantherctl-postgresql) (
            unit "pantherctl-postgresql" [
              "after"
              "requires"
              "script"
              "wantedBy"
            ]
          );
          dump = {
            inherit (postgresqlBackup)
              backupAll
              enable
              location
              startAt
              ;
          };
        };
        adguard = optionalAttrs adguardhome.enable {
          inherit (adguardhome)
            host
            mutableSettings
            openFirewall
            port
            settings
            ;
          unit = unit "adguardhome" [ "after" ];
        };
        vaultwarden = optionalAttrs vaultwarden.enable {
          inherit (vaultwarden) backupDir config;
          environmentFile = path vaultwarden.environmentFile;
          unit = unit "vaultwarden" [ ];
        };
        tunnels = mapAttrs (id: tunnel: {
          inherit (tunnel) default ingress;
          credentialsFile = path tunnel.credentialsFile;
          unit = unit "cloudflared-tunnel-${id}" [ ];
        }) config.services.cloudflared.tunnels;
      };

    # Sites

    # The Caddyfile is written in a derivation; this is the same text.
    caddy =
      let
        inherit (config.services) caddy;
        certificate = name: config.security.acme.certs.${name}.directory;
      in
      optionalAttrs caddy.enable {
        inherit (caddy) enableReload;
        config = "{\n${caddy.globalConfig}}\n${caddy.extraConfig}\n" + concatStringsSep "" (
          mapAttrsToList (_: site: ''
            ${concatStringsSep " " ([ site.hostName ] ++ site.serverAliases)} {
            ${optionalString (
              site.useACMEHost != null
            ) "tls ${certificate site.useACMEHost}/cert.pem ${certificate site.useACMEHost}/key.pem"}
            ${site.extraConfig}}
          '') caddy.virtualHosts
        );
        unit = sandboxed "caddy";
      };

    traefik = optionalAttrs config.services.traefik.enable {
      static = config.services.traefik.staticConfigOptions;
      dynamic = config.services.traefik.dynamicConfigOptions;
      unit = sandboxed "traefik";
    };

    authelia = mapAttrs (_: instance: {
      inherit (instance) settings;
      unit = sandboxed "authelia-${instance.name}";
    }) (filterAttrs (_: instance: instance.enable) config.services.authelia.instances);

    certificates = mapAttrs (_: cert: {
      inherit (cert)
        credentialFiles
        dnsProvider
        email
        extraDomainNames
        group
        ;
    }) config.security.acme.certs;

    # The services whose failure is told.
    notified = filter (
      name:
      builtins.any (lib.hasPrefix "pantherctl-notify@") config.systemd.services.${name}.onFailure
    ) (builtins.attrNames config.systemd.services);

    # The units of generated modules, and what their scripts are given.
    units = mapAttrs (_: unit: {
      run = unit.serviceConfig.ExecStart or "";
      environment = removeAttrs unit.environment [
        "LOCALE_ARCHIVE"
        "PATH"
        "TZDIR"
      ];
      sandbox = filterAttrs (_: value: value == true) unit.serviceConfig;
    }) (filterAttrs (name: _: lib.hasPrefix "pantherctl-" name) config.systemd.services);

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

    # Services that a sandbox was written for, which alone say this of their keys.
    sandboxed = mapAttrs (_: unit: unit.serviceConfig) (
      filterAttrs (_: unit: unit.serviceConfig.KeyringMode or "" == "private") config.systemd.services
    );
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

    # A DERP server, which NixOS has since 25.05.
    derper =
      let
        server = config.services.tailscale.derper or { };
      in
      optionalAttrs (server.enable or false) {
        inherit (server) domain openFirewall verifyClients;
        certificates = builtins.attrNames (
          filterAttrs (_: site: site.enableACME) config.services.nginx.virtualHosts
        );
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

    state = mapAttrs (_: unit: {
      dynamicUser = isTrue (unit.serviceConfig.DynamicUser or false);
      directories = words unit.serviceConfig.StateDirectory;
    }) stateful;

    age = optionalAttrs (config ? age) {
      identityPaths = map path config.age.identityPaths;
      secrets = mapAttrs (_: secret: {
        inherit (secret)
          group
          mode
          owner
          path
          ;
        file = path secret.file;
      }) config.age.secrets;
    };

    onepassword = optionalAttrs (config.services ? onepassword-secrets) {
      inherit (config.services.onepassword-secrets) enable;
      tokenFile = path config.services.onepassword-secrets.tokenFile;
      paths = config.services.onepassword-secrets.secretPaths;
    };

    # Whichever of the two modules keeps it.
    persistence = mapAttrs (_: persisted) (
      filterAttrs (_: store: store.enable) (config.environment.persistence or { })
      // optionalAttrs (config ? preservation && config.preservation.enable) config.preservation.preserveAt
    );

    preservation = optionalAttrs (config ? preservation) {
      directories = lib.concatMap (store: map preserved store.directories) (
        builtins.attrValues config.preservation.preserveAt
      );
      files = lib.concatMap (store: map preserved store.files) (
        builtins.attrValues config.preservation.preserveAt
      );
    };
  };
in
# Through text and back: everything is forced, so an option that does not exist
# fails here, and nothing asks for a build.
builtins.fromJSON (builtins.unsafeDiscardStringContext (builtins.toJSON facts))
