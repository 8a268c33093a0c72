# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  imports = [ ../../modules/notify.nix ];

  pantherctl.notify = {
    # reaches a phone without a mail server
    via = "ntfy";
    # where to and with which token
    target = config.age.secrets.ntfy.path;
    # a unit that fails in a loop is told four times an hour
    every = 900;
    # told when systemd gives one of them up
    units = [
      "nixos-upgrade"
      "pantherctl-certificates"
      "pantherctl-restore-drill"
      "pantherctl-selfcheck"
      "pantherctl-upgrade-confirm"
      "restic-backups-daily"
    ];
  };
}
