# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  imports = [ ../../modules/restore-drill.nix ];

  services.restic.backups.daily = {
    repositoryFile = config.age.secrets.vault-repository.path;
    passwordFile = config.age.secrets.vault-password.path;
    environmentFile = "/run/opnix-secrets/vault-storage";
    # a new host starts its repository itself
    initialize = true;

    paths = [ "/keep" ];
    extraBackupArgs = [
      # storage and bandwidth cost more than a night's processor time
      "--compression=max"
      # folders that say of themselves that they can be made anew
      "--exclude-caches"
      # not what is mounted below, such as a backup disk
      "--one-file-system"
    ];

    # nothing is removed from here: who takes the host cannot take its backups
    pruneOpts = [ ];
    # a repository that cannot be read is no backup
    runCheck = true;
    # another part every time, so that all of it is read in the end
    checkOpts = [ "--read-data-subset=100M" ];

    timerConfig = {
      # at night, before the hour of upgrades
      OnCalendar = "01:30";
      # not every host asks the same storage at once
      RandomizedDelaySec = "30m";
      # one that was missed is made up for
      Persistent = true;
    };
  };

  # a backup that nobody has restored is a hope
  pantherctl.restoreDrill = {
    backup = "daily";
    sample = "/keep/etc/machine-id";
    # a backup that cannot be restored is noticed within a week, in the morning after it
    at = "Sun 06:30";
    # one backup may be missed
    oldest = 172800;
  };
}
