# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  imports = [ ../../modules/restore-drill.nix ];

  services.restic.backups.daily = {
    repositoryFile = config.age.secrets.restic-repository.path;
    passwordFile = config.age.secrets.restic-password.path;
    # one word, as systemd splits this line
    extraOptions = [ "sftp.args=-i${config.age.secrets.restic-ssh-key.path}" ];
    # a new host starts its repository itself
    initialize = true;

    paths = [ "/persist" ];
    extraBackupArgs = [
      # storage and bandwidth cost more than a night's processor time
      "--compression=max"
      # folders that say of themselves that they can be made anew
      "--exclude-caches"
      # not what is mounted below, such as a backup disk
      "--one-file-system"
    ];

    # old snapshots fill the storage otherwise
    pruneOpts = [
      # a mistake is noticed within a week
      "--keep-daily=7"
      # or within a fortnight
      "--keep-weekly=2"
      # or within a month
      "--keep-monthly=1"
    ];
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
    sample = "/persist/var/lib/nixos";
    # a backup that cannot be restored is noticed within a week, in the morning after it
    at = "Sun 06:30";
    # one backup may be missed
    oldest = 172800;
  };
}
