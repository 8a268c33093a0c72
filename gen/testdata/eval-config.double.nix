# nixos/lib/eval-config.nix for the inside of a container, see
# containers.double.nix.
args:
let
  nixpkgs = builtins.getEnv "PANTHERCTL_NIXPKGS";
in
import (nixpkgs + "/nixos/lib/eval-config.nix") (
  args
  // {
    lib = import (nixpkgs + "/lib");
    modules = args.modules ++ [ { nixpkgs.pkgs = import nixpkgs { system = "x86_64-linux"; }; } ];
  }
)
