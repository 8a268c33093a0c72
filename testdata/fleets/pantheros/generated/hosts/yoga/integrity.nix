# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  # the document says so
  systemd.services.pantherctl-integrity = {
    description = "Verify the Nix store";
    serviceConfig = {
      Type = "oneshot";
      # fails, and says which, if a path differs
      ExecStart = "${config.nix.package}/bin/nix --extra-experimental-features nix-command store verify --all --no-trust";
      # the daemon reads the store: this process needs no right to write there
      Environment = [
        "NIX_REMOTE=daemon"
        "XDG_CACHE_HOME=/tmp"
      ];

      # whatever else the host does comes first
      IOSchedulingClass = "idle";
      CPUSchedulingPolicy = "idle";

      # it only talks to the daemon
      CapabilityBoundingSet = "";
      NoNewPrivileges = true;
      PrivateNetwork = true;
      PrivateTmp = true;
      PrivateDevices = true;
      ProtectHome = true;
      ProtectSystem = "strict";
      ProtectKernelTunables = true;
      ProtectKernelModules = true;
      ProtectControlGroups = true;
      RestrictAddressFamilies = [ "AF_UNIX" ];
      RestrictNamespaces = true;
      LockPersonality = true;
      SystemCallArchitectures = "native";
    };
  };

  systemd.timers.pantherctl-integrity = {
    wantedBy = [ "timers.target" ];
    timerConfig = {
      # seldom enough not to be in the way
      OnCalendar = "weekly";
      # a run that was missed is made up for
      Persistent = true;
      # hosts that share a disk do not all read at once
      RandomizedDelaySec = "1h";
    };
  };
}
