# A double for NixOS 26.11: options that came after 24.11, as far as they touch
# what is generated, declared over an older tree. Nothing implements them; a
# module that sets or tests them evaluates as it would there.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  option = type: default: mkOption { inherit type default; };
in
{
  options = {
    # 25.05
    security.lsm = option (types.listOf types.str) [ ];
    services.tailscale.derper = option (types.attrsOf types.anything) { };
    services.tailscale.disableTaildrop = option types.bool false;
    containers = mkOption {
      type = types.attrsOf (
        types.submodule {
          options.privateUsers = option (types.either types.ints.u32 (
            types.enum [
              "no"
              "identity"
              "pick"
            ]
          )) "no";
        }
      );
    };

    # 25.11
    boot.initrd.systemd.settings.Manager = option (types.attrsOf types.anything) { };
    boot.kernel.sysfs = option (types.attrsOf types.anything) { };
    boot.nixStoreMountOpts = option (types.listOf types.str) [ ];
    networking.firewall.backend = option (types.enum [
      "iptables"
      "nftables"
      "firewalld"
    ]) (if config.networking.nftables.enable then "nftables" else "iptables");

    security.auditd.settings = option (types.attrsOf types.anything) { };

    # 26.05
    systemd.coredump.settings.Coredump = option (types.attrsOf types.anything) { };

    # 26.11
    services.journald.settings.Journal = option (types.attrsOf types.anything) { };
    nix.daemon.enable = option types.bool true;
  };
}
