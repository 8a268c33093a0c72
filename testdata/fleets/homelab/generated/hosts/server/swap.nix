# Written by pantherctl from security.yaml. Do not edit: change that file,
# then run pantherctl generate.
{ lib, ... }:
{
  zramSwap = {
    # the document says so
    enable = true;
    # zram costs memory only as it fills, and half of it leaves room
    memoryPercent = 50;
  };

  # no other: what is swapped out in the clear stays readable on the disk
  swapDevices = lib.mkForce [ ];
}
