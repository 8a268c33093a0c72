# A flake that has never heard of pantherctl, around a double for nixpkgs: its
# hosts are good, changed by a module of their own, broken, endless and loud.
{
  outputs =
    _:
    let
      lib = import ./lib.nix;
      generated = (import ./generated { }).web;
      text = n: word: builtins.concatStringsSep "" (builtins.genList (_: word) n);
      escape = builtins.fromJSON '''"\u001b"'';
      host = modules: lib.nixosSystem { inherit modules; };
    in
    {
      nixosConfigurations = {
        web = host [ generated ];
        changed = host [
          generated
          ./debug.nix
        ];
        alone = host [ { networking.firewall.allowedTCPPorts = [ 8080 ]; } ];
        broken = host [ { networking.hostName = throw "no name for this host"; } ];
        refused = host [ { networking.hostName = throw "\nFailed assertions:\n- no disk is named"; } ];
        endless = host [
          {
            networking.hostName =
              let
                x = x;
              in
              x;
          }
        ];
        loud = host [ { networking.hostName = builtins.trace (text 1000000 "loud ") (throw (escape + "[31mred")); } ];
        odd = (host [ generated ]) // {
          config = (host [ generated ]).config // {
            warnings = "no list";
          };
        };
      };
    };
}
