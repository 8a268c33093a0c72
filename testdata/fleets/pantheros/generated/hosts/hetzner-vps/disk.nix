# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{
  # init=/bin/sh makes whoever is at the console root
  boot.loader.systemd-boot.editor = false;

  # nobody reads its screen, and SSH works without the failed mount
  systemd.enableEmergencyMode = false;
  # no root shell at the console before the disks are there
  boot.initrd.systemd.emergencyAccess = false;
}
