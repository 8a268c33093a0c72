# A double for nixpkgs: just what the flake of pantherctl asks of it. Its packages
# are derivations that nobody could build.
{
  outputs =
    _:
    let
      package =
        system: name: environment:
        derivation (
          environment
          // {
            inherit name system;
            builder = "/bin/sh";
          }
        );

      lib = {
        genAttrs =
          names: f:
          builtins.listToAttrs (
            map (name: {
              inherit name;
              value = f name;
            }) names
          );
        concatMapAttrs =
          f: set:
          builtins.foldl' (all: one: all // one) { } (builtins.attrValues (builtins.mapAttrs f set));
        getExe = package: "${package}/bin/${package.meta.mainProgram}";
        mkDefault = value: value;
        licenses.mit = { };
        trivial.release = "26.05";
        # Reads every module it is given, as far as it can without NixOS.
        nixosSystem =
          { modules }:
          {
            config.system.build.toplevel.drvPath = toString (
              builtins.length (
                builtins.concatMap (
                  module: builtins.deepSeq module [ module ]
                ) modules
              )
            );
          };
      };
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (
        system:
        let
          named = name: package system name { };
        in
        lib.genAttrs [
          "emptyDirectory"
          "go-tools"
          "go_1_26"
          "gofumpt"
          "hello"
          "installShellFiles"
          "nftables"
          "nixfmt"
          "nixfmt-tree"
          "openssh"
        ] named
        // {
          inherit lib;
          stdenv.hostPlatform = { inherit system; };
          buildGo126Module =
            { meta, ... }@arguments:
            package system arguments.pname {
              inherit (arguments)
                nativeBuildInputs
                postInstall
                src
                subPackages
                vendorHash
                version
                ;
              inherit (arguments.env) CGO_ENABLED;
            }
            // {
              inherit meta;
            };
          mkShell = package system "shell";
          runCommand =
            name: environment: script:
            package system name (environment // { inherit script; });
          writeText = name: text: package system name { inherit text; };
        }
      );
    };
}
