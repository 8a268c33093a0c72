# The NixOS tests of a fleet as far as a module tree without container tests and
# without packages can tell: the scripts, and what the nodes evaluate to under
# the test framework.
{
  nixpkgs,
  modules,
  # The generated folder.
  folder,
  # A double for the nixpkgs of containers, see containers.double.nix.
  container,
}:
let
  lib = import (nixpkgs + "/lib");
  pkgs = import nixpkgs { };
  nixosLib = import (nixpkgs + "/nixos/lib") { inherit lib; };

  thirdParty = {
    agenix = modules + "/agenix/modules/age.nix";
    disko = modules + "/disko/module.nix";
    impermanence = modules + "/impermanence/nixos.nix";
    lanzaboote = modules + "/lanzaboote/nix/modules/lanzaboote.nix";
    opnix = modules + "/opnix/nix/module.nix";
    preservation = import ./preservation.double.nix (modules + "/preservation/module.nix");
    secrets = "/secrets";
  };

  generated = import folder;

  tests = import (folder + "/tests") {
    inherit pkgs;
    hosts = generated (builtins.intersectAttrs (builtins.functionArgs generated) thirdParty);
    modules = [
      ./kernel.double.nix
      ./apps.double.nix
      {
        options.containers = lib.mkOption {
          type = lib.types.attrsOf (lib.types.submodule { config.nixpkgs = lib.mkDefault container; });
        };
      }
    ];
    containers = false;
    run =
      test:
      (nixosLib.evalTest {
        imports = [ test ];
        hostPkgs = pkgs;
        node.pkgs = pkgs;
        node.pkgsReadOnly = false;
      }).config;
  };

  node = config: {
    name = config.system.name;
    failed = map (a: a.message) (builtins.filter (a: !a.assertion) config.assertions);
    sysctl = builtins.mapAttrs (_: toString) config.boot.kernel.sysctl;
    parameters = config.boot.kernelParams;
    fileSystems = builtins.mapAttrs (_: f: f.fsType) config.fileSystems;
    luks = builtins.attrNames config.boot.initrd.luks.devices;
    unlock = config.boot.initrd.network.ssh.enable;
    # The file with the keys that the initrd lets in.
    initrdKeys = lib.optionalString config.boot.initrd.network.ssh.enable (
      toString config.boot.initrd.systemd.contents."/etc/ssh/authorized_keys.d/root".source
    );
    initrdSecrets = builtins.mapAttrs (_: toString) config.boot.initrd.secrets;
    etc = builtins.attrNames config.environment.etc;
    units = builtins.attrNames (lib.filterAttrs (_: u: u.enable) config.systemd.services);
    specialisations = builtins.mapAttrs (
      _: s: s.configuration.boot.initrd.luks.devices.cryptroot.device or ""
    ) config.specialisation;
  };
in
builtins.mapAttrs (_: test: {
  script = test.testScriptString;
  nodes = builtins.mapAttrs (_: node) test.nodes;
}) tests
