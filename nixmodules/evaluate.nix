# The facts of every generated host, without flakes and without a network:
#
#   nix-instantiate --eval --strict --json nixmodules/evaluate.nix \
#     --arg nixpkgs /path/to/nixpkgs --arg modules /path/to/modules \
#     --arg hosts /path/to/generated --arg secrets /path/to/age-files
#
# gives { HOST = facts; } with the facts of both files of facts/.
{
  # A nixpkgs tree: its package set, lib/ and nixos/.
  nixpkgs,
  # A folder with the sources of agenix, disko, impermanence, lanzaboote, opnix
  # and preservation, each under that name. Only those the fleet asks for are read.
  modules ? null,
  # The generated folder. Its default.nix is a function of the modules it needs
  # and of secrets, and returns { HOST = module; }.
  hosts,
  # The folder of .age files.
  secrets ? hosts + "/secrets",
  # What the hosts' generated modules set, as pantherctl wrote it: a file of
  # { HOST = { CONCERN = module; }; }. With it the facts tell who set what.
  policies ? null,
  system ? "x86_64-linux",
  # What is told of a host.
  facts ? host: import ./facts/host.nix host // import ./facts/services.nix host,
}:
let
  lib = import (nixpkgs + "/lib");
  pkgs = import nixpkgs { inherit system; };
  evalConfig = import (nixpkgs + "/nixos/lib/eval-config.nix");
  definitions = import ./definitions.nix;

  # The NixOS module of each project, where its flake.nix says it is.
  thirdParty = {
    agenix = modules + "/agenix/modules/age.nix";
    disko = modules + "/disko/module.nix";
    impermanence = modules + "/impermanence/nixos.nix";
    lanzaboote = {
      imports = [ (modules + "/lanzaboote/nix/modules/lanzaboote.nix") ];
      # Its flake builds the real one.
      boot.lanzaboote.package = lib.mkDefault (
        pkgs.hello // { meta = pkgs.hello.meta // { mainProgram = "lzbt"; }; }
      );
    };
    opnix = modules + "/opnix/nix/module.nix";
    preservation = modules + "/preservation/module.nix";
  };

  generated = import hosts;

  fleet = generated (
    builtins.intersectAttrs (builtins.functionArgs generated) (thirdParty // { inherit secrets; })
  );

  # A double for the machine's own hardware configuration: just what NixOS
  # insists on. A host that says otherwise wins.
  hardwareDouble = {
    _file = ./evaluate.nix;
    nixpkgs.pkgs = pkgs;
    boot.loader.systemd-boot.enable = lib.mkDefault true;
    fileSystems."/" = lib.mapAttrs (_: lib.mkDefault) {
      device = "/dev/disk/by-label/root";
      fsType = "ext4";
    };
    system.stateVersion = lib.mkDefault lib.trivial.release;
  };

  evaluate =
    host:
    evalConfig {
      inherit lib system;
      modulesLocation = toString hosts;
      modules = [
        host
        hardwareDouble
      ];
    };
in
builtins.mapAttrs (
  name: module:
  let
    host = evaluate module;
  in
  facts host
  // lib.optionalAttrs (policies != null) {
    options = definitions host (import policies).${name};
  }
) fleet
