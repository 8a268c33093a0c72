# preservation over a tree older than it: a type and an option that came after
# NixOS's tree at hand, where they are missing. The module is the real one.
module:
{ config, lib, ... }@args:
let
  old = !(lib.types ? attrsWith);
  newer = lib.recursiveUpdate lib {
    types.attrsWith = { elemType, ... }: lib.types.attrsOf elemType;
  };
  real = import module args;
  optionsModule = import (dirOf module + "/options.nix");
in
if !old then
  real
else
  real
  // {
    imports = [ (args: optionsModule (args // { lib = newer; })) ];
    options.boot.initrd.systemd.tmpfiles.settings = lib.mkOption {
      type = lib.types.attrsOf (lib.types.attrsOf lib.types.anything);
      default = { };
    };
  }
