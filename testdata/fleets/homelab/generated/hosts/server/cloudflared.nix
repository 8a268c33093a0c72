# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  services.cloudflared.enable = true;

  services.cloudflared.tunnels."5c1a3ba7-70bd-4f9f-9f2c-0d4ad7f6a2c1" = {
    credentialsFile = config.age.secrets.cloudflared.path;
    # whatever else is asked for
    default = "http_status:404";
    # from the internet, past the firewall
    ingress = {
      # traefik
      "vault.home.example.org" = {
        service = "https://127.0.0.1:443";
        originRequest.originServerName = "vault.home.example.org";
      };
      # traefik
      "files.home.example.org" = {
        service = "https://127.0.0.1:443";
        originRequest.originServerName = "files.home.example.org";
      };
    };
  };

  # it speaks to strangers, and needs nothing of the host but the network
  systemd.services.cloudflared-tunnel-5c1a3ba7-70bd-4f9f-9f2c-0d4ad7f6a2c1 = {
    serviceConfig = {
      CapabilityBoundingSet = "";
      LockPersonality = true;
      MemoryDenyWriteExecute = true;
      NoNewPrivileges = true;
      PrivateDevices = true;
      PrivateMounts = true;
      PrivateTmp = true;
      PrivateUsers = true;
      ProcSubset = "pid";
      ProtectClock = true;
      ProtectControlGroups = true;
      ProtectHome = true;
      ProtectHostname = true;
      ProtectKernelLogs = true;
      ProtectKernelModules = true;
      ProtectKernelTunables = true;
      ProtectProc = "invisible";
      ProtectSystem = "strict";
      RemoveIPC = true;
      RestrictAddressFamilies = [
        "AF_INET"
        "AF_INET6"
        "AF_UNIX"
      ];
      RestrictNamespaces = true;
      RestrictRealtime = true;
      RestrictSUIDSGID = true;
      SystemCallArchitectures = "native";
      # refused, not killed
      SystemCallErrorNumber = "EPERM";
      SystemCallFilter = [
        "@system-service"
        "~@privileged"
      ];
      UMask = "0077";
    };
  };
}
