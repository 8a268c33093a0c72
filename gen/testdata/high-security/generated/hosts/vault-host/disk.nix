# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, ... }:
{
  # systemd asks for the passphrase, wherever somebody can type it
  boot.initrd.systemd.enable = true;

  boot.initrd.luks.devices.cryptroot = {
    device = "/dev/disk/by-partlabel/root";
    # once, on the host:
    # systemd-cryptenroll --tpm2-device=auto --tpm2-pcrs=7+15:sha256=0000000000000000000000000000000000000000000000000000000000000000 /dev/disk/by-partlabel/root
    crypttabExtraOpts = [
      "tpm2-device=auto"
      "tpm2-measure-pcr=yes"
    ];
  };

  boot.lanzaboote = {
    enable = true;
    # where sbctl keeps its keys
    pkiBundle = "/var/lib/sbctl";
    # keys that nobody enrols protect nothing
    autoGenerateKeys.enable = true;
    autoEnrollKeys = {
      # does nothing unless the firmware is in setup mode
      enable = true;
      # without them some machines never start again
      includeMicrosoftKeys = true;
    };
  };

  # Lanzaboote installs systemd-boot itself, signed
  boot.loader.systemd-boot.enable = lib.mkForce false;

  # init=/bin/sh makes whoever is at the console root
  boot.loader.systemd-boot.editor = false;

  # nobody reads its screen, and SSH works without the failed mount
  systemd.enableEmergencyMode = false;
  # no root shell at the console before the disks are there
  boot.initrd.systemd.emergencyAccess = false;
}
