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
      "auditd"
      "pantherctl-certificates"
      "pantherctl-selfcheck"
      "syslog"
      "tailscaled"
    ];
    patterns = [
      # somebody was not let in
      "Invalid user|not allowed because|maximum authentication attempts exceeded"
      # somebody may not become root
      "NOT in sudoers|incorrect password attempt"
    ];
  };
}
