# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, ... }:
{
  # no other: what is swapped out in the clear stays readable on the disk
  swapDevices = lib.mkForce [
    {
      device = "/dev/disk/by-partlabel/swap";
      # with a key that nobody knows, and that is gone with the power
      randomEncryption.enable = true;
    }
  ];
}
