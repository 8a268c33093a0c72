# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  services.caddy = {
    enable = true;

    # its admin API asks nobody who he is
    globalConfig = ''
      admin off
    '';
    # a reload needs that API: changes restart it
    enableReload = false;

    virtualHosts = {
      "ui.vault.example" = {
        useACMEHost = "vault.example";
        extraConfig = ''
          header Strict-Transport-Security max-age=31536000
          route {
            request_header -Remote-*
            forward_auth 127.0.0.1:9091 {
              uri /api/authz/forward-auth
              copy_headers Remote-User Remote-Groups Remote-Name Remote-Email
            }
            reverse_proxy http://127.0.0.1:8200
          }
        '';
      };

      "login.vault.example" = {
        useACMEHost = "vault.example";
        extraConfig = ''
          header Strict-Transport-Security max-age=31536000
          route {
            request_header -Remote-*
            reverse_proxy http://127.0.0.1:9091
          }
        '';
      };
    };
  };

  systemd.services.caddy = {
    # NixOS 24.11 would not restart it
    restartTriggers = [ config.services.caddy.configFile ];

    serviceConfig = {
      # it listens on ports 80 and 443, and needs no other right
      CapabilityBoundingSet = "CAP_NET_BIND_SERVICE";
      LockPersonality = true;
      MemoryDenyWriteExecute = true;
      PrivateTmp = true;
      ProtectClock = true;
      ProtectControlGroups = true;
      ProtectHostname = true;
      ProtectKernelLogs = true;
      ProtectKernelModules = true;
      ProtectKernelTunables = true;
      ProtectProc = "invisible";
      RestrictAddressFamilies = [
        "AF_INET"
        "AF_INET6"
        "AF_UNIX"
      ];
      RestrictNamespaces = true;
      RestrictRealtime = true;
      RestrictSUIDSGID = true;
      SystemCallArchitectures = "native";
      SystemCallErrorNumber = "EPERM";
      SystemCallFilter = [
        "@system-service"
        "~@privileged"
      ];
      # its own unit adds CAP_NET_ADMIN
      AmbientCapabilities = [
        ""
        "CAP_NET_BIND_SERVICE"
      ];
      ProtectSystem = "strict";
    };
  };
}
