# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ config, ... }:
{
  imports = [ ../../modules/notify.nix ];

  pantherctl.notify = {
    # the document says so
    via = "mail";
    # where to and with which token
    target = config.age.secrets.mail.path;
    # a unit that fails in a loop is told four times an hour
    every = 900;
    # told when systemd gives one of them up
    units = [
      "pantherctl-certificates"
      "pantherctl-restore-drill"
      "pantherctl-selfcheck"
      "pantherctl-upgrade-confirm"
      "sshd"
    ];
    patterns = [
      # somebody logged in by SSH
      "Accepted (publickey|password|keyboard-interactive) for"
    ];
  };
}
