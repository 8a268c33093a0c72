# A timer that restores a sample of the newest backup and compares it: a backup that nobody
# has restored is a hope. The script beside this file does it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.pantherctl.restoreDrill;
  backup = config.services.restic.backups.${cfg.backup};
  unit = config.systemd.services."restic-backups-${cfg.backup}";
in
{
  options.pantherctl.restoreDrill = {
    backup = lib.mkOption {
      type = lib.types.str;
      description = "The name of the backup among services.restic.backups.";
    };
    sample = lib.mkOption {
      type = lib.types.str;
      description = "The file or folder that is restored and compared with the original.";
    };
    at = lib.mkOption {
      type = lib.types.str;
      description = "When, as systemd.time(7) has it.";
    };
    oldest = lib.mkOption {
      type = lib.types.ints.positive;
      description = "How many seconds old the newest backup may be.";
    };
  };

  config = {
    systemd.services.pantherctl-restore-drill = {
      description = "Restore a sample of the newest backup";
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      path = [
        backup.package
        config.programs.ssh.package
        pkgs.diffutils
        pkgs.jq
      ];
      environment =
        lib.filterAttrs (name: value: value != null && lib.hasPrefix "RESTIC_" name) unit.environment
        // {
          OLDEST = toString cfg.oldest;
          OPTIONS = lib.concatStringsSep "\n" backup.extraOptions;
          SAMPLE = cfg.sample;
        };
      script = builtins.readFile ./restore-drill.sh;
      serviceConfig = {
        Type = "oneshot";
        # Files come back with their owners.
        CapabilityBoundingSet = [
          "CAP_CHOWN"
          "CAP_DAC_OVERRIDE"
          "CAP_DAC_READ_SEARCH"
          "CAP_FOWNER"
        ];
        LockPersonality = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = "read-only";
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "strict";
        RestrictNamespaces = true;
        RestrictRealtime = true;
        SystemCallArchitectures = "native";
      }
      // lib.optionalAttrs (backup.environmentFile != null) {
        EnvironmentFile = backup.environmentFile;
      };
    };

    systemd.timers.pantherctl-restore-drill = {
      description = "Restore a sample of the newest backup";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = cfg.at;
        RandomizedDelaySec = "1h";
        Persistent = true;
      };
    };
  };
}
