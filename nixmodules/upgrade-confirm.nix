# An upgrade confirms itself by the selfcheck, or the host returns to the system it ran
# before. The script beside this file does it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  script = pkgs.writeShellScript "upgrade-confirm" (builtins.readFile ./upgrade-confirm.sh);

  state = {
    environment = {
      BOOTED = "/run/booted-system";
      BOOT_ID = "/proc/sys/kernel/random/boot_id";
      PROFILE = "/nix/var/nix/profiles/system";
      REBOOT = lib.optionalString config.system.autoUpgrade.allowReboot "1";
      ROOT = "/nix/var/nix/gcroots/pantherctl-upgrade";
      CURRENT = "/run/current-system";
      TRIES = "3";
      PAUSE = "60";
    };
    serviceConfig = {
      StateDirectory = "pantherctl-upgrade";
      StateDirectoryMode = "0700";
    };
  };

  confirm = [ "pantherctl-upgrade-confirm.service" ];
in
{
  systemd.services.nixos-upgrade = lib.mkMerge [
    state
    {
      serviceConfig.ExecStartPre = [ "${script} record" ];
      # A switch that fails half way has changed the system as well.
      onSuccess = confirm;
      onFailure = confirm;
    }
  ];

  systemd.services.pantherctl-upgrade-confirm = lib.mkMerge [
    state
    {
      description = "Confirm an upgrade, or return to the system before it";
      path = [
        config.nix.package
        config.systemd.package
      ];
      environment.HOME = "/root";
      # It may switch the system that it belongs to, so a switch must not end it.
      restartIfChanged = false;
      stopIfChanged = false;
      unitConfig = {
        ConditionPathExists = "/var/lib/pantherctl-upgrade/pending";
        X-StopOnRemoval = false;
      };
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "${script} confirm";
      };
    }
  ];

  # After a boot into the upgraded system.
  systemd.timers.pantherctl-upgrade-confirm = {
    description = "Confirm an upgrade after a boot";
    wantedBy = [ "timers.target" ];
    timerConfig.OnBootSec = "3min";
  };
}
