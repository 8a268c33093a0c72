# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, ... }:
{
  # memory is written there, and is encrypted like the disk
  boot.resumeDevice = "/dev/mapper/cryptswap";

  # no other: what is swapped out in the clear stays readable on the disk
  swapDevices = lib.mkForce [
    {
      device = "/dev/mapper/cryptswap";
    }
  ];
}
