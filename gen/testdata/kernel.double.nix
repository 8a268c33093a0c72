# A double for the kernel of the host, the ZFS built for it, and the machine id
# that ZFS asks for. Names and versions are all that NixOS reads of packages
# while evaluating.
{ pkgs, ... }:
let
  zfs = pkgs.zfs // {
    version = "2.3.4";
    kernelModuleAttribute = "zfs";
  };
in
{
  boot.kernelPackages.extend = _: {
    kernel = pkgs.linuxPackages.kernel // {
      version = "6.17.5";
    };
    inherit (pkgs) stdenv;
    inherit zfs;
  };
  boot.zfs.package = zfs;
  networking.hostId = "8425e349";
}
