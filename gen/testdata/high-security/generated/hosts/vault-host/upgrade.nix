# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # after an upgrade the selfcheck decides whether it stays
  imports = [ ../../modules/upgrade-confirm.nix ];

  system.autoUpgrade = {
    enable = true;
    # whoever may write there is root here; its lock file says how new the packages are
    flake = "git+ssh://git@git.example/vault/infra?ref=main";
    # weekly, when few people work
    dates = "Sun 04:40";
    # not every host of the fleet upgrades at once
    randomizedDelaySec = "30m";
    # the document says so
    allowReboot = true;
    # a reboot surprises nobody then
    rebootWindow = {
      lower = "04:00";
      upper = "06:00";
    };
  };

  nix.gc = {
    # old generations fill the disk and the boot partition
    automatic = true;
    dates = "weekly";
    # a way back for as long as a mistake may go unnoticed
    options = "--delete-older-than 30d";
  };
}
