# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, options, ... }:
{
  services.journald = lib.mkMerge [
    (lib.optionalAttrs (options.services.journald ? settings) {
      settings.Journal = {
        # what happened before a crash can be read after it
        Storage = "persistent";
        # the time that the burst is counted in
        RateLimitIntervalSec = "30s";
        # one service cannot push out the evidence of all others
        RateLimitBurst = 1000;
        # evidence of weeks, and never a full disk
        SystemMaxUse = "500M";
        # as long as an intrusion may go unnoticed, and no longer than data should be kept
        MaxRetentionSec = "31day";
        # no service writes to every terminal
        ForwardToWall = "no";
      };
    })
    (lib.optionalAttrs (!options.services.journald ? settings) {
      # what happened before a crash can be read after it
      storage = "persistent";
      # the time that the burst is counted in
      rateLimitInterval = "30s";
      # one service cannot push out the evidence of all others
      rateLimitBurst = 1000;
      extraConfig = ''
        # evidence of weeks, and never a full disk
        SystemMaxUse=500M
        # as long as an intrusion may go unnoticed, and no longer than data should be kept
        MaxRetentionSec=31day
        # no service writes to every terminal
        ForwardToWall=no
      '';
    })
  ];
}
