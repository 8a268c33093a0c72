# Notifications of failed units and of messages in the journal. The script beside this file
# keeps what waits in a state directory, so a restart forgets nothing.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.pantherctl.notify;

  sandbox = {
    Type = "oneshot";
    StateDirectory = "pantherctl-notify";
    StateDirectoryMode = "0700";
    UMask = "0077";
    # The journal and a secret of root are read, and nothing else is needed of root.
    CapabilityBoundingSet = [ "CAP_DAC_READ_SEARCH" ];
    LockPersonality = true;
    NoNewPrivileges = true;
    PrivateDevices = true;
    PrivateTmp = true;
    ProtectClock = true;
    ProtectControlGroups = true;
    ProtectHome = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    ProtectSystem = "strict";
    RestrictAddressFamilies = [
      "AF_UNIX"
      "AF_INET"
      "AF_INET6"
      "AF_NETLINK"
    ];
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    SystemCallArchitectures = "native";
  };

  service = {
    after = [ "network-online.target" ];
    wants = [ "network-online.target" ];
    path = [
      pkgs.curl
      pkgs.jq
      pkgs.util-linux
    ];
    environment = {
      VIA = cfg.via;
      TARGET = cfg.target;
      EVERY = toString cfg.every;
      PATTERN = lib.concatStringsSep "|" cfg.patterns;
    };
    script = builtins.readFile ./notify.sh;
    serviceConfig = sandbox;
  };

  # A package may bring the unit itself; then a module at least says when it starts.
  known =
    name:
    let
      unit = config.systemd.services.${name};
    in
    unit.serviceConfig != { } || unit.wantedBy != [ ] || unit.requiredBy != [ ];
in
{
  options.pantherctl.notify = {
    via = lib.mkOption {
      type = lib.types.enum [
        "ntfy"
        "webhook"
        "mail"
      ];
      description = "How a message travels.";
    };
    target = lib.mkOption {
      type = lib.types.str;
      description = "The file, outside the store, with lines of a curl configuration: url, header, user.";
    };
    every = lib.mkOption {
      type = lib.types.ints.positive;
      description = "Seconds between two messages about the same.";
    };
    patterns = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Regular expressions of messages in the journal that are told.";
    };
    units = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Services whose failure is told.";
    };
  };

  config = {
    systemd.services = lib.genAttrs cfg.units (_: { onFailure = [ "pantherctl-notify@%n.service" ]; }) // {
      "pantherctl-notify@" = service // {
        description = "Tell that %i failed";
        scriptArgs = "%i";
      };
      pantherctl-notify = service // {
        description = "Tell what the journal holds and what waits";
      };
    };

    systemd.timers.pantherctl-notify = {
      description = "Notifications that wait";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnBootSec = "1min";
        OnUnitInactiveSec = "1min";
      };
    };

    warnings = map (unit: "pantherctl.notify.units: no module here defines the service ${unit}") (
      lib.filter (unit: !known unit) cfg.units
    );
  };
}
