# A timer that looks for certificates that end soon: those that the host keeps, and those that
# its proxy shows. The script beside this file does it, and fails on any.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.pantherctl.certificates;
in
{
  options.pantherctl.certificates = {
    within = lib.mkOption {
      type = lib.types.ints.positive;
      description = "Seconds in which a certificate must not end.";
    };
    kept = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Certificates of security.acme, by name.";
    };
    served = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Sites that answer on port 443 of this host.";
    };
  };

  config = {
    systemd.services.pantherctl-certificates = {
      description = "Look for certificates that end soon";
      path = [ pkgs.openssl ];
      environment = {
        WITHIN = toString cfg.within;
        KEPT = lib.concatMapStringsSep "\n" (
          name: "${config.security.acme.certs.${name}.directory}/fullchain.pem"
        ) cfg.kept;
        SERVED = lib.concatStringsSep "\n" cfg.served;
        ADDRESS = "127.0.0.1:443";
      };
      script = builtins.readFile ./certificates.sh;
      serviceConfig = {
        Type = "oneshot";
        # Keys lie beside certificates: it may read, and do nothing else.
        CapabilityBoundingSet = "CAP_DAC_READ_SEARCH";
        IPAddressAllow = "localhost";
        IPAddressDeny = "any";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
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
          "AF_INET"
          "AF_UNIX"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
      };
    };

    systemd.timers.pantherctl-certificates = {
      description = "Look for certificates that end soon";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = "daily";
        Persistent = true;
        RandomizedDelaySec = "1h";
      };
    };
  };
}
