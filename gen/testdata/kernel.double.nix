# A double for the kernel of the host, the ZFS built for it, and the machine id
# that ZFS asks for. Names and versions are all that NixOS reads of packages
# while evaluating.
{ lib, pkgs, ... }:
let
  version = "6.17.5";
  zfs = pkgs.zfs // {
    version = "2.3.4";
    kernelModuleAttribute = "zfs";
  };
in
{
  boot.kernelPackages.extend = _: {
    kernel = pkgs.linuxPackages.kernel // {
      inherit version;
      kernelAtLeast = lib.versionAtLeast version;
    };
    inherit (pkgs) stdenv;
    inherit zfs;
  };
  boot.zfs.package = zfs;
  # It asks the platform what a tree of doubles does not know.
  boot.initrd.systemd.enableTpm2 = false;
  networking.hostId = "8425e349";
}
