# A double for the kernel packages of an old tree: they do not say what they are
# built for, which Lanzaboote asks, nor what the kernel is newer than, which the
# module of Btrfs asks, and have no ZFS that the tree's module takes.
{ lib, pkgs, ... }:
let
  zfs = pkgs.zfs // {
    version = "2.2.6";
    kernelModuleAttribute = "zfs";
  };
in
{
  boot.kernelPackages.extend =
    overlay:
    let
      extended = pkgs.linuxPackages.extend overlay;
    in
    extended
    // {
      inherit (pkgs) stdenv;
      inherit zfs;
      kernel = extended.kernel // {
        kernelAtLeast = lib.versionAtLeast extended.kernel.version;
      };
    };
  boot.zfs.package = zfs;
  networking.hostId = "8425e349";
  # It asks the platform what a tree of doubles does not know.
  boot.initrd.systemd.enableTpm2 = false;
}
