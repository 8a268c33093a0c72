# What an evaluated host is built as, as plain JSON: store paths, the texts of
# systemd's units, and what forbids a live switch where it changes. Nothing is
# built, but the whole system is evaluated, which takes far longer than the facts.
#
# The argument is an evaluated NixOS system, as in a flake's
# nixosConfigurations.
{
  config,
  lib,
  ...
}:
let
  inherit (config.system) build;

  # Releases have a list of packages, or a set of what is compared.
  switch = config.system.switch.inhibitors or { };
  inhibitors =
    if lib.isList switch then
      lib.listToAttrs (
        map (part: lib.nameValuePair (part.pname or (lib.getName part)) (toString part)) switch
      )
    else
      lib.mapAttrs (_: toString) switch;

  system = {
    toplevel = build.toplevel.outPath;
    derivation = build.toplevel.drvPath;
    kernel = toString config.boot.kernelPackages.kernel;
    initrd = toString build.initialRamdisk;
    inherit inhibitors;
    units = lib.mapAttrs (_: unit: unit.text) (
      lib.filterAttrs (_: unit: unit.enable && unit.text != null) config.systemd.units
    );
  };
in
builtins.fromJSON (builtins.unsafeDiscardStringContext (builtins.toJSON system))
