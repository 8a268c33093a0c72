# The checks of the flake: every host of the example fleets evaluates, and nixfmt
# has nothing to change in what pantherctl wrote.
{
  pkgs,
  nixosSystem,
  # A folder of folders, each with a generated one.
  fleets,
  # Third-party modules by the name that a generated default.nix asks for.
  modules,
}:
let
  inherit (pkgs) lib;

  hostsOf =
    fleet:
    let
      generated = import (fleets + "/${fleet}/generated");
      # Nobody has the .age files of an example; evaluating only needs their
      # folder.
      inputs = modules // {
        secrets = pkgs.emptyDirectory;
      };
    in
    generated (builtins.intersectAttrs (builtins.functionArgs generated) inputs);

  # What NixOS insists on and a machine's own configuration would say.
  hardware = {
    nixpkgs.hostPlatform = pkgs.stdenv.hostPlatform.system;
    # Workstations keep their SSH keys in 1Password.
    nixpkgs.config.allowUnfreePredicate =
      package:
      builtins.elem (lib.getName package) [
        "1password"
        "1password-cli"
      ];
    boot.loader.systemd-boot.enable = lib.mkDefault true;
    fileSystems."/" = builtins.mapAttrs (_: lib.mkDefault) {
      device = "/dev/disk/by-label/root";
      fsType = "ext4";
    };
    system.stateVersion = lib.mkDefault lib.trivial.release;
  };

  # Naming the system's derivation evaluates all of the host and builds nothing.
  evaluated =
    fleet: host: module:
    let
      system = nixosSystem {
        modules = [
          module
          hardware
        ];
      };
      toplevel = builtins.unsafeDiscardStringContext system.config.system.build.toplevel.drvPath;
    in
    pkgs.writeText "${fleet}-${host}" toplevel;

  hosts = lib.concatMapAttrs (
    fleet: _:
    lib.concatMapAttrs (host: module: {
      "${fleet}-${host}" = evaluated fleet host module;
    }) (hostsOf fleet)
  ) (builtins.readDir fleets);
in
hosts
// {
  format = pkgs.runCommand "format" { nativeBuildInputs = [ pkgs.nixfmt ]; } ''
    find ${fleets} -path '*/generated/*' -name '*.nix' -exec nixfmt --check {} +
    touch $out
  '';
}
