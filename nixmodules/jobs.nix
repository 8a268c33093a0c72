# Every host of a flake as a job of its own, for what builds a large fleet on
# many machines: buildbot-nix and nix-fast-build build the checks, Hydra the
# hydraJobs. A host that is not what its policy says is refused by its guard, so
# its job fails and the others do not.
#
#   inherit (pantherctl.lib.jobs self.nixosConfigurations) checks hydraJobs;
nixosConfigurations:
let
  inherit (builtins)
    attrNames
    listToAttrs
    mapAttrs
    ;

  systemOf = name: nixosConfigurations.${name}.pkgs.stdenv.hostPlatform.system;

  toplevel = name: nixosConfigurations.${name}.config.system.build.toplevel;

  named =
    prefix: names:
    listToAttrs (
      map (name: {
        name = prefix + name;
        value = toplevel name;
      }) names
    );

  hosts = attrNames nixosConfigurations;

  bySystem = builtins.groupBy systemOf hosts;
in
{
  # checks.SYSTEM.host-HOST
  checks = mapAttrs (_: named "host-") bySystem;

  # hydraJobs.hosts.HOST
  hydraJobs.hosts = named "" hosts;
}
