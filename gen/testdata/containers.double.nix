# A double for the nixpkgs of containers. Their NixOS is evaluated from a path,
# and what lies at the one at hand cannot be called as nixpkgs itself can.
{ lib, ... }:
{
  options.containers = lib.mkOption {
    type = lib.types.attrsOf (
      lib.types.submodule {
        config.nixpkgs = lib.mkDefault ./container;
      }
    );
  };
}
