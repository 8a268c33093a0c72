{
  description = "Secure, readable NixOS modules from one YAML description of a fleet";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

    # Only the checks below need these. Generated modules are functions of the
    # user's own inputs.
    agenix = {
      url = "github:ryantm/agenix";
      inputs = {
        nixpkgs.follows = "nixpkgs";
        darwin.follows = "";
        home-manager.follows = "";
        systems.follows = "";
      };
    };
    impermanence = {
      url = "github:nix-community/impermanence";
      inputs = {
        nixpkgs.follows = "nixpkgs";
        home-manager.follows = "";
      };
    };
    # Only its NixOS module is read, so none of what builds it is needed.
    lanzaboote = {
      url = "github:nix-community/lanzaboote";
      flake = false;
    };
    opnix = {
      url = "github:brizzbuzz/opnix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      agenix,
      impermanence,
      lanzaboote,
      opnix,
    }:
    let
      inherit (nixpkgs) lib;
      eachSystem =
        f:
        lib.genAttrs [
          "x86_64-linux"
          "aarch64-linux"
        ] (system: f nixpkgs.legacyPackages.${system});
    in
    {
      packages = eachSystem (pkgs: rec {
        default = pantherctl;
        pantherctl = pkgs.buildGo126Module {
          pname = "pantherctl";
          version = "0.1.0";
          src = self;
          # The NAR hash of what `go mod vendor` writes; flake_test.go says
          # when it is stale.
          vendorHash = "sha256-nnZme8Kmr6gjaGt0RXtZl3xok4duM8HEzdppdxzNrwQ=";
          subPackages = [ "cmd/pantherctl" ];
          env.CGO_ENABLED = 0;
          # The tests want programs and a network of their own: see .ci/run.
          doCheck = false;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          postInstall = ''
            $out/bin/pantherctl docs docs
            installManPage docs/man1/*
            for shell in bash fish zsh; do
              $out/bin/pantherctl completion $shell >pantherctl.$shell
            done
            installShellCompletion pantherctl.{bash,fish,zsh}
          '';
          meta = {
            description = "Secure, readable NixOS modules from one YAML description of a fleet";
            license = lib.licenses.mit;
            mainProgram = "pantherctl";
          };
        };
      });

      apps = eachSystem (pkgs: rec {
        default = pantherctl;
        pantherctl = {
          type = "app";
          program = lib.getExe self.packages.${pkgs.stdenv.hostPlatform.system}.pantherctl;
          meta.description = "Secure, readable NixOS modules from one YAML description of a fleet";
        };
      });

      nixosModules.kernel-gates = ./nixmodules/kernel-gates.nix;

      # The hosts of a user's flake as checks and hydraJobs.
      lib.jobs = import ./nixmodules/jobs.nix;

      hydraJobs = {
        inherit (self) checks packages;
      };

      formatter = eachSystem (pkgs: pkgs.nixfmt-tree);

      checks = eachSystem (
        pkgs:
        import ./nixmodules/checks.nix {
          inherit pkgs;
          inherit (nixpkgs.lib) nixosSystem;
          fleets = ./testdata/fleets;
          modules = {
            agenix = agenix.nixosModules.default;
            impermanence = impermanence.nixosModules.default;
            lanzaboote = {
              imports = [ "${lanzaboote}/nix/modules/lanzaboote.nix" ];
              # Nothing is built, so any program does for the one that signs.
              boot.lanzaboote.package = pkgs.hello;
            };
            opnix = opnix.nixosModules.default;
          };
        }
        // {
          package = self.packages.${pkgs.stdenv.hostPlatform.system}.default;
        }
      );

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          packages = with pkgs; [
            go_1_26
            gofumpt
            go-tools
            nftables
            nixfmt
            openssh
          ];
        };
      });
    };
}
