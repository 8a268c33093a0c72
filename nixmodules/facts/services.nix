# What one evaluated host runs and keeps, as plain JSON: its services, the units
# of generated modules, its secrets and its state. host.nix beside this file
# says how it is asked, and tells of the host itself.
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
    # What runs by the clock, with the command it runs.
    timers = mapAttrs (name: timer: {
      inherit (timer) timerConfig wantedBy;
      execStart = map toString (
        lib.toList (config.systemd.services.${name}.serviceConfig.ExecStart or [ ])
      );
    }) (filterAttrs (name: timer: timer.enable && lib.hasPrefix "pantherctl-" name) config.systemd.timers);

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
          inherit (tunnel) default;
          ingress = mapAttrs (
            _: rule: if builtins.isAttrs rule then lib.filterAttrsRecursive (_: value: value != null) rule else rule
          ) tunnel.ingress;
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

    # Services that a sandbox was written for, which alone say this of their keys.
    sandboxed = mapAttrs (_: unit: unit.serviceConfig) (
      filterAttrs (_: unit: unit.serviceConfig.KeyringMode or "" == "private") config.systemd.services
    );

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
