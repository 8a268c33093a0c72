# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  config,
  lib,
  pkgs,
  ...
}:
{
  services.caddy = {
    enable = true;
    # names are proven without a port open to the internet
    package = pkgs.caddy.withPlugins {
      plugins = [ "github.com/caddy-dns/cloudflare@v0.2.4" ];
      # the build stops and prints the right one, for caddy.plugin.hash
      hash = lib.fakeHash;
    };
    email = "hbohlen@example.org";

    # its admin API asks nobody who he is
    globalConfig = ''
      admin off
      acme_dns cloudflare {file./run/credentials/caddy.service/cloudflare-token}
    '';
    # a reload needs that API: changes restart it
    enableReload = false;

    virtualHosts = {
      "apps.example.org" = {
        extraConfig = ''
          header Strict-Transport-Security max-age=31536000
          route {
            request_header -Remote-*
            reverse_proxy http://127.0.0.1:8080
          }
        '';
      };
    };
  };

  systemd.services.caddy = {
    # NixOS 24.11 would not restart it
    restartTriggers = [ config.services.caddy.configFile ];
    wants = [ "opnix-secrets.service" ];
    # 1Password brings a secret that it reads
    after = [ "opnix-secrets.service" ];

    serviceConfig = {
      # the token, which its user cannot read itself
      LoadCredential = [ "cloudflare-token:/run/opnix-secrets/cloudflare-dns-token" ];
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
