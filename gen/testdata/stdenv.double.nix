# A double for the kernel packages of an old tree that do not say what they are
# built for, which Lanzaboote asks.
{ pkgs, ... }:
{
  boot.kernelPackages.extend = overlay: pkgs.linuxPackages.extend overlay // { inherit (pkgs) stdenv; };
}
