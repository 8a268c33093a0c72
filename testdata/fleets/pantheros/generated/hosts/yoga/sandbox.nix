# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, ... }:
{
  # an exposure of 2.0 at most, by systemd-analyze security
  systemd.services.logrotate.serviceConfig = {
    LockPersonality = lib.mkOverride 90 true;
    NoNewPrivileges = lib.mkOverride 90 true;
    PrivateMounts = lib.mkOverride 90 true;
    PrivateTmp = lib.mkOverride 90 true;
    ProtectClock = lib.mkOverride 90 true;
    ProtectControlGroups = lib.mkOverride 90 true;
    ProtectHostname = lib.mkOverride 90 true;
    ProtectKernelLogs = lib.mkOverride 90 true;
    ProtectKernelModules = lib.mkOverride 90 true;
    ProtectKernelTunables = lib.mkOverride 90 true;
    RemoveIPC = lib.mkOverride 90 true;
    RestrictNamespaces = lib.mkOverride 90 true;
    RestrictRealtime = lib.mkOverride 90 true;
    RestrictSUIDSGID = lib.mkOverride 90 true;
    KeyringMode = lib.mkOverride 90 "private";
    SystemCallArchitectures = lib.mkOverride 90 "native";
    UMask = lib.mkOverride 90 "0077";
    # it writes nothing but what is named, and what systemd makes for it
    ProtectSystem = lib.mkOverride 90 "strict";
    # beside those of its module
    ReadWritePaths = [ "/var/log" ];
    # homes look empty
    ProtectHome = lib.mkOverride 90 "tmpfs";
    DevicePolicy = lib.mkOverride 90 "closed";
    PrivateDevices = lib.mkOverride 90 true;
    CapabilityBoundingSet = lib.mkOverride 90 [
      "CAP_CHOWN"
      "CAP_DAC_OVERRIDE"
      "CAP_FOWNER"
    ];
    # among users of its own a capability would do nothing
    PrivateUsers = lib.mkOverride 90 false;
    SystemCallFilter = lib.mkOverride 90 [
      "@system-service"
      "~@resources"
    ];
    PrivateNetwork = lib.mkOverride 90 true;
    IPAddressDeny = lib.mkOverride 90 [ "any" ];
    RestrictAddressFamilies = lib.mkOverride 90 [ "AF_UNIX" ];
    MemoryDenyWriteExecute = lib.mkOverride 90 true;
    # it sees other processes
    ProtectProc = lib.mkOverride 90 "default";
    ProcSubset = lib.mkOverride 90 "all";
  };
}
