# Doubles for packages of which the tree at hand knows little but the name.
{ config, lib, ... }:
let
  inherit (config.nixpkgs) pkgs;
  double = name: pkgs.hello // { meta = pkgs.hello.meta // { mainProgram = name; }; };
  postgresql = double "postgres" // {
    psqlSchema = "16";
    version = "16.4";
    withoutJIT = postgresql;
    withPackages = _: postgresql;
  };
in
{
  _module.args.pkgs = lib.mkForce (
    pkgs
    // {
      yaml-merge = double "yaml-merge";
      # As of 25.05, which takes plugins.
      caddy = pkgs.caddy // { withPlugins = _: pkgs.caddy; };
    }
  );
  services.adguardhome.package = double "adguardhome";
  services.postgresql.package = postgresql;
  services.vaultwarden.package = double "vaultwarden" // {
    override = _: double "vaultwarden";
  };
  services.vaultwarden.webVaultPackage = pkgs.hello;
}
