# A timer that compares the running host with what NixOS rendered for it, whoever wrote the
# options. The script beside this file does it, and fails on any difference.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (config.networking) nftables;
  inherit (config.security) audit;
  cfg = config.pantherctl.selfcheck;
  sshd = config.services.openssh.enable;

  # Without nftables its tables may be half defined.
  tables = lib.optionals nftables.enable (
    lib.attrValues (lib.filterAttrs (_: table: table.enable) nftables.tables)
  );

  ruleset = pkgs.writeText "ruleset.nft" (
    lib.concatMapStrings (table: ''
      table ${table.family} ${table.name} {
      ${table.content}
      }
    '') tables
  );

  # Comments and options such as -i are no rules.
  rules = lib.filter (rule: lib.hasPrefix "-a " rule || lib.hasPrefix "-w " rule) audit.rules;
in
{
  options.pantherctl.selfcheck = {
    every = lib.mkOption {
      type = lib.types.ints.positive;
      description = "Seconds between the end of a check and the next.";
    };
    secrets = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Files that must be readable and hold something.";
    };
    store = lib.mkOption {
      type = lib.types.bool;
      description = "Whether to verify the running system in the store.";
    };
  };

  config = {
    systemd.services.pantherctl-selfcheck = {
      description = "Compare the host with what was generated for it";
      path = [
        pkgs.diffutils
        pkgs.util-linux
        config.nix.package
      ]
      ++ lib.optional sshd config.programs.ssh.package
      ++ lib.optional nftables.enable pkgs.nftables
      ++ lib.optional config.security.auditd.enable pkgs.audit
      ++ lib.optional config.services.tailscale.enable config.services.tailscale.package;
      environment = {
        # Nix reads the store by its daemon and caches nothing in a home.
        HOME = "/tmp";
        NIX_REMOTE = "daemon";
        SSHD_CONFIG = lib.optionalString sshd "${config.environment.etc."ssh/sshd_config".source}";
        SSHD_LIVE = lib.optionalString sshd "/etc/ssh/sshd_config";
        RULESET = lib.optionalString nftables.enable "${ruleset}";
        TABLES = lib.concatMapStringsSep "\n" (table: "${table.family} ${table.name}") tables;
        AUDIT_RULES = lib.optionalString config.security.auditd.enable (toString (lib.length rules));
        TAILNET = lib.optionalString config.services.tailscale.enable "1";
        SECRETS = lib.concatStringsSep "\n" cfg.secrets;
        STORE = lib.optionalString cfg.store "/run/current-system";
      };
      script = builtins.readFile ./selfcheck.sh;
      serviceConfig = {
        Type = "oneshot";
        # Reading the whole system must not be felt.
        Nice = 19;
        IOSchedulingClass = "idle";
        LockPersonality = true;
        NoNewPrivileges = true;
        PrivateTmp = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectSystem = "strict";
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
      };
    };

    systemd.timers.pantherctl-selfcheck = {
      description = "Compare the host with what was generated for it";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnBootSec = "10min";
        OnUnitInactiveSec = cfg.every;
        RandomizedDelaySec = "5min";
      };
    };
  };
}
